"""The commands that a page marks to be run do what the page says, in one process and against one simulator."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
from anyio.from_thread import start_blocking_portal
from PIL import Image
from typer.testing import CliRunner, Result

from tests.docs.commands import OWN_COMMANDS, typed_in
from tests.docs.pages import BLOCKS, Block
from video_mcp.cli.app import app
from video_mcp.simulator import Simulator, SimulatorConfig, run_simulator

# A frame has to be large enough to be the first one of the next shot.
SMALL = SimulatorConfig(render_seconds=0.1, max_side=560, poll_after_ms=50)
RUN = [block for block in BLOCKS if block.run is not None]


@dataclass(frozen=True, slots=True)
class Terminal:
    """A folder of its own, and the variables that are set there."""

    variables: dict[str, str]

    def type(self, *words: str) -> Result:
        done = CliRunner().invoke(app, list(words), env=self.variables, catch_exceptions=False)
        assert self.variables["VIDEO_MCP_API_KEY"] not in done.output
        return done

    def newest(self) -> str:
        listed = json.loads(self.type("status", "--json").stdout)
        return str(cast("list[dict[str, object]]", listed["videos"])[0]["video_id"])


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(run_simulator(SMALL)) as running:
        yield running


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, simulator: Simulator) -> Terminal:
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (640, 360), "teal").save(tmp_path / "photo.jpg")
    for block in BLOCKS:
        if block.file is not None:
            (tmp_path / block.file).write_text(block.text, encoding="utf-8")
    return Terminal(
        {
            "HOME": str(tmp_path),
            "VIDEO_MCP_HOME": str(tmp_path / "home"),
            "VIDEO_MCP_OUTPUT_DIR": str(tmp_path / "videos"),
            "VIDEO_MCP_BASE_URL": simulator.base_url,
            "VIDEO_MCP_API_KEY": simulator.api_key,
        }
    )


@pytest.mark.parametrize("block", [pytest.param(block, id=block.name) for block in RUN])
def test_it_does_what_the_page_says(block: Block, terminal: Terminal) -> None:
    for word in shlex.split(block.run or ""):
        name, _, value = word.partition("=")
        terminal.variables[name] = value
    for typed in typed_in(block):
        program, *words = typed.words
        assert program in OWN_COMMANDS, f"only our own commands are run, not {program}"
        newest = terminal.newest() if "VIDEO_ID" in typed.line else ""
        done = terminal.type(*[word.replace("VIDEO_ID", newest) for word in words])
        assert done.exit_code == 0, f"{typed.line}\n{done.output}"
        assert not typed.answer or done.stdout.strip() == typed.answer
