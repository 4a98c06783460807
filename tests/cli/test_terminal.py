"""What a person meets in a real terminal, and what a pipeline gets on request."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import cast

import anyio
import anyio.to_thread
import pytest
from rich.text import Text

from tests.cli.shell import QUICK, Shell, a_shell
from tests.cli.terminal import Screen, typed
from tests.cli.test_batch import shot, write
from tests.interaction.conftest import a_house
from video_mcp.cli.output import open_console
from video_mcp.cli.progress_json import ProgressJSON
from video_mcp.errors import ConfigurationError
from video_mcp.jobs.progress import Progress
from video_mcp.server.logs import configure_logging
from video_mcp.settings import Settings
from video_mcp.simulator import Simulator, run_simulator

in_a_terminal = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")
pytestmark = pytest.mark.anyio

BOAT = ("--model", "kling-v2-6", "--seconds", "5")


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def simulator() -> AsyncGenerator[Simulator]:
    async with run_simulator(QUICK) as running:
        yield running


@pytest.fixture
def shell(tmp_path: Path, simulator: Simulator) -> Shell:
    return a_shell(tmp_path, simulator)


async def in_terminal(shell: Shell, *words: str, keys: bytes = b"", until: str | None = None) -> Screen:
    return await anyio.to_thread.run_sync(lambda: typed(shell, words, keys=keys, until=until))


@in_a_terminal
async def test_bare_in_a_terminal_it_says_that_it_waits_and_where_help_is(shell: Shell) -> None:
    screen = await in_terminal(shell, until="--help")
    assert "waits for an MCP client" in screen.text
    assert "video-mcp --help lists the commands" in screen.text
    assert "Traceback" not in screen.text


@in_a_terminal
async def test_create_reads_the_prompt_that_is_typed_and_fetch_shows_the_file(shell: Shell, tmp_path: Path) -> None:
    made = await in_terminal(shell, "create", "-", *BOAT, keys=b"A paper boat\nin the rain\n\x04")
    assert made.code == 0, made.text
    assert "completed" in made.text
    opener = tmp_path / "bin" / "xdg-open"
    opener.parent.mkdir()
    opener.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened.new\nmv {tmp_path}/opened.new {tmp_path}/opened\n')
    opener.chmod(0o755)
    finding = Shell(shell.folder, {**shell.variables, "PATH": f"{opener.parent}:{shell.variables['PATH']}"})
    shown = await in_terminal(finding, "fetch", "last", "--preview", "storyboard", "--open")
    assert shown.code == 0, shown.text
    assert "Storyboard: " in shown.text
    assert next((tmp_path / "videos").glob("*.storyboard.jpg")).stat().st_size > 0
    if sys.platform == "linux":
        with anyio.fail_after(60):
            while not (tmp_path / "opened").exists():  # noqa: ASYNC110 - another process writes it
                await anyio.sleep(0.05)
        assert (tmp_path / "opened").read_text().strip().endswith(".mp4")


@in_a_terminal
async def test_a_batch_shows_a_live_table_and_a_line_for_each_video(shell: Shell) -> None:
    name = write(shell.folder, shot("a red boat"), shot("a blue boat"))
    screen = await in_terminal(shell, "batch", name, "--at-once", "1")
    assert screen.code == 0, screen.text
    assert "of 2 ended" in screen.text
    assert "a red boat" in screen.text
    assert screen.text.count('"status": "completed"') == 2
    assert "2 completed" in screen.text


@in_a_terminal
async def test_a_person_approves_one_video_and_declines_another_and_no_pipe_can(tmp_path: Path) -> None:
    async with a_house(tmp_path, "auto", confirm="always") as house, house.connect() as client:
        for prompt in ("a red boat", "a blue boat"):
            await client.call_tool("create_video", {"model": "kling-v2-6", "prompt": prompt, "seconds": 5})
        shell = a_shell(tmp_path, house.simulator).setting(home=str(house.settings.home))
        command = [sys.executable, "-m", "video_mcp", "approve"]
        piped = await anyio.run_process(command, input=b"y\ny\n", env=shell.variables, check=False)
        assert piped.returncode != 0
        assert b"Run video-mcp approve in a terminal." in piped.stderr
        assert b"a red boat" in piped.stderr
        assert house.simulator.jobs == ()
        screen = await in_terminal(shell, "approve", keys=b"y\nn\n")
        assert screen.code == 0, screen.text
        assert screen.text.count("Make it?") == 2
        listed = await client.call_tool("get_video_status", {})
        videos = cast("list[dict[str, object]]", (listed.structured_content or {})["videos"])
        for video in videos:
            ended = await client.call_tool("get_video_status", {"video_id": video["video_id"], "wait_seconds": 120})
            video["status"] = (ended.structured_content or {})["status"]
        nothing = await in_terminal(shell, "approve")
        assert "sends what you approved" in screen.text
    assert sorted(str(video["status"]) for video in videos) == ["completed", "failed"]
    assert [job.prompt for job in house.simulator.jobs] == ["a red boat"]
    assert "Nothing waits for your yes." in nothing.text


async def test_progress_is_json_lines_and_the_log_a_file_on_request(shell: Shell) -> None:
    logged = shell.setting(log_level="DEBUG")
    made = await logged.run("create", "A glass boat", *BOAT, "--json", "--progress", "json", "--log-file", "run.log")
    assert made.code == 0, made.stderr
    told = [cast("dict[str, object]", json.loads(line)) for line in made.stderr.splitlines()]
    assert {*told[-1]} == {"percent", "message", "video_id", "status"}
    assert told[-1]["video_id"] == made.answer["video_id"]
    text = (shell.folder / "run.log").read_text(encoding="utf-8")
    assert " DEBUG " in text
    assert QUICK.api_key not in text
    assert sys.platform == "win32" or (shell.folder / "run.log").stat().st_mode & 0o077 == 0


async def test_progress_of_a_batch_names_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    await ProgressJSON(lambda: None, line=3).report(Progress(percent=40.0, message="rendering"))
    assert json.loads(capsys.readouterr().err) == {"line": 3, "percent": 40.0, "message": "rendering"}


def test_a_log_that_cannot_be_written_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"--log-file .*run\.log cannot be written"):
        configure_logging(Settings(), tmp_path / "nowhere" / "run.log")


def test_no_screen_passes_a_terminal_command_on() -> None:
    console = open_console()
    hostile = "a\x1b]0;title\x07b\rc\u202e\x9bd"
    with console.capture() as captured:
        console.print(hostile)
        console.print(Text(hostile, style="bold"))
    assert [line.rstrip() for line in captured.get().splitlines()] == ["a]0;titlebcd"] * 2
