"""One turn of a poller at the ledger: what ended is written, leases are renewed, what is due is claimed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from video_mcp.jobs.job import Job
from video_mcp.jobs.store import queries, writes
from video_mcp.jobs.store.writes import StepEnd

# No pause between two polls is longer: a job that is due later was written by a clock that ran ahead.
_LONGEST_PAUSE_SECONDS = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedStep:
    """A step that has ended: the job as it was read, and as it is now if anything changed."""

    job: Job
    after: Job | None
    end: StepEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a poller brings and wants.

    `free_slots` says how many jobs of each state it can take, `held` whose leases it renews (ids), `woken` which jobs
    are due now whatever the ledger says. `is_thorough` also looks for what a wrong clock has put far into the future.
    `is_place_free` says that a job has ended here, so that one that waits for a place may be sent.
    """

    owner: str
    now: float
    lease_until: float
    free_slots: Mapping[str, int]
    ended: Sequence[EndedStep] = ()
    held: Sequence[str] = ()
    woken: Sequence[str] = ()
    is_thorough: bool = False
    is_place_free: bool = False


@dataclass(slots=True, kw_only=True)
class TurnResult:
    """What a poller gets: rows to work on, jobs that were written, leases that are lost, and when to come again."""

    claimed: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    written: list[Job] = field(default_factory=list[Job])
    lost: set[str] = field(default_factory=set[str])
    next_due_at: float = float("inf")


def take(connection: Connection, turn: Turn) -> TurnResult:
    """Take a turn in one transaction; a turn that brings nothing and finds nothing due writes nothing."""
    result = TurnResult()
    if turn.woken:
        connection.execute(writes.make_due(turn.woken, now=turn.now))
    if turn.is_thorough:
        beyond = turn.now + _LONGEST_PAUSE_SECONDS
        connection.execute(writes.pull_forward(beyond=beyond, now=turn.now))
        connection.execute(writes.free_leases(beyond=beyond))
    _write_ended(connection, turn.ended, result)
    if turn.is_place_free:
        connection.execute(writes.make_places_due(now=turn.now))
    if turn.held:
        renewal = writes.renew(turn.owner, turn.held, lease_until=turn.lease_until)
        result.lost = set(turn.held) - set(connection.execute(renewal).scalars())
    for state, limit in turn.free_slots.items():
        _claim(connection, turn, state, limit, result)
    lease_end = connection.execute(queries.next_lease_end(turn.owner, now=turn.now)).scalar()
    result.next_due_at = min(result.next_due_at, lease_end if lease_end is not None else float("inf"))
    return result


def _write_ended(connection: Connection, ended: Sequence[EndedStep], result: TurnResult) -> None:
    unchanged: list[dict[str, object]] = []
    save_steps = writes.save_steps()
    for step in ended:
        if step.after is not None:
            written = replace(step.after, revision=step.job.revision + 1)
            if connection.execute(save_steps, writes.step_row(step.job, written, step.end)).rowcount == 1:
                result.written.append(written)
                continue
        unchanged.append(
            {
                "step_id": step.job.id,
                "step_revision": step.job.revision,
                "step_owner": step.end.owner,
                "step_due_at": step.end.due_at,
                "step_polled_at": step.end.polled_at,
                "step_began_at": step.end.began_at,
            }
        )
    if unchanged:
        connection.execute(writes.end_steps(), unchanged)


def _claim(connection: Connection, turn: Turn, state: str, limit: int, result: TurnResult) -> None:
    if limit <= 0:
        return  # the end of a step is what frees a slot, and it brings the next turn
    claim = writes.claim_due(turn.owner, state, now=turn.now, lease_until=turn.lease_until, limit=limit)
    claimed = [{**row} for row in connection.execute(claim).mappings()]
    result.claimed += claimed
    if len(claimed) < limit:
        next_due_at = connection.execute(queries.next_due(state)).scalar()
        result.next_due_at = min(result.next_due_at, next_due_at if next_due_at is not None else float("inf"))
