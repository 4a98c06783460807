"""Nobody who listens holds a job up."""

from __future__ import annotations

import anyio
import pytest

from tests.faults.harness import Bench
from tests.jobs.samples import job
from video_mcp.jobs.changes import Changes
from video_mcp.jobs.job import Job

pytestmark = pytest.mark.anyio


async def test_a_listener_that_never_returns_holds_no_job_up(bench: Bench) -> None:
    async def stuck(_job: Job) -> None:
        await anyio.sleep_forever()

    async with bench.service() as one:
        one.changes.listen(stuck)
        ended = await bench.ended(one, (await one.create()).id)
    assert ended.status == "completed"


async def test_a_listener_that_does_not_keep_up_hears_of_each_jobs_latest_state_and_of_the_newest_jobs() -> None:
    heard: list[tuple[str, int]] = []
    going_on, all_heard = anyio.Event(), anyio.Event()

    async def slow(known: Job) -> None:
        await going_on.wait()
        heard.append((known.id, known.revision))
        if known.id == "last":
            all_heard.set()

    async with anyio.create_task_group() as tasks:
        changes = Changes(tasks)
        changes.listen(slow)
        for revision in range(5):
            changes.publish(job(id="busy", revision=revision))
        for number in range(2000):
            changes.publish(job(id=f"job {number}"))
        changes.publish(job(id="busy", revision=9))
        changes.publish(job(id="last"))
        going_on.set()
        with anyio.fail_after(60):
            await all_heard.wait()
        tasks.cancel_scope.cancel()
    assert len(heard) <= 1001
    assert heard[-2:] == [("busy", 9), ("last", 0)]
    assert ("job 0", 0) not in heard


async def test_what_was_read_before_a_change_takes_its_news_from_nobody() -> None:
    """Whoever compares the ledger with what waiters know may have read a job just before it was written here."""
    heard: list[int] = []

    async def listener(known: Job) -> None:
        heard.append(known.revision)

    async with anyio.create_task_group() as tasks:
        changes = Changes(tasks)
        changes.listen(listener)
        with changes.watch("video_1") as watch:
            watch.saw(job(revision=0))
            for revision in (1, 0):
                changes.publish(job(revision=revision))
            assert await watch.next(at_most_seconds=60) == job(revision=1)
            changes.publish(job(revision=0))
            assert await watch.next(at_most_seconds=0) is None
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    assert heard[0] == 1
