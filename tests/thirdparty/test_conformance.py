"""The protocol's own conformance suite against the real server, over HTTP, in both eras."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
import uvicorn

from tests.interaction.conftest import a_house
from video_mcp.server.app import create_server
from video_mcp.settings import Settings

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


@asynccontextmanager
async def over_http(settings: Settings) -> AsyncGenerator[str]:
    """Serve the real server on a free port of this machine, and return its address."""
    app = create_server(settings).streamable_http_app()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.serve)
        with anyio.fail_after(60):
            while not server.started:  # noqa: ASYNC110 - uvicorn tells of its start in no other way
                await anyio.sleep(0.05)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/mcp"
        server.should_exit = True


@pytest.mark.parametrize(("version", "scenario"), CASES)
async def test_a_scenario_passes(
    tmp_path: Path, node_folder: Path, node_environment: dict[str, str], version: str, scenario: str
) -> None:
    command = [str(node_folder / "node_modules" / ".bin" / "conformance"), "server"]
    async with a_house(tmp_path, "auto") as house, over_http(house.settings) as url:
        asked = ["--url", url, "--scenario", scenario, "--spec-version", version]
        with anyio.fail_after(SCENARIO_SECONDS):
            done = await anyio.run_process([*command, *asked], check=False, env=node_environment, cwd=tmp_path)
    said = done.stdout.decode() + done.stderr.decode()
    assert done.returncode == 0, said
    assert "Passed: " in said, "no check was run"
