"""The protocol's own conformance suite against `serve --http`, in both eras."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from tests.server.http.serving import a_site

pytestmark = pytest.mark.anyio

# The scenarios that apply to any server; the others ask for tools and resources of the suite's own.
ANY_SERVER = {
    "2025-11-25": (
        "server-initialize",
        "ping",
        "tools-list",
        "resources-list",
        "prompts-list",
        "completion-complete",
        "dns-rebinding-protection",
        "server-sse-multiple-streams",
    ),
    "2026-07-28": (
        "tools-list",
        "resources-list",
        "prompts-list",
        "completion-complete",
        "dns-rebinding-protection",
        "server-sse-multiple-streams",
        "caching",
        "http-header-validation",
        "sep-2164-resource-not-found",
    ),
}
CASES = [(version, scenario) for version, scenarios in ANY_SERVER.items() for scenario in scenarios]
SCENARIO_SECONDS = 300


@pytest.mark.parametrize(("version", "scenario"), CASES)
async def test_a_scenario_passes(
    tmp_path: Path, node_folder: Path, node_environment: dict[str, str], version: str, scenario: str
) -> None:
    command = [str(node_folder / "node_modules" / ".bin" / "conformance"), "server"]
    async with a_site(tmp_path) as site:
        asked = ["--url", site.url, "--scenario", scenario, "--spec-version", version]
        with anyio.fail_after(SCENARIO_SECONDS):
            done = await anyio.run_process([*command, *asked], check=False, env=node_environment, cwd=tmp_path)
    said = done.stdout.decode() + done.stderr.decode()
    assert done.returncode == 0, said
    assert "Passed: " in said, "no check was run"
