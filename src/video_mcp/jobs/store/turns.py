"""One turn of a poller at the ledger: what ended is written, leases are renewed, what is due is claimed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from video_mcp.jobs.job import Job, RenderingChange
from video_mcp.jobs.store import queries, writes
from video_mcp.jobs.store.known_jobs import KnownJobs
from video_mcp.jobs.store.results import Row, all_rows, readable_jobs
from video_mcp.jobs.store.rows import Row as WrittenRow
from video_mcp.jobs.store.writes import StepEnd

# No pause between two polls is longer: a job that is due later was written by a clock that ran ahead.
_LONGEST_PAUSE_SECONDS = 900.0
_NEVER = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedStep:
    """A step that has ended: the job as it was read, and what a poll has changed of it, if anything."""

    job: Job
    change: RenderingChange | None
    end: StepEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a poller brings and wants.

    `free_slots` says how many jobs of each state it can take; a rendering one is taken when it is due within
    `ahead_seconds`. `held` are the ids whose leases are renewed, `woken` those that are due now whatever the ledger
    says, `moved` those that are held and may be due at another time. `is_thorough` also looks for what a wrong clock
    has put far into the future. `is_place_free` says that a job has ended here, so that one that waits for a place may
    be sent.
    """

    owner: str
    now: float
    lease_until: float
    free_slots: Mapping[str, int]
    ahead_seconds: float = 0.0
    ended: Sequence[EndedStep] = ()
    held: Sequence[str] = ()
    woken: Sequence[str] = ()
    moved: Sequence[str] = ()
    is_thorough: bool = False
    is_place_free: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A job that a poller has leased, as it is at a revision, and when it is due."""

    video_id: str
    revision: int
    due_at: float


@dataclass(slots=True, kw_only=True)
class TurnResult:
    """What a poller gets: claims and the rows that it does not know, what was written, and when to come again.

    `lost` are leases that are no longer held, `due_at` says when the jobs are due that may have moved, and `full` are
    the states of which every free slot was taken, so that more may be due.
    """

    claims: list[Claim] = field(default_factory=list[Claim])
    rows: list[Row] = field(default_factory=list[Row])
    written: list[Job] = field(default_factory=list[Job])
    lost: set[str] = field(default_factory=set[str])
    due_at: dict[str, float] = field(default_factory=dict[str, float])
    full: set[str] = field(default_factory=set[str])
    next_due_at: float = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenTurn:
    """What a poller's turn brought: jobs to work on, jobs written, leases lost, and when the next job is due.

    A lease that was given back and taken again is not lost. `due_at` is when claimed jobs are due, and those that may
    have moved; `full` are the states of which every free slot was taken.
    """

    claimed: list[Job]
    written: list[Job]
    lost: frozenset[str]
    due_at: Mapping[str, float]
    full: frozenset[str]
    next_due_at: float


def taken(result: TurnResult, known: KnownJobs) -> TakenTurn:
    """Return a turn's result with its jobs, of which those that were read or written are known from now on."""
    for job in (*result.written, *readable_jobs(result.rows)):
        known.put(job)
    claimed = [known.get(claim.video_id, claim.revision) for claim in result.claims]
    return TakenTurn(
        claimed=[job for job in claimed if job is not None],
        written=result.written,
        lost=frozenset(result.lost.difference(claim.video_id for claim in result.claims)),
        due_at={**{claim.video_id: claim.due_at for claim in result.claims}, **result.due_at},
        full=frozenset(result.full),
        next_due_at=result.next_due_at,
    )


def take(connection: Connection, turn: Turn, known: KnownJobs) -> TurnResult:
    """Take a turn in one transaction; a turn that brings nothing and finds nothing due writes nothing."""
    result = TurnResult()
    _make_due(connection, turn)
    _write_ended(connection, turn, result)
    if turn.is_place_free:
        connection.execute(writes.make_places_due(now=turn.now))
    _look_after_held(connection, turn, result)
    _claim_all(connection, turn, result)
    unknown = [claim.video_id for claim in result.claims if known.get(claim.video_id, claim.revision) is None]
    result.rows = all_rows(connection, queries.by_ids(unknown)) if unknown else []
    return result


def _make_due(connection: Connection, turn: Turn) -> None:
    if turn.woken:
        connection.execute(writes.make_due(turn.woken, now=turn.now))
    if turn.is_thorough:
        beyond = turn.now + _LONGEST_PAUSE_SECONDS
        connection.execute(writes.pull_forward(beyond=beyond, now=turn.now))
        connection.execute(writes.free_leases(beyond=beyond))


def _look_after_held(connection: Connection, turn: Turn, result: TurnResult) -> None:
    if turn.held:
        renewal = writes.renew(turn.owner, turn.held, lease_until=turn.lease_until)
        result.lost = set(turn.held) - set(connection.execute(renewal).scalars())
    if turn.moved:
        moved = connection.execute(queries.due_at(turn.owner, turn.moved))
        result.due_at = {row.id: row.due_at for row in moved}


def _claim_all(connection: Connection, turn: Turn, result: TurnResult) -> None:
    """Claim what is rendering, which is nearly all there is, and of other states only where something is due."""
    _claim(connection, turn, "rendering", result)
    moments = _look(connection, turn)
    others = [
        state
        for state in turn.free_slots.keys() - {"rendering"}
        if moments.is_lease_over or moments.due_at.get(state, _NEVER) <= turn.now
    ]
    claimed = [_claim(connection, turn, state, result) for state in others]
    if any(claimed):
        moments = _look(connection, turn)
    waits = turn.free_slots.keys() - result.full
    result.next_due_at = min([moments.lease_end, *(moments.due_at.get(state, _NEVER) for state in waits)])


def _write_ended(connection: Connection, turn: Turn, result: TurnResult) -> None:
    polls: list[WrittenRow] = []
    others: list[WrittenRow] = []
    written: list[Job] = []
    for step in turn.ended:
        if step.change is None:
            others.append(writes.end_row(step.job, step.end))
        else:
            polls.append(writes.poll_row(step.job, step.change, step.end))
            written.append(step.job.with_change(step.change))
    if polls and connection.execute(writes.save_polls(), polls).rowcount != len(polls):
        others = [writes.end_row(step.job, step.end) for step in turn.ended]
        written = _changed(connection, [step.job for step in turn.ended if step.change is not None])
    result.written += written
    if others:
        connection.execute(writes.end_steps(), others)


def _changed(connection: Connection, read: Sequence[Job]) -> list[Job]:
    """Return those jobs as they are now that have been written since they were read, here or by another process."""
    revisions = {job.id: job.revision for job in read}
    now = readable_jobs(all_rows(connection, queries.by_ids(list(revisions))))
    return [job for job in now if job.revision != revisions[job.id]]


def _claim(connection: Connection, turn: Turn, state: str, result: TurnResult) -> bool:
    """Claim jobs of a state for the slots that are free; returns whether there were any."""
    limit = turn.free_slots.get(state, 0)
    if limit <= 0:
        result.full.add(state)  # the end of a step is what frees a slot, and it brings the next turn
        return False
    due_by = turn.now + turn.ahead_seconds if state == "rendering" else turn.now
    row = writes.claim_row(turn.owner, state, now=turn.now, due_by=due_by, lease_until=turn.lease_until, limit=limit)
    claimed = connection.execute(writes.claim_due(), row).all()
    result.claims += [Claim(video_id=one.id, revision=one.revision, due_at=one.due_at) for one in claimed]
    if len(claimed) >= limit:
        result.full.add(state)
    return bool(claimed)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moments:
    """When the next job of each state is due, when the next lease ends, and whether one is over."""

    due_at: Mapping[str, float]
    lease_end: float
    is_lease_over: bool


def _look(connection: Connection, turn: Turn) -> _Moments:
    *moments, first_end, next_end = connection.execute(queries.next_moments(), {"lease_now": turn.now}).one()
    return _Moments(
        due_at={state: at for state, at in zip(queries.DUE_STATES, moments, strict=True) if at is not None},
        lease_end=next_end if next_end is not None else _NEVER,
        is_lease_over=first_end is not None and first_end <= turn.now,
    )
