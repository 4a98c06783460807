"""Many videos from a file of requests; run again, only what is missing is paid."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import cast

import pytest

from tests.cli.shell import QUICK, Shell, a_shell
from video_mcp.simulator import Fault, Simulator, run_simulator

pytestmark = pytest.mark.anyio


@pytest.fixture
async def simulator() -> AsyncGenerator[Simulator]:
    async with run_simulator(QUICK) as running:
        yield running


@pytest.fixture
def shell(tmp_path: Path, simulator: Simulator) -> Shell:
    return a_shell(tmp_path, simulator)


def write(folder: Path, *requests: dict[str, object]) -> str:
    path = folder / "shots.jsonl"
    path.write_text("".join(json.dumps(request) + "\n" for request in requests), encoding="utf-8")
    return path.name


def shot(prompt: str, **more: object) -> dict[str, object]:
    return {"model": "kling-v2-6", "prompt": prompt, "seconds": 5, **more}


def lines(stdout: str) -> list[dict[str, object]]:
    answers = [cast("dict[str, object]", json.loads(line)) for line in stdout.splitlines()]
    return sorted(answers, key=lambda answer: cast("int", answer["line"]))


async def test_a_batch_that_runs_again_makes_only_what_is_missing(shell: Shell, simulator: Simulator) -> None:
    name = write(shell.folder, shot("one"), shot("two [fail]"), shot("three", seconds=7))
    first = await shell.run("batch", name)
    assert first.code == 1, first.stderr
    done, failed, refused = lines(first.stdout)
    assert (done["status"], failed["status"], refused["charged"]) == ("completed", "failed", "no")
    assert "1 completed" in first.stderr
    name = write(shell.folder, shot("one"), shot("three"))
    second = await shell.run("batch", name)
    assert second.code == 0, second.stderr
    again, new = lines(second.stdout)
    assert again["video_id"] == done["video_id"]
    assert new["status"] == "completed"
    assert len(simulator.jobs) == 3


async def test_an_answer_names_the_line_of_the_file(shell: Shell) -> None:
    text = f"\ufeff\n{json.dumps(shot('[fail] one'))}\n\n{json.dumps(shot('[fail] two'))}\n"
    (shell.folder / "shots.jsonl").write_text(text, encoding="utf-8")

    assert [answer["line"] for answer in lines((await shell.run("batch", "shots.jsonl")).stdout)] == [2, 4]


async def test_a_batch_that_is_refused_as_it_stands_is_not_worth_repeating(shell: Shell, simulator: Simulator) -> None:
    refused = await shell.run("batch", write(shell.folder, shot("three", seconds=7)))

    assert (refused.code, refused.stderr) == (2, "1 refused; no new video was charged.\n")
    assert not simulator.jobs


async def test_a_field_named_twice_is_refused(shell: Shell, simulator: Simulator) -> None:
    (shell.folder / "shots.jsonl").write_text('{"model": "kling-v2-6", "prompt": "one", "prompt": "two"}\n')

    refused = await shell.run("batch", "shots.jsonl")

    assert refused.code == 2
    assert "Line 1 of shots.jsonl names prompt twice; nothing was sent." in refused.stderr
    assert not simulator.jobs


async def test_a_price_that_is_unknown_is_not_zero(shell: Shell) -> None:
    made = await shell.run("batch", write(shell.folder, shot("one")))

    assert "the price of 1 is unknown" in made.stderr


async def test_a_lost_answer_is_never_repeated(shell: Shell, simulator: Simulator) -> None:
    simulator.faults.arm(Fault(on="create", kind="drop_answer"))
    name = write(shell.folder, shot("one"))
    assert (await shell.run("batch", name)).code == 4
    assert (await shell.run("batch", name)).code == 4
    assert len(simulator.requests.matching("POST", "/v1/videos")) == 1


async def test_a_file_that_is_no_list_of_requests_sends_nothing(shell: Shell, simulator: Simulator) -> None:
    (shell.folder / "bad.jsonl").write_text('{"model": "kling-v2-6"}\nnot json\n', encoding="utf-8")
    refused = await shell.run("batch", "bad.jsonl")
    assert (refused.code, refused.stdout) == (2, "")
    assert "Line 2" in refused.stderr
    assert len(simulator.requests) == 0


async def test_create_without_a_model_names_some_and_takes_the_default(shell: Shell) -> None:
    refused = await shell.run("create", "A boat")
    assert refused.code == 2
    assert "VIDEO_MCP_DEFAULT_MODEL" in refused.stderr
    assert "video-mcp models" in refused.stderr
    made = await shell.setting(default_model="kling-v2-6").run("create", "A boat", "--dry-run", "--json")
    assert (made.code, made.answer["model"]) == (0, "kling-v2-6")
