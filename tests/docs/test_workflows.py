"""The workflows trust nobody by name: actions are pinned, permissions are few, and one check sums everything up."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.commands import objection
from tests.docs.pages import ROOT

FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = tuple(sorted(FOLDER.glob("*.yml")))
_USES = re.compile(r"^\s*(?:- )?uses: (?P<action>\S+?)@(?P<ref>\S+)(?P<rest>.*)$", re.MULTILINE)
_JOB = re.compile(r"^  (?P<name>[a-z][a-z-]*):\n(?P<body>(?:(?:    .*)?\n)+)", re.MULTILINE)
_RUN = re.compile(r"^\s*(?:- )?run: (?![|>])(?P<command>.+)$", re.MULTILINE)

pytestmark = pytest.mark.skipif(not WORKFLOWS, reason="the workflows are not part of the published source")
each = pytest.mark.parametrize("path", [pytest.param(path, id=path.name) for path in WORKFLOWS])


def jobs_of(path: Path) -> dict[str, str]:
    """Return a workflow's jobs, each with its text."""
    text = path.read_text(encoding="utf-8") + "\n"
    return {job["name"]: job["body"] for job in _JOB.finditer(text[text.index("\njobs:\n") :])}


@each
def test_every_action_is_pinned_by_its_commit_and_says_its_version(path: Path) -> None:
    uses = list(_USES.finditer(path.read_text(encoding="utf-8")))

    assert uses
    for use in uses:
        assert re.fullmatch(r"[0-9a-f]{40}", use["ref"]), use[0].strip()
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", use["rest"]), use[0].strip()


def test_one_action_is_pinned_to_one_commit_everywhere() -> None:
    pins: dict[str, set[str]] = {}
    for path in WORKFLOWS:
        for use in _USES.finditer(path.read_text(encoding="utf-8")):
            pins.setdefault(use["action"], set()).add(use["ref"])

    assert not {action: refs for action, refs in pins.items() if len(refs) > 1}


@each
def test_nothing_is_permitted_but_what_a_job_asks_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert re.findall(r"^permissions:.*$", text, re.MULTILINE) == ["permissions: {}"]
    assert [
        name for name, body in jobs_of(path).items() if not re.search(r"^    permissions:", body, re.MULTILINE)
    ] == []
    assert "pull_request_target" not in text


@each
def test_every_job_ends_at_some_time(path: Path) -> None:
    assert [name for name, body in jobs_of(path).items() if "    timeout-minutes: " not in body] == []


@each
def test_a_checkout_keeps_no_credentials(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert text.count("actions/checkout@") == text.count("persist-credentials: false")


@each
def test_no_text_from_outside_is_pasted_into_a_shell(path: Path) -> None:
    for body in jobs_of(path).values():
        for command in re.findall(r"run: [^\n]*(?:\n {10,}[^\n]*)*", body):
            assert "${{" not in command


def test_one_check_sums_up_all_others() -> None:
    jobs = jobs_of(FOLDER / "test.yml")
    summary = jobs.pop("required-checks-pass")

    needs = re.search(r"needs: \[(?P<names>.*)\]", summary)
    assert needs is not None
    assert needs["names"].split(", ") == list(jobs)
    assert "if: always()" in summary


def test_the_promised_pythons_and_systems_are_tried() -> None:
    text = (FOLDER / "test.yml").read_text(encoding="utf-8")
    promised = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    quoted = ", ".join(f'"{version}"' for version in promised)
    assert promised
    assert f"python: [{quoted}]" in text
    assert "system: [ubuntu-latest, macos-latest, windows-latest]" in text


def test_only_what_publishes_may_sign() -> None:
    may_sign = {
        (path.name, name) for path in WORKFLOWS for name, body in jobs_of(path).items() if "id-token: write" in body
    }

    assert may_sign == {("release.yml", "attest"), ("release.yml", "publish")}


def test_what_make_is_asked_for_exists() -> None:
    commands = [command for path in WORKFLOWS for command in _RUN.findall(path.read_text(encoding="utf-8"))]
    targets = [command.split()[:2] for command in commands if command.startswith("make ")]

    assert targets
    assert [objection(words) for words in targets] == [None] * len(targets)
