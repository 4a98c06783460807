"""A gateway that calls back, on the real poller: what one replica hears another polls at once, and polls grow rare."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.harness import GATEWAY, Bench, Running, a_bench
from tests.jobs.test_replicas import replicas
from video_mcp.jobs.store.writes import POKE_SECONDS

pytestmark = pytest.mark.anyio

HINT_SECONDS = 60
_LONGER_THAN_A_FIRST_LOOK = HINT_SECONDS / 2
CALLING = replace(GATEWAY, render_seconds=36_000.0, poll_after_ms=1000 * HINT_SECONDS)


async def test_a_call_at_one_replica_ends_the_job_that_another_polls_and_then_polls_are_a_third(
    tmp_path: Path, database_url: str
) -> None:
    async with (
        a_bench(tmp_path, CALLING, database_url=database_url) as bench,
        replicas(bench, database_url) as (one, other),
    ):
        rests: list[int] = []
        for number in range(4):
            made = await one.create(prompt=f"Take {number}")
            bench.advance()  # to the first look, which finds it unfinished
            await bench.until(lambda video_id=made.id: seconds_until_due(bench, video_id) > _LONGER_THAN_A_FIRST_LOOK)
            rests.append(round(seconds_until_due(bench, made.id)))
            if number < 3:
                await called_back(bench, one, other, made.id)
        # Each finished video was known by its call and the one poll that followed.
        assert (rests, bench.polls) == ([HINT_SECONDS] * 3 + [3 * HINT_SECONDS], 7)


def seconds_until_due(bench: Bench, video_id: str) -> float:
    due_at = next(row["due_at"] for row in bench.rows() if row["id"] == video_id)
    assert isinstance(due_at, float)
    return due_at - bench.clock()


async def called_back(bench: Bench, one: Running, other: Running, video_id: str) -> None:
    """Let the gateway finish a video and call the replica that does not poll; return once the other has it."""
    bench.simulator.finish_renders()
    bench.advance(2 * POKE_SECONDS)
    await other.service.callbacks.poke(video_id)
    assert (await one.ended(video_id)).status == "completed"
