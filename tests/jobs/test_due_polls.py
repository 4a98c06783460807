"""Polls that are due are made, each once, by whichever replica; what one costs does not grow with the open jobs."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert

from tests.faults.harness import GATEWAY, Bench, Plan, a_bench, leads
from tests.jobs.counting import counting_steps
from tests.jobs.samples import STATES, job
from video_mcp.jobs.store.ledger import open_ledger
from video_mcp.jobs.store.rows import Row, to_row
from video_mcp.jobs.store.tables import jobs_table
from video_mcp.jobs.store.turns import EndedStep, Turn
from video_mcp.jobs.store.writes import POKE_SECONDS, StepEnd
from video_mcp.simulator import Fault

pytestmark = pytest.mark.anyio

FEW, MANY = 100, 5000
DUE_AT_ONCE = 64


async def test_replicas_with_fewer_slots_than_due_jobs_make_each_poll_once_and_none_late(
    bench: Bench, database_url: str
) -> None:
    jobs, rounds = 24, 3
    # No lease may end while a busy machine is slow: whoever holds a job keeps it.
    plan = Plan(settings={"database_url": database_url, "polls_at_once": 4}, lease_seconds=600)
    bench.simulator.faults.arm(Fault(on="status", kind="status_word", word="running", times=None))
    async with bench.service(plan) as one, bench.service(plan) as other:
        for number in range(jobs):
            await (one, other)[number % 2].create(prompt=f"Take {number}")
        for made in range(1, rounds + 1):
            bench.advance()
            # Time stands still until every due poll is made: one that is left for later is never made.
            await bench.until(lambda made=made: bench.has_polled(made * jobs) and not leads())
            polls = Counter(sent.path for sent in bench.simulator.requests.matching("GET", "/v1/videos/"))
            assert sorted(polls.values()) == [made] * jobs


async def test_a_turn_costs_the_same_however_many_jobs_are_open(tmp_path: Path) -> None:
    few, many = [await steps_of_a_round(tmp_path / f"{count}", open_jobs=count) for count in (FEW, MANY)]
    assert many <= 2 * few


async def steps_of_a_round(folder: Path, *, open_jobs: int) -> int:
    """Return how many tens of steps SQLite takes for a turn of polls that end: they are written, others are claimed."""
    path = folder / "ledger.sqlite3"
    async with open_ledger(f"sqlite:///{path.as_posix()}", path) as ledger:
        await ledger.database.write(lambda connection: add_open_jobs(connection, open_jobs))
        first = Turn(owner="me", now=2000.0, lease_until=2015.0, free_slots={"rendering": DUE_AT_ONCE, "rendered": 8})
        claimed = (await ledger.take_turn(first)).claimed
        assert len(claimed) == DUE_AT_ONCE
        end = StepEnd(owner="me", due_at=2010.0, polled_at=2000.0, began_at=2000.0)
        ended = [EndedStep(job=one, change=None, end=end) for one in claimed]
        held = [one.id for one in claimed]
        with counting_steps(ledger) as counted:
            await ledger.take_turn(
                Turn(
                    owner="me",
                    now=2009.0,
                    lease_until=2024.0,
                    free_slots=first.free_slots,
                    ended=ended,
                    held=held,
                    is_thorough=True,
                )
            )
    return counted[0]


def add_open_jobs(connection: Connection, count: int) -> None:
    """Write jobs of which the first are due now, ten more in the next turn, and the others later."""
    rows = list[Row]()
    for number in range(count):
        one = job(STATES["rendering"], id=f"video_{number}", fingerprint=f"{number:064d}")
        due_at = 1999.0 if number < DUE_AT_ONCE else 2008.0 if number < DUE_AT_ONCE + 10 else 2500.0
        rows.append({**to_row(one), "due_at": due_at})
    connection.execute(insert(jobs_table), rows)


async def test_polls_that_are_claimed_ahead_are_made_in_their_time_and_a_call_brings_one_forward(
    tmp_path: Path,
) -> None:
    jobs, hint_seconds = 6, 20.0
    config = replace(GATEWAY, render_seconds=36_000.0, poll_after_ms=1000 * hint_seconds)
    async with a_bench(tmp_path, config) as bench, bench.service(Plan(lease_seconds=600)) as one:
        made = [await one.create(prompt=f"Take {number}") for number in range(jobs)]
        await bench.passing(lambda: bench.polls == jobs)
        await bench.until(lambda: all(known["polled_at"] for known in bench.rows()))
        bench.advance(200.0)  # leases are renewed, after so many polls that the next ones are claimed ahead
        await bench.until(lambda: bench.has_polled(2 * jobs) and not leads())
        bench.advance(hint_seconds - 3.0)
        await bench.until(lambda: all(known["lease_owner"] for known in bench.rows()))
        assert bench.polls == 2 * jobs
        await one.ledger.poke(made[3].id, now=bench.clock())
        bench.advance(POKE_SECONDS)
        await bench.until(lambda: bench.has_polled(2 * jobs + 1))
        assert bench.simulator.requests.matching("GET", "/v1/videos/")[-1].path.endswith(made[3].upstream_id or "-")
        bench.advance(3.0)
        await bench.until(lambda: bench.has_polled(3 * jobs))
        polls = Counter(sent.path for sent in bench.simulator.requests.matching("GET", "/v1/videos/"))
        assert set(polls.values()) == {3}
