"""Waiting ends with the job, with its time, or when it cannot help; leaving costs nothing."""

from __future__ import annotations

from itertools import pairwise

import anyio
import pytest

from tests.faults.harness import Bench, Plan, leads
from video_mcp.jobs.job import Job
from video_mcp.jobs.progress import Progress
from video_mcp.jobs.wait import ReportProgress, Waiting
from video_mcp.simulator import Fault

pytestmark = pytest.mark.anyio


def heard() -> tuple[list[Progress], ReportProgress]:
    """Return a list, and what fills it with progress."""
    said: list[Progress] = []

    async def report(progress: Progress) -> None:
        said.append(progress)

    return said, report


async def test_a_wait_ends_when_the_job_does_and_progress_rises_to_the_end(bench: Bench) -> None:
    said, report = heard()
    async with bench.service() as one:
        begun = await one.create()

        told: list[Job] = []

        async def let_time_pass() -> None:
            await bench.ended(one, begun.id)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(let_time_pass)
            told.append(await one.service.wait(begun.id, wait_seconds=120, report=report))
    assert [job.status for job in told] == ["completed"]
    assert all(before.percent < after.percent for before, after in pairwise(said))
    assert said[-1].percent == 100


async def test_a_wait_that_runs_out_returns_the_open_job(bench: Bench) -> None:
    async with bench.service() as one:
        begun = await one.create()
        with anyio.fail_after(60):
            job = await one.status(begun.id, wait_seconds=0.1)
    assert job.is_open


async def test_a_wait_ends_at_once_when_only_the_person_can_help(bench: Bench) -> None:
    async with bench.service() as one:
        begun = await one.create()
        bench.simulator.faults.arm(Fault(on="status", kind="unauthorized"))
        with anyio.fail_after(60):
            job = await one.status(begun.id, wait_seconds=600)
    assert job.is_open
    assert job.revision == 2


async def test_whoever_waits_for_a_job_that_rests_gets_another_try(bench: Bench) -> None:
    async with bench.service() as one:
        begun = await one.create()
        bench.simulator.faults.arm(Fault(on="status", kind="unauthorized"))
        await bench.polled()
        await bench.until(lambda: bench.rows()[0]["problem"] is not None and not leads())
        bench.advance(10)
        job = await one.status(begun.id, wait_seconds=120)
    assert job.status == "completed"


async def test_a_job_that_another_process_leads_is_seen_to_end(bench: Bench) -> None:
    async with bench.service(Plan(polling=False)) as watching, bench.service() as leading:
        begun = await leading.create()
        ended = None

        async def watch() -> None:
            nonlocal ended
            ended = await watching.status(begun.id, wait_seconds=120)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(watch)
            await bench.ended(leading, begun.id)
    assert ended is not None
    assert ended.status == "completed"


async def test_leaving_a_wait_leaves_the_job_alone(bench: Bench) -> None:
    async with bench.service() as one:
        begun = await one.create()
        with anyio.move_on_after(0.05):
            await one.status(begun.id, wait_seconds=60)
        job = await bench.ended(one, begun.id)
    assert (job.status, bench.posts) == ("completed", 1)


async def test_a_report_that_breaks_ends_the_wait_and_not_the_job(bench: Bench) -> None:
    async def broken(_progress: Progress) -> None:
        raise BrokenPipeError

    async with bench.service() as one:
        begun = await one.create()
        with pytest.raises(BrokenPipeError):
            await one.service.wait(begun.id, wait_seconds=5, report=broken)
        job = await bench.ended(one, begun.id)
    assert job.status == "completed"


async def test_waiting_for_acceptance_ends_in_time_though_nobody_answers(bench: Bench) -> None:
    bench.simulator.faults.arm(Fault(on="create", kind="stall", seconds=30))
    async with bench.service() as one:
        one.tasks.start_soon(one.create)
        await bench.until(lambda: bench.posts == 1)
        waiting = Waiting(ledger=one.ledger, recorder=one.recorder, changes=one.changes, now=bench.clock)
        job = await waiting.until_accepted(await one.status(str(bench.rows()[0]["id"])), at_most_seconds=0.1)
        assert job.upstream_id is None
        await one.kill()
