"""A server whose settings cannot work still starts, lists its tools, says all that is wrong, and spends nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.client.stdio import stdio_client

from tests.interaction.test_stdio import QUICK, REQUEST, command, environment
from video_mcp.simulator import run_simulator

pytestmark = pytest.mark.anyio

WRONG = {"VIDEO_MCP_WAIT_SECONDS": "soon", "VIDEO_MCP_MAX_COST_PER_DAY": "${COST}", "VIDEO_MCP_DIALECT": "klingon"}
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("create_video", REQUEST),
    ("get_video_status", {}),
    ("get_video_status", {"video_id": "video_1"}),
    ("fetch_video", {"video_id": "video_1"}),
]


@pytest.mark.parametrize("has_gateway", [True, False])
async def test_every_call_says_all_that_is_wrong(tmp_path: Path, has_gateway: bool) -> None:
    async with run_simulator(QUICK) as simulator:
        env = environment(tmp_path, simulator if has_gateway else None, **WRONG)
        with (tmp_path / "stderr.txt").open("w", encoding="utf-8") as stderr:
            async with Client(stdio_client(command(env), errlog=stderr)) as client:
                with anyio.fail_after(120):
                    tools = await client.list_tools()
                    models = await client.call_tool("list_models", {})
                    results = [await client.call_tool(name, arguments) for name, arguments in CALLS]
        assert len(simulator.jobs) == 0
    expected = [*WRONG, *([] if has_gateway else ["VIDEO_MCP_BASE_URL", "VIDEO_MCP_API_KEY"])]
    log = (tmp_path / "stderr.txt").read_text(encoding="utf-8")
    assert len(tools.tools) == 4
    assert not models.is_error
    for result in results:
        assert result.is_error
        assert result.structured_content is not None
        for name in expected:
            assert name in result.content[0].text  # pyright: ignore[reportAttributeAccessIssue,reportUnknownMemberType] - a text block
            assert name in str(result.structured_content)
            assert name in log
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("folder", ["/dev/null/videos", "taken"])
async def test_an_output_folder_that_cannot_be_written_costs_nothing(tmp_path: Path, folder: str) -> None:
    (tmp_path / "taken").write_text("a file where a folder should be")
    async with run_simulator(QUICK) as simulator:
        env = environment(tmp_path, simulator, VIDEO_MCP_OUTPUT_DIR=str(tmp_path / folder))
        async with Client(stdio_client(command(env))) as client:
            with anyio.fail_after(120):
                result = await client.call_tool("create_video", REQUEST)
        assert len(simulator.jobs) == 0
    assert result.is_error
    assert result.structured_content is not None
    assert result.structured_content["charged"] == "no"
    assert "VIDEO_MCP_OUTPUT_DIR" in str(result.structured_content)
