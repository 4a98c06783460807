"""Every change of the ledger: the same for SQLite and PostgreSQL, each served by an index. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache

from sqlalchemy import (
    ColumnElement,
    Double,
    Executable,
    Integer,
    bindparam,
    case,
    delete,
    false,
    func,
    insert,
    or_,
    select,
    update,
)

from video_mcp.jobs.job import Job, RenderingChange
from video_mcp.jobs.store.rows import OPEN_STATES, Row, to_row
from video_mcp.jobs.store.tables import IS_OPEN, jobs_table, unsent_requests_table

_jobs = jobs_table.c

POKE_SECONDS = 1.0
"""How long a job that is poked again and again rests between two polls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEnd:
    """How a step gives its job back: whose lease it was, when the job is due again, when it was polled in vain.

    A job that was poked since `began_at` is due when the poke said.
    """

    owner: str
    due_at: float
    polled_at: float | None = None
    began_at: float | None = None


def add(job: Job, *, owner: str | None = None, lease_until: float | None = None) -> Executable:
    """Write a new job, held by `owner` if there is one, and due."""
    row = {**to_row(job), "due_at": job.created_at, "lease_owner": owner, "lease_until": lease_until}
    return insert(jobs_table).values(row)


def save(job: Job, written: Job, *, due_at: float | None = None) -> Executable:
    """Write a job over the revision that was read; with `due_at`, or when it has ended, give its lease back."""
    row = to_row(written)
    if due_at is not None or not written.is_open:
        row |= {"lease_owner": None, "lease_until": None}
    if due_at is not None:
        row["due_at"] = due_at
    return update(jobs_table).where(_jobs.id == job.id, _jobs.revision == job.revision).values(row)


@cache
def claim_due() -> Executable:
    """Lease jobs in a state that are due and that no living process holds, earliest first, at most so many.

    Executed with a `claim_row`; returns their ids, revisions and when they are due. Like every statement of a poller's
    turn it is built once: to build it costs more than to run it.
    """
    now, due_by = bindparam("claim_now", type_=Double), bindparam("claim_due_by", type_=Double)
    free = or_(_jobs.lease_owner.is_(None), _jobs.lease_until < now)
    due = (
        select(_jobs.id)
        .where(IS_OPEN, _jobs.state == bindparam("claim_state"), _jobs.due_at <= due_by, free)
        .order_by(_jobs.due_at)
        .limit(bindparam("claim_limit", type_=Integer))
        .with_for_update(skip_locked=True)
    )
    return (
        update(jobs_table)
        .where(_jobs.id.in_(due.scalar_subquery()))
        .values(lease_owner=bindparam("claim_owner"), lease_until=bindparam("claim_until", type_=Double))
        .returning(_jobs.id, _jobs.revision, _jobs.due_at)
    )


def claim_row(owner: str, state: str, *, now: float, due_by: float, lease_until: float, limit: int) -> Row:
    """Return what `claim_due` takes; `due_by` is when a job has to be due at the latest."""
    return {
        "claim_owner": owner,
        "claim_state": state,
        "claim_now": now,
        "claim_due_by": due_by,
        "claim_until": lease_until,
        "claim_limit": limit,
    }


def renew(owner: str, video_ids: Sequence[str], *, lease_until: float) -> Executable:
    """Hold the leases of what is being worked on a while longer; returns the ids that are still held."""
    held = (_jobs.lease_owner == owner, _jobs.id.in_(video_ids))
    return update(jobs_table).where(*held).values(lease_until=lease_until).returning(_jobs.id)


@cache
def end_steps() -> Executable:
    """Give leases back and say when the jobs are due again; one set of parameters for each job.

    A job that was written in the meantime (approved, say) stays due when that write said.
    """
    is_as_read = _jobs.revision == bindparam("step_revision")
    return (
        update(jobs_table)
        .where(_jobs.id == bindparam("step_id"), _jobs.lease_owner == bindparam("step_owner"))
        .values(
            due_at=case((is_as_read & ~_is_poked(), bindparam("step_due_at", type_=Double)), else_=_jobs.due_at),
            polled_at=func.coalesce(bindparam("step_polled_at", type_=Double), _jobs.polled_at),
            lease_owner=None,
            lease_until=None,
        )
    )


@cache
def save_steps() -> Executable:
    """Write what a step has made of a job and give its lease back, only while it is leased; takes a `step_row`."""
    polled_at = func.coalesce(bindparam("step_polled_at", type_=Double), _jobs.polled_at)
    due_at = case((_is_poked(), _jobs.due_at), else_=bindparam("step_due_at", type_=Double))
    return update(jobs_table).where(*_is_held_as_read()).values(polled_at=polled_at, due_at=due_at)


def _is_held_as_read() -> tuple[ColumnElement[bool], ...]:
    return (
        _jobs.id == bindparam("step_id"),
        _jobs.revision == bindparam("step_revision"),
        _jobs.lease_owner == bindparam("step_owner"),
    )


@cache
def save_polls() -> Executable:
    """Write what polls have changed of rendering jobs and give their leases back; takes a `poll_row` for each job.

    Jobs that another process has written or leased since they were read are left alone, and not counted.
    """
    return (
        update(jobs_table)
        .where(*_is_held_as_read())
        .values(
            phase=bindparam("step_phase"),
            progress=bindparam("step_progress"),
            problem=bindparam("step_problem", type_=_jobs.problem.type),
            warnings=bindparam("step_warnings", type_=_jobs.warnings.type),
            updated_at=bindparam("step_updated_at", type_=Double),
            revision=bindparam("step_revision") + 1,
            polled_at=func.coalesce(bindparam("step_polled_at", type_=Double), _jobs.polled_at),
            due_at=case((_is_poked(), _jobs.due_at), else_=bindparam("step_due_at", type_=Double)),
            lease_owner=None,
            lease_until=None,
        )
    )


def poll_row(job: Job, change: RenderingChange, end: StepEnd) -> Row:
    """Return what `save_polls` takes: of all that a job is, a poll changes only this."""
    state = change.state
    return {
        **end_row(job, end),
        "step_phase": state.phase,
        "step_progress": state.progress,
        "step_problem": asdict(state.problem) if state.problem is not None else None,
        "step_warnings": list(change.warnings),
        "step_updated_at": change.updated_at,
    }


def end_row(job: Job, end: StepEnd) -> Row:
    """Return what `end_steps` takes: the job as it was read, and when it is due again."""
    return {
        "step_id": job.id,
        "step_revision": job.revision,
        "step_owner": end.owner,
        "step_due_at": end.due_at,
        "step_polled_at": end.polled_at,
        "step_began_at": end.began_at,
    }


def _is_poked() -> ColumnElement[bool]:
    """Compare when a job was poked with when its step began: a step without a time was not overtaken."""
    return func.coalesce(_jobs.poked_at > bindparam("step_began_at", type_=Double), false())


def step_row(job: Job, written: Job, end: StepEnd) -> Row:
    """Return what `save_steps` takes: the job as it was read, as it is now, and when it is due again."""
    return {**to_row(written), **end_row(job, end), "lease_owner": None, "lease_until": None}


def make_due(video_ids: Sequence[str], *, now: float) -> Executable:
    """Let jobs be looked at now, whoever does so."""
    return update(jobs_table).where(_jobs.id.in_(video_ids), _jobs.due_at > now).values(due_at=now)


def poke(video_id: str, *, now: float) -> Executable:
    """Let a rendering job be polled now, or a second after its last poll; writes nothing when it is due by then.

    One that is being polled at this moment is polled once more in a second: what it will hear may be old.
    """
    next_second = _jobs.polled_at + POKE_SECONDS
    is_leased = _jobs.lease_owner.is_not(None)
    soonest = case((is_leased, now + POKE_SECONDS), (next_second > now, next_second), else_=now)
    is_later = or_(_jobs.due_at > soonest, is_leased)
    return (
        update(jobs_table)
        .where(_jobs.id == video_id, _jobs.state == "rendering", or_(is_later, _jobs.poked_at.is_(None)))
        .values(poked_at=now, due_at=case((is_later, soonest), else_=_jobs.due_at))
    )


def pull_forward(*, beyond: float, now: float) -> Executable:
    """Let jobs be looked at now that are due later than any pause lasts: a clock was set back."""
    return update(jobs_table).where(IS_OPEN, _jobs.state.in_(OPEN_STATES), _jobs.due_at > beyond).values(due_at=now)


def free_leases(*, beyond: float) -> Executable:
    """Give back leases that last longer than any does: a clock was set back, and their holder may be gone."""
    held_too_long = (_jobs.lease_owner.is_not(None), _jobs.lease_until > beyond)
    return update(jobs_table).where(*held_too_long).values(lease_owner=None, lease_until=None)


def release(owner: str) -> Executable:
    """Give back an owner's leases, but for those of requests that are still on their way."""
    return (
        update(jobs_table)
        .where(_jobs.lease_owner == owner, _jobs.state != "submitting")
        .values(lease_owner=None, lease_until=None)
    )


def begin_sending(job: Job, written: Job, *, owner: str, lease_until: float) -> Executable:
    """Write that an unsent job is being sent; only by the holder of its lease, which is renewed."""
    held = (_jobs.id == job.id, _jobs.revision == job.revision, _jobs.lease_owner == owner)
    return update(jobs_table).where(*held).values({**to_row(written), "lease_until": lease_until})


def make_places_due(*, now: float) -> Executable:
    """Let the jobs that wait for a place be looked at now: one may be free."""
    waiting = (IS_OPEN, _jobs.state == "unsent", _jobs.phase == "place", _jobs.due_at > now)
    return update(jobs_table).where(*waiting).values(due_at=now)


def keep_request(video_id: str, body: str) -> Executable:
    """Keep what an unsent job will send."""
    return insert(unsent_requests_table).values(job_id=video_id, body=body)


def drop_sent_requests() -> Executable:
    """Drop the requests of jobs that have been sent, or never will be."""
    waiting = select(_jobs.id).where(IS_OPEN, _jobs.state.in_(("unsent", "submitting")))
    return delete(unsent_requests_table).where(unsent_requests_table.c.job_id.not_in(waiting))
