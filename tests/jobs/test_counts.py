"""What a create and a poll cost in the ledger, counted: counts hold on any machine where times do not."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from sqlalchemy import event

from tests.jobs.counting import counting
from tests.jobs.samples import BODY, STATES, job
from video_mcp.jobs.budget import Caps
from video_mcp.jobs.events import Accepted, Polled, change_by_poll, transition
from video_mcp.jobs.job import Job, Rendering, RenderingChange
from video_mcp.jobs.store.ledger import Ledger, open_ledger
from video_mcp.jobs.store.turns import EndedStep, Turn
from video_mcp.jobs.store.writes import StepEnd

pytestmark = pytest.mark.anyio

SLOTS = {"rendering": 64, "rendered": 8}


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncGenerator[Ledger]:
    path = tmp_path / "ledger.sqlite3"
    async with open_ledger(f"sqlite:///{path.as_posix()}", path) as opened:
        yield opened


def a_turn(*ended: EndedStep, now: float = 2000.0) -> Turn:
    return Turn(owner="me", now=now, lease_until=now + 15, free_slots=SLOTS, ended=ended)


def change_of(one: Job, event: Polled) -> RenderingChange | None:
    assert isinstance(one.state, Rendering)
    return change_by_poll(one, one.state, event, now=2000.0)


async def polled_jobs(ledger: Ledger, count: int) -> list[Job]:
    for number in range(count):
        await ledger.insert(job(STATES["rendering"], id=f"video_{number}"), owner="x", lease_until=0.0)
    return (await ledger.take_turn(a_turn())).claimed


async def test_a_create_writes_a_row_and_two_sums_in_one_synced_transaction(ledger: Ledger) -> None:
    with counting(ledger) as counted:
        await ledger.claim(
            job(), BODY, owner="me", lease_until=lambda: 9.0, caps=Caps(max_videos_per_day=5), allow_duplicate=False
        )
    assert (counted.statements, counted.rows_written, counted.durable_commits) == (4, 3, 1)


async def test_a_create_without_a_cap_adds_nothing_up(ledger: Ledger) -> None:
    with counting(ledger) as counted:
        await ledger.claim(job(), BODY, owner="me", lease_until=lambda: 9.0, caps=Caps(), allow_duplicate=False)
    assert (counted.statements, counted.rows_written) == (2, 3)
    assert "sum(" not in " ".join(counted.sql).lower()


async def test_the_answer_to_a_create_is_one_synced_statement(ledger: Ledger) -> None:
    await ledger.insert(job(), owner="me", lease_until=9.0)
    after = transition(await ledger.get("video_1"), Accepted(upstream_id="task_1"), now=1001.0)
    with counting(ledger) as counted:
        assert await ledger.save(after, due_at=1005.0) is not None
    assert (counted.statements, counted.rows_written, counted.durable_commits) == (1, 1, 1)


@pytest.mark.parametrize("jobs", [1, 50])
async def test_polls_that_change_nothing_write_one_row_each_in_one_statement_and_wait_for_no_disk(
    ledger: Ledger, jobs: int
) -> None:
    claimed = await polled_jobs(ledger, jobs)
    assert len(claimed) == jobs
    ended = [
        EndedStep(job=one, change=None, end=StepEnd(owner="me", due_at=2010.0, polled_at=2000.0)) for one in claimed
    ]
    with counting(ledger) as counted:
        await ledger.take_turn(a_turn(*ended))
    assert (counted.rows_written, counted.durable_commits) == (jobs, 0)
    assert counted.statements == 3  # one for all that ended, a claim, a look for what is due next


async def test_a_poll_that_brings_progress_writes_one_row_and_waits_for_no_disk(ledger: Ledger) -> None:
    claimed = await polled_jobs(ledger, 20)
    end = StepEnd(owner="me", due_at=2010.0, polled_at=2000.0)
    further = Polled(phase="in_progress", progress=60)
    ended = [EndedStep(job=one, change=change_of(one, further), end=end) for one in claimed]
    with counting(ledger) as counted:
        result = await ledger.take_turn(a_turn(*ended))
    assert counted.statements == 3  # one write for all, and those of every turn
    assert (len(result.written), counted.rows_written, counted.durable_commits) == (20, 20, 0)


async def test_a_job_that_is_known_is_claimed_without_reading_its_row(ledger: Ledger) -> None:
    claimed = await polled_jobs(ledger, 20)
    end = StepEnd(owner="me", due_at=2010.0, polled_at=2000.0)
    further = Polled(phase="in_progress", progress=60)
    ended = [EndedStep(job=one, change=change_of(one, further), end=end) for one in claimed]
    written = (await ledger.take_turn(a_turn(*ended))).written
    await ledger.save(transition(written[0], Polled(phase="in_progress", progress=70), now=2005.0))
    with counting(ledger) as counted:
        again = await ledger.take_turn(a_turn(now=2010.0))
    assert {one.id: one for one in again.claimed}.items() >= {one.id: one for one in written[1:]}.items()
    assert counted.statements == 3  # a claim, a look, and the one row that another write has changed
    assert "progress" in counted.sql[-1]
    with counting(ledger) as counted:
        await ledger.take_turn(a_turn(now=2100.0))  # every lease is over, and nothing has changed
    assert "progress" not in " ".join(counted.sql)


async def test_a_job_that_is_known_is_answered_without_reading_its_row(ledger: Ledger) -> None:
    [known] = await polled_jobs(ledger, 1)
    with counting(ledger) as counted:
        assert await ledger.get(known.id) is known
    assert counted.sql == []


async def test_a_job_that_is_not_looked_at_is_not_asked_for(ledger: Ledger) -> None:
    [known] = await polled_jobs(ledger, 1)
    taken = list[object]()

    def note(connection: object, *_rest: object) -> None:
        taken.append(connection)

    event.listen(ledger.database.engine, "checkout", note)

    assert await ledger.look(known.id, lambda _job: None) is None
    assert taken == []
    assert await ledger.look(known.id, lambda job: lambda: job.id) == known.id
    assert len(taken) == 1


async def test_polls_are_claimed_seconds_ahead_and_nothing_else_is(ledger: Ledger) -> None:
    for name in ("rendering", "rendered"):
        await ledger.save(await inserted(ledger, name), due_at=2003.0)
    turn = Turn(owner="me", now=2000.0, lease_until=2015.0, free_slots=SLOTS, ahead_seconds=4.0)
    taken = await ledger.take_turn(turn)
    assert ([one.id for one in taken.claimed], taken.due_at, taken.next_due_at) == (
        ["rendering"],
        {"rendering": 2003.0},
        2003.0,
    )


async def inserted(ledger: Ledger, state: str) -> Job:
    await ledger.insert(job(STATES[state], id=state), owner="x", lease_until=0.0)
    return await ledger.get(state)


async def test_claiming_writes_only_the_rows_that_free_slots_can_take(ledger: Ledger) -> None:
    await polled_jobs(ledger, 64)
    for number in range(200):
        await ledger.insert(job(STATES["queued"], id=f"waiting_{number}"), owner="x", lease_until=0.0)
    turn = Turn(owner="me", now=2000.0, lease_until=2015.0, free_slots={"rendering": 5, "rendered": 8})
    with counting(ledger) as counted:
        assert len((await ledger.take_turn(turn)).claimed) == 5
    assert counted.rows_written == 5


async def test_all_leases_are_renewed_in_one_statement(ledger: Ledger) -> None:
    claimed = await polled_jobs(ledger, 64)
    held = [one.id for one in claimed]
    turn = Turn(owner="me", now=2005.0, lease_until=2020.0, free_slots={}, held=held)
    with counting(ledger) as counted:
        assert (await ledger.take_turn(turn)).lost == set()
    assert (counted.statements, counted.rows_written) == (2, 64)


async def test_a_turn_with_nothing_to_do_writes_nothing(ledger: Ledger) -> None:
    with counting(ledger) as counted:
        result = await ledger.take_turn(a_turn())
    assert (counted.rows_written, counted.durable_commits, result.next_due_at) == (0, 0, float("inf"))
