"""What the gateway has answered is never lost again: by slow reads, a ledger that refuses, clocks that are set."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import anyio
import anyio.to_thread
import pytest

from tests.faults.harness import LEASE_SECONDS, Bench, Plan, Running
from video_mcp.errors import LedgerUnavailable
from video_mcp.jobs.job import Completed, Unknown
from video_mcp.simulator import Fault

pytestmark = pytest.mark.anyio

DAY = 24 * 3600.0


async def test_an_answer_that_comes_while_the_open_jobs_are_read_is_not_judged_by_the_old_row(bench: Bench) -> None:
    services: list[Running] = []

    async def answered_meanwhile() -> None:
        rows = bench.rows()
        if rows and rows[0]["state"] == "submitting":
            await services[0].until(str(rows[0]["id"]), lambda job: job.upstream_id is not None)

    bench.simulator.faults.arm(Fault(on="create", kind="stall", seconds=0.2))
    async with bench.service(Plan(after_look=answered_meanwhile)) as one:
        services.append(one)
        one.tasks.start_soon(one.create)
        await bench.until(lambda: bench.posts == 1)
        one.poller.wake()
        job = await bench.ended(one, str(bench.rows()[0]["id"]))
    assert isinstance(job.state, Completed)


async def test_the_answer_counts_though_another_process_took_the_job_for_an_orphan_as_it_was_recorded(
    bench: Bench,
) -> None:
    """The other process has read `submitting`, and writes `orphaned` after the answer is in the ledger."""
    going_on = anyio.Event()

    async def slowly() -> None:
        if bench.rows() and bench.rows()[0]["state"] == "submitting":
            await going_on.wait()

    bench.simulator.faults.arm(Fault(on="create", kind="stall", seconds=60))
    async with bench.service(Plan(polling=False)) as sender, bench.service(Plan(after_look=slowly)) as other:
        sender.tasks.start_soon(sender.create)
        await bench.until(lambda: bench.posts == 1)
        bench.advance(LEASE_SECONDS + 1)
        video_id = str(bench.rows()[0]["id"])
        await bench.until(lambda: other.ledger.looks > 0 and bench.rows()[0]["lease_owner"] == other.name)
        bench.simulator.faults.release()
        await sender.until(video_id, lambda job: job.upstream_id is not None)
        going_on.set()
        job = await bench.ended(other, video_id)
    assert isinstance(job.state, Completed)
    assert bench.posts == 1


async def test_a_ledger_that_refuses_for_long_costs_no_id_and_the_answer_says_so(bench: Bench) -> None:
    bench.simulator.faults.arm(Fault(on="create", kind="stall", seconds=60))
    async with bench.service() as one:
        one.tasks.start_soon(one.create)
        await bench.until(lambda: bench.posts == 1)
        await anyio.to_thread.run_sync(bench.place.refuse_answers)
        bench.simulator.faults.release()
        video_id = str(bench.rows()[0]["id"])
        await bench.until(lambda: bool(bench.simulator.jobs))
        held = await one.status(video_id, wait_seconds=0.01)
        while held.upstream_id is None:
            held = await one.status(video_id, wait_seconds=0.01)
        listed = await one.service.list(5)
        bench.advance(LEASE_SECONDS * 4)
        await bench.looked(one, times=3)
        await anyio.to_thread.run_sync(bench.place.take_answers)
        recorded = await one.until(video_id, lambda job: job.upstream_id is not None)
    assert (held.upstream_id, held.charged) == (bench.simulator.jobs[0].id, "yes")
    assert any("cannot be written" in warning for warning in held.warnings)
    assert [job.upstream_id for job in listed] == [held.upstream_id]
    assert recorded.upstream_id == held.upstream_id
    assert not any("cannot be written" in warning for warning in recorded.warnings)


@pytest.mark.sqlite
@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody delete a file that is open")
@pytest.mark.parametrize("is_replaced", [False, True], ids=["deleted", "replaced"])
async def test_a_ledger_that_is_taken_away_is_noticed_before_anything_is_sent(bench: Bench, is_replaced: bool) -> None:
    async with bench.service(Plan(polling=False)) as one:
        await one.create()
        bench.place.path.unlink()
        if is_replaced:
            bench.place.path.touch()
        with pytest.raises(LedgerUnavailable, match="removed or replaced while video-mcp was running"):
            await one.create(prompt="another")
    assert bench.posts == len(bench.simulator.jobs) == 1


async def test_a_process_that_ends_while_the_ledger_refuses_leaves_after_its_grace(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    await leave_while_refused(bench)
    assert bench.simulator.jobs[0].id in caplog.text


async def leave_while_refused(bench: Bench) -> None:
    with anyio.fail_after(60):
        async with bench.service(Plan(settings={"request_timeout_seconds": 3.0})) as one:
            await anyio.to_thread.run_sync(bench.place.refuse_answers)
            one.tasks.start_soon(one.create)
            await bench.until(lambda: bool(bench.simulator.jobs))


@dataclass(slots=True)
class WallClock:
    """A wall clock that goes as fast as the bench's and can be set."""

    bench: Bench
    ahead_seconds: float = 0.0

    def __call__(self) -> float:
        return self.bench.clock() + self.ahead_seconds


@pytest.mark.parametrize("days", [-1, 2])
async def test_a_wall_clock_that_is_set_stops_no_polling_and_ends_no_job(bench: Bench, days: int) -> None:
    wall = WallClock(bench)
    bench.simulator.faults.arm(Fault(on="status", kind="status_word", word="running", times=3))
    async with bench.service(Plan(now=wall)) as one:
        begun = await one.create()
        wall.ahead_seconds = days * DAY
        job = await bench.ended(one, begun.id)
    assert isinstance(job.state, Completed)


async def test_leases_from_before_the_wall_clock_was_set_back_are_taken_over(bench: Bench) -> None:
    async with bench.service() as one:
        begun = await one.create()
        await one.kill()
    async with bench.service(Plan(now=WallClock(bench, ahead_seconds=-DAY))) as two:
        job = await bench.ended(two, begun.id)
    assert isinstance(job.state, Completed)


async def test_a_job_that_comes_past_its_deadline_gets_a_second_look(bench: Bench) -> None:
    async with bench.service() as one:
        begun = await one.create()
        await one.kill()
    bench.simulator.faults.arm(Fault(on="status", kind="status_word", word="running", times=3))
    async with bench.service(Plan(now=WallClock(bench, ahead_seconds=2 * DAY))) as two:
        job = await bench.ended(two, begun.id)
    assert isinstance(job.state, Completed)


async def test_an_id_that_no_address_can_hold_floods_no_log_and_ends_by_its_deadline(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    async with bench.service() as one:
        begun = await one.create()
        await bench.tamper("UPDATE jobs SET upstream_id = ?, revision = revision + 1", "x" * 70_000)
        for _ in range(5):
            bench.advance(1)
            await bench.looked(one, times=1)
        bench.advance(DAY)
        job = await bench.ended(one, begun.id)
    assert isinstance(job.state, Unknown)
    assert job.state.problem.code == "deadline"
    assert "x" * 1000 not in caplog.text
    assert "Traceback" not in caplog.text
