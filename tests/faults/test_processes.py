"""Two real processes on one home."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from tests.faults.harness import REQUEST, a_bench
from tests.faults.processes import Server, a_server
from video_mcp.simulator import SimulatorConfig

pytestmark = pytest.mark.anyio


async def test_five_equal_calls_at_once_from_two_processes_pay_once(
    tmp_path: Path, shared_database: str | None
) -> None:
    brisk = SimulatorConfig(render_seconds=10.0, max_side=64, poll_after_ms=50)
    answers: list[dict[str, object]] = []
    async with (
        a_bench(tmp_path, brisk, database_url=shared_database) as bench,
        a_server(tmp_path, bench.simulator, place=bench.place) as one,
    ):
        async with a_server(tmp_path, bench.simulator, place=bench.place) as two:
            for server in (one, two):
                await server.answer("get_video_status", {})
            async with anyio.create_task_group() as calls:
                calls.start_soon(several, one, 3, answers)
                calls.start_soon(several, two, 2, answers)
            await two.kill()
        assert bench.posts == len(bench.simulator.jobs) == len(bench.rows()) == 1
    assert len({str(answer["video_id"]) for answer in answers}) == 1
    assert sum("duplicate_of" not in answer for answer in answers) == 1


async def several(server: Server, count: int, answers: list[dict[str, object]]) -> None:
    """Send equal calls without waiting for one another, then read all answers."""
    numbers = [await server.call("create_video", {**REQUEST, "wait_seconds": 0}) for _ in range(count)]
    answers.extend(await server.read(set(numbers)))
