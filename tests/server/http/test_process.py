"""The real command: what it binds to, and how it ends."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, closing
from pathlib import Path

import anyio
import pytest
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream
from mcp import Client

from tests.interaction.test_stdio import environment
from tests.server.http.serving import BOAT, SLOW, until
from video_mcp.errors import ConfigurationError
from video_mcp.server.http.serve import bound_socket, require_access_control, require_extra
from video_mcp.settings import Settings
from video_mcp.simulator import Simulator, run_simulator

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to end on"),
]


@asynccontextmanager
async def a_process(folder: Path, simulator: Simulator) -> AsyncGenerator[tuple[Process, str]]:
    command = [sys.executable, "-m", "video_mcp", "serve", "--http", "--port", "0"]
    env = environment(folder, simulator, VIDEO_MCP_LOG_LEVEL="ERROR")
    async with await anyio.open_process(command, env=env, stdout=None) as process:
        assert process.stderr is not None
        with anyio.fail_after(120):
            line = (await BufferedByteReceiveStream(process.stderr).receive_until(b"\n", 1000)).decode()
        try:
            yield process, line.split(" at ")[1].split(". ")[0]
        finally:
            if process.returncode is None:
                process.kill()


async def test_a_server_that_is_told_to_leave_answers_twenty_waits_and_gives_its_leases_back(tmp_path: Path) -> None:
    answers: list[Mapping[str, object]] = []
    async with run_simulator(SLOW) as simulator, a_process(tmp_path, simulator) as (process, url):
        async with Client(url, mode="auto") as new, Client(url, mode="legacy") as old:
            made = (await new.call_tool("create_video", {**BOAT, "wait_seconds": 0})).structured_content
            assert made is not None
            await old.list_tools()
            waiting: set[int] = set()

            async def wait(number: int, client: Client) -> None:
                async def hear(progress: float, total: float | None, message: str | None) -> None:
                    waiting.add(number)

                arguments = {"video_id": made["video_id"], "wait_seconds": 600}
                answer = await client.call_tool("get_video_status", arguments, progress_callback=hear)
                assert answer.structured_content is not None
                answers.append(answer.structured_content)

            async with anyio.create_task_group() as tasks:
                for number in range(20):
                    tasks.start_soon(wait, number, new if number % 2 else old)
                await until(lambda: len(waiting) == 20)
                process.terminate()
        with anyio.fail_after(60):
            assert await process.wait() == 0

    assert {answer["video_id"] for answer in answers} == {made["video_id"]}
    assert {answer["status"] for answer in answers} <= {"queued", "in_progress"}
    assert len(answers) == 20
    with closing(sqlite3.connect(tmp_path / "home" / "ledger.sqlite3")) as connection:
        assert connection.execute("SELECT lease_owner, lease_until FROM jobs").fetchall() == [(None, None)]


async def test_a_server_that_lets_everybody_in_does_not_start_where_others_reach_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "video_mcp", "serve", "--http", "--port", "0", "--host", "0.0.0.0"]
    done = await anyio.run_process(command, env=environment(tmp_path), check=False, stderr=subprocess.PIPE)
    assert (done.returncode, "--host names 0.0.0.0" in done.stderr.decode()) == (2, True)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "203.0.113.7", ""])
def test_a_server_that_lets_everybody_in_is_bound_to_this_machine_alone(host: str) -> None:
    with pytest.raises(ConfigurationError, match="--host"):
        require_access_control(Settings(), host)


def test_a_server_that_lets_everybody_in_has_no_public_address() -> None:
    require_access_control(Settings(public_url="http://localhost:8000"), "127.0.0.1")
    with pytest.raises(ConfigurationError, match="PUBLIC_URL"):
        require_access_control(Settings(public_url="https://videos.example"), "127.0.0.1")


@pytest.mark.parametrize(
    ("shared", "module"),
    [
        ({"database_url": "postgres://u:s3cret@db/x"}, "psycopg"),
        ({"storage_url": "s3://videos"}, "obstore"),
    ],
)
def test_a_server_for_a_team_does_not_start_without_its_extra(shared: dict[str, object], module: str) -> None:
    require_extra(Settings(), is_installed=lambda _module: False)
    require_extra(Settings.model_validate(shared))
    with pytest.raises(ConfigurationError, match=r"needs an extra: pip install 'video-mcp-gateway\[team\]'") as caught:
        require_extra(Settings.model_validate(shared), is_installed=lambda name: name != module)
    assert "s3cret" not in str(caught.value)


def test_a_port_that_is_taken_is_told() -> None:
    with (
        bound_socket("127.0.0.1", 0) as bound,
        pytest.raises(ConfigurationError, match="--port 0"),
        bound_socket("127.0.0.1", bound.getsockname()[1]),
    ):
        pass
