"""The protocol's own conformance suite in both eras, on the HTTP server and with its fixtures played by our tools."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import anyio
import pytest

from tests.server.http.serving import a_site
from tests.thirdparty.conftest import Provide
from tests.thirdparty.packages import CONFORMANCE
from tests.thirdparty.played import a_played_site

pytestmark = pytest.mark.anyio

SUITE_SECONDS = 600
Report = dict[str, list[dict[str, str]]]
"""The checks of each scenario that was run."""

REAL = {
    "2025-11-25": (
        *("server-initialize", "ping", "tools-list", "resources-list", "prompts-list", "completion-complete"),
        "dns-rebinding-protection",
    ),
    "2026-07-28": (
        *("tools-list", "resources-list", "prompts-list", "completion-complete", "caching"),
        *("dns-rebinding-protection", "server-sse-multiple-streams", "http-header-validation"),
        *("sep-2164-resource-not-found", "input-required-result-unsupported-methods"),
    ),
}
NIGHTLY = {"2025-11-25": (), "2026-07-28": ("server-stateless",)}
"""Scenarios that give a server one second: a machine with other work may take longer."""

GIVEN_UP = "operation was aborted"
TRIES = 4

PROGRESS = "tools-call-with-progress"
QUESTIONS = (
    *("input-required-result-basic-elicitation", "input-required-result-request-state"),
    *("input-required-result-missing-input-response", "input-required-result-result-type"),
    *("input-required-result-tampered-state", "input-required-result-validate-input"),
)
TASKS = (
    *("tasks-lifecycle", "tasks-capability-negotiation", "tasks-wire-fields", "tasks-request-state-removal"),
    *("tasks-mrtr-input", "tasks-request-headers", "tasks-dispatch-and-envelope"),
)
NOT_OURS = {
    # They call tools of the suite that have nothing of ours behind them.
    "sep-2575-server-rejects-undeclared-capability": "no call needs a capability of the client",
    "sep-2575-missing-capability-http-400": "no call needs a capability of the client",
    "sep-2575-http-server-no-independent-requests-on-stream": "no call streams questions",
    "sep-2575-server-no-log-without-loglevel": "nothing is logged to clients",
    "sep-2663-tasks-get-status-failed": "no call of ours ends in an error of the protocol",
    "tasks-mrtr-partial-fulfillment": "the user is asked one question at a time",
}
"""Checks of what this server does not have, and why."""


def scenario_of(folder: str) -> str:
    """Return the scenario whose result is in a folder: its name stands before the time of the run."""
    return re.sub(r"^server-(.+?)-\d{4}-\d\d-\d\dT.*$", r"\1", folder)


class Suite:
    """The suite as it is installed."""

    def __init__(self, command: str, environment: dict[str, str], folder: Path) -> None:
        self._command = command
        self._environment = environment
        self._folder = folder

    async def run(self, url: str, *options: str) -> Report:
        """Run scenarios in one process; returns what each check found."""
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        patience = ["--timeout", str(SUITE_SECONDS * 1000)]
        command = [self._command, "server", "--url", url, *options, *patience, "-o", str(folder)]
        with anyio.fail_after(SUITE_SECONDS):
            await anyio.run_process(command, check=False, env=self._environment, cwd=self._folder)
        return await anyio.to_thread.run_sync(report_in, folder)

    async def objections(self, url: str, version: str, passes: Sequence[str]) -> list[str]:
        """Return what speaks against scenarios of a version; a run in which the suite gave a request up is repeated.

        The suite gives a request a few seconds, whatever its own limit is; a machine with other work may take longer.
        """
        found: list[str] = []
        for _ in range(TRIES):
            found = objections(await self.run(url, "--suite", "all", "--spec-version", version), passes)
            if not any(GIVEN_UP in objection for objection in found):
                break
        return found


def report_in(folder: Path) -> Report:
    """Return what each check of a run found."""
    return {
        scenario_of(path.parent.name): json.loads(path.read_text(encoding="utf-8"))
        for path in folder.glob("server-*/checks.json")
    }


@pytest.fixture
def suite(tmp_path: Path, provide: Provide, node_environment: dict[str, str]) -> Suite:
    return Suite(provide(CONFORMANCE).command("conformance"), node_environment, tmp_path)


def objections(report: Report, passes: Iterable[str]) -> list[str]:
    """Return what speaks against each scenario that must pass: a check that failed, or that none passed."""
    found: list[str] = []
    for scenario in passes:
        checks = [check for check in report.get(scenario, []) if check["id"] not in NOT_OURS]
        bad = [check for check in checks if check["status"] in {"FAILURE", "WARNING"}]
        found += [f"{scenario}: {check['id']}: {check.get('errorMessage')}" for check in bad]
        if not any(check["status"] == "SUCCESS" for check in checks):
            found.append(f"{scenario}: no check passed")
    return found


@pytest.mark.parametrize("version", REAL)
async def test_the_server_conforms(tmp_path: Path, suite: Suite, request: pytest.FixtureRequest, version: str) -> None:
    nightly = NIGHTLY[version] if request.config.getoption("--third-party") else ()
    async with a_site(tmp_path) as site:
        found = await suite.objections(site.url, version, [*REAL[version], *nightly])
    assert found == []


async def test_progress_conforms_in_the_2025_era(tmp_path: Path, suite: Suite) -> None:
    async with a_played_site(tmp_path) as url:
        report = await suite.run(url, "--scenario", PROGRESS, "--spec-version", "2025-11-25")
    assert objections(report, [PROGRESS]) == []


async def test_progress_and_questions_conform_in_the_2026_era(tmp_path: Path, suite: Suite) -> None:
    async with a_played_site(tmp_path) as url:
        found = await suite.objections(url, "2026-07-28", [PROGRESS, *QUESTIONS])
    assert found == []


async def test_tasks_conform(tmp_path: Path, suite: Suite, request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("--third-party"):
        pytest.skip("the suite gives each request a few seconds, which a loaded machine may not: --third-party")
    async with a_played_site(tmp_path) as url:
        for scenario in TASKS:
            report = await suite.run(url, "--scenario", scenario)
            assert objections(report, [scenario]) == []


@pytest.mark.parametrize("time", ["2026-11-26T03-20-59-916Z", "2026-11-20T20-20-20-200Z"])
def test_a_result_belongs_to_its_scenario_at_any_time(time: str) -> None:
    assert scenario_of(f"server-sep-2164-resource-not-found-{time}") == "sep-2164-resource-not-found"


def test_a_scenario_without_a_check_that_passed_is_an_objection() -> None:
    report: Report = {
        "good": [{"id": "a", "status": "SUCCESS"}, {"id": "b", "status": "SKIPPED"}],
        "bad": [{"id": "c", "status": "SUCCESS"}, {"id": "d", "status": "WARNING", "errorMessage": "why"}],
        "empty": [{"id": "e", "status": "SKIPPED"}],
    }
    assert objections(report, ("good", "bad", "empty", "absent")) == [
        "bad: d: why",
        "empty: no check passed",
        "absent: no check passed",
    ]
