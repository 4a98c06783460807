"""One turn of a poller at the ledger: what ended is written, leases are renewed, what is due is claimed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from video_mcp.jobs.job import Job, Rendering
from video_mcp.jobs.store import queries, writes
from video_mcp.jobs.store.rows import Row
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
    _write_ended(connection, turn, result)
    if turn.is_place_free:
        connection.execute(writes.make_places_due(now=turn.now))
    if turn.held:
        renewal = writes.renew(turn.owner, turn.held, lease_until=turn.lease_until)
        result.lost = set(turn.held) - set(connection.execute(renewal).scalars())
    for state, limit in turn.free_slots.items():
        _claim(connection, turn, state, limit, result)
    others = {"lease_holder": turn.owner, "lease_now": turn.now}
    lease_end = connection.execute(queries.next_lease_end(), others).scalar()
    result.next_due_at = min(result.next_due_at, lease_end if lease_end is not None else float("inf"))
    return result


def _write_ended(connection: Connection, turn: Turn, result: TurnResult) -> None:
    changed = {step.job.id: step for step in turn.ended if step.after is not None}
    held = _held(connection, turn.owner, list(changed))
    polls: list[Row] = []
    others: list[Row] = []
    for step in turn.ended:
        after, job = step.after, step.job
        if after is None or held.get(job.id) != job.revision or not isinstance(after.state, Rendering):
            others.append(writes.end_row(job, step.end))
            continue
        polls.append(writes.poll_row(job, after, after.state, step.end))
        result.written.append(replace(after, revision=job.revision + 1))
    if polls:
        connection.execute(writes.save_polls(), polls)
    if others:
        connection.execute(writes.end_steps(), others)


def _held(connection: Connection, owner: str, video_ids: Sequence[str]) -> dict[str, int]:
    """Return the revisions of those jobs whose leases are still an owner's."""
    if not video_ids:
        return {}
    return {row.id: row.revision for row in connection.execute(queries.still_held(owner, video_ids))}


def _claim(connection: Connection, turn: Turn, state: str, limit: int, result: TurnResult) -> None:
    if limit <= 0:
        return  # the end of a step is what frees a slot, and it brings the next turn
    row = writes.claim_row(turn.owner, state, now=turn.now, lease_until=turn.lease_until, limit=limit)
    claimed = [{**one} for one in connection.execute(writes.claim_due(), row).mappings()]
    result.claimed += claimed
    if len(claimed) < limit:
        next_due_at = connection.execute(queries.next_due(), {"due_state": state}).scalar()
        result.next_due_at = min(result.next_due_at, next_due_at if next_due_at is not None else float("inf"))
