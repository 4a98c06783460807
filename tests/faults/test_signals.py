"""Whatever signal ends a process, a create that is under way is recorded first, and then the process leaves."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import anyio
import pytest

from tests.faults.processes import a_server
from tests.interaction.test_stdio import environment
from video_mcp.simulator import Fault, Simulator, SimulatorConfig, run_simulator

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals"),
]

CREATE = {"model": "kling-v2-6", "prompt": "A paper boat", "seconds": 5, "wait_seconds": 40}
SLOW = SimulatorConfig(render_seconds=3600)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
async def test_a_server_that_is_told_to_end_records_the_create_that_is_under_way(tmp_path: Path, name: str) -> None:
    async with run_simulator(SLOW) as simulator:
        simulator.faults.arm(Fault(on="create", kind="stall", seconds=60))
        async with a_server(tmp_path, simulator) as server:
            await server.call("create_video", CREATE)
            await posted(simulator)
            server.process.send_signal(getattr(signal, name))
            simulator.faults.release()
            with anyio.fail_after(120):
                await server.process.wait()
        assert recorded(tmp_path) == [("rendering", simulator.jobs[0].id)]


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
async def test_a_command_that_is_told_to_end_records_the_create_that_is_under_way(tmp_path: Path, name: str) -> None:
    words = ["create", "A paper boat", "--model", "kling-v2-6", "--seconds", "5"]
    async with run_simulator(SLOW) as simulator:
        simulator.faults.arm(Fault(on="create", kind="stall", seconds=60))
        command = [sys.executable, "-m", "video_mcp", *words]
        env = environment(tmp_path, simulator)
        async with await anyio.open_process(
            command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            await posted(simulator)
            process.send_signal(getattr(signal, name))
            simulator.faults.release()
            with anyio.fail_after(120):
                await process.wait()
        assert recorded(tmp_path) == [("rendering", simulator.jobs[0].id)]
        assert process.returncode == 3


async def posted(simulator: Simulator) -> None:
    with anyio.fail_after(120):
        while True:
            if simulator.requests.matching("POST", "/v1/videos"):
                return
            await anyio.sleep(0.02)


def recorded(folder: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(folder / "home" / "ledger.sqlite3")) as connection:
        return connection.execute("SELECT state, upstream_id FROM jobs").fetchall()
