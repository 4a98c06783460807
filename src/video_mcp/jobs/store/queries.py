"""Every question to the ledger: the same for SQLite and PostgreSQL, each served by an index. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Double,
    Executable,
    Select,
    and_,
    bindparam,
    cast,
    false,
    func,
    not_,
    or_,
    select,
    true,
    tuple_,
    union_all,
)

from video_mcp.jobs.budget import DAY_SECONDS
from video_mcp.jobs.job import Job
from video_mcp.jobs.store.tables import IS_KEPT, IS_OPEN, jobs_table, spending_table, unsent_requests_table

_FINISHED_COUNTS_SECONDS = 3600.0
_UNKNOWN_COUNTS_SECONDS = DAY_SECONDS
_MINUTE_SECONDS = 60.0
# A state that none of these is one of a newer program's; its job may be under way.
_CLOSED_STATES = ("completed", "failed", "unknown")

_jobs = jobs_table.c

DUE_STATES = ("rendering", "rendered", "unsent", "submitting")
"""The states in which a job is due at some time."""

_COST_NOTHING = and_(_jobs.state == "failed", _jobs.charged == "no")


def _is_of(principal: str) -> ColumnElement[bool]:
    """Compare the principal of the few open rows, and not by an index over all rows of that principal."""
    return func.coalesce(_jobs.principal, "") == principal


def advisory_lock(name: str) -> Executable:
    """Wait until no other transaction of PostgreSQL holds this name, and hold it until this one ends."""
    return select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0)))


@cache
def by_id() -> Executable:
    """Return the job of the id `job_id`. Built once: that costs more than to run it."""
    return select(jobs_table).where(_jobs.id == bindparam("job_id"))


@cache
def revision() -> Select[Any]:
    """Return the revision of the job of the id `job_id`."""
    return select(_jobs.revision).where(_jobs.id == bindparam("job_id"))


def _of_principal(statement: Select[Any], principal: str | None) -> Select[Any]:
    return statement if principal is None else statement.where(_is_of(principal))


def by_ids(video_ids: Sequence[str]) -> Executable:
    """Return the jobs of some ids."""
    return select(jobs_table).where(_jobs.id.in_(video_ids))


def by_upstream_id(upstream_id: str, principal: str | None = None) -> Executable:
    """Return the job that the gateway calls so; with a principal, only one of theirs."""
    return _of_principal(select(jobs_table).where(_jobs.upstream_id == upstream_id).limit(1), principal)


def awaiting_id(model: str, *, since: float) -> Executable:
    """Return every principal's jobs of a model whose create was never answered: rare, so that no index is kept."""
    lost = (_jobs.upstream_id.is_(None), _jobs.state.in_(("submitting", "unknown")))
    return select(jobs_table).where(_jobs.model == model, _jobs.created_at > since, *lost)


def beginning_with(prefix: str, principal: str, limit: int) -> Executable:
    """Return a principal's jobs whose id begins so, newest first."""
    begins = _jobs.id.startswith(prefix, autoescape=True)
    newest_first = _jobs.created_at.desc()
    return select(jobs_table).where(_jobs.principal == principal, begins).order_by(newest_first).limit(limit)


def newest(principal: str, limit: int) -> Executable:
    """Return the newest jobs of a principal, newest first."""
    newest_first = (_jobs.created_at.desc(), _jobs.id.desc())
    return select(jobs_table).where(_jobs.principal == principal).order_by(*newest_first).limit(limit)


def newest_kept(principal: str, limit: int, *, before: tuple[float, str] | None) -> Executable:
    """Return the newest finished jobs whose file is kept; `before` is the last one of the previous page."""
    newest_first = (_jobs.created_at.desc(), _jobs.id.desc())
    statement = select(jobs_table).where(_jobs.principal == principal, IS_KEPT).order_by(*newest_first).limit(limit)
    return statement if before is None else statement.where(tuple_(_jobs.created_at, _jobs.id) < tuple_(*before))


def open_count(principal: str) -> Executable:
    """Count a principal's jobs that take a place at the gateway: open ones that have been sent."""
    return select(func.count()).where(_is_of(principal), IS_OPEN, _jobs.state != "unsent")


def open_by_model() -> Executable:
    """Count everybody's open jobs by state and model."""
    return select(_jobs.state, _jobs.model, func.count()).where(IS_OPEN).group_by(_jobs.state, _jobs.model)


def by_external_task_id(job: Job, key: str) -> Executable:
    """Return the newest job of the caller's own name for it, but for one that failed for nothing."""
    same = (_jobs.principal == job.principal, _jobs.external_task_id == key)
    return select(jobs_table).where(*same, not_(_COST_NOTHING)).order_by(_jobs.created_at.desc()).limit(1)


def awaiting_approval() -> Executable:
    """Return every principal's jobs that have to be approved, oldest first."""
    awaiting = (IS_OPEN, _jobs.state == "unsent", _jobs.phase == "approval")
    return select(jobs_table).where(*awaiting).order_by(_jobs.created_at)


def unsent_request(video_id: str) -> Executable:
    """Return what an unsent job will send."""
    return select(unsent_requests_table.c.body).where(unsent_requests_table.c.job_id == video_id)


def open_jobs(principal: str) -> Executable:
    """Return the open jobs of a principal, oldest first."""
    return select(jobs_table).where(_is_of(principal), IS_OPEN).order_by(_jobs.created_at)


def equal(job: Job) -> Executable:
    """Return the newest job that counts as equal to this one now: open, just finished, or perhaps charged."""
    counts = or_(
        _jobs.state.not_in(_CLOSED_STATES),
        and_(_jobs.state == "completed", _jobs.finished_at > job.created_at - _FINISHED_COUNTS_SECONDS),
        and_(_jobs.state == "unknown", _jobs.finished_at > job.created_at - _UNKNOWN_COUNTS_SECONDS),
    )
    same = (_jobs.principal == job.principal, _jobs.fingerprint == job.fingerprint)
    return select(jobs_table).where(*same, counts).order_by(_jobs.created_at.desc()).limit(1)


def made(principal: str, fingerprint: str) -> Executable:
    """Return the newest job of a request that did not fail, however old: under way, finished, or perhaps charged."""
    same = (_jobs.principal == principal, _jobs.fingerprint == fingerprint, _jobs.state != "failed")
    return select(jobs_table).where(*same).order_by(_jobs.created_at.desc()).limit(1)


def spent(principal: str, *, since: float) -> Executable:
    """Add up what was, or may have been, charged: all but what was refused for nothing or adopted by looking."""
    return _spent(principal, _jobs.principal == principal, since)


def spent_by_all(*, since: float) -> Executable:
    """Add up the same for all principals together."""
    return _spent("", true(), since)


def _spent(principal: str, is_theirs: ColumnElement[bool], since: float) -> Executable:
    """Add up the running sums of the minutes since a time, and the jobs of the minute that it falls into."""
    next_minute = math.floor(since / _MINUTE_SECONDS) + 1
    sums = spending_table.c
    minutes = select(
        cast(func.sum(sums.videos), Double).label("videos"),
        (cast(func.sum(sums.milliseconds), Double) / 1e3).label("seconds"),
        (cast(func.sum(sums.nano_usd), Double) / 1e9).label("cost_usd"),
    ).where(sums.principal == principal, sums.minute >= next_minute)
    in_first_minute = (_jobs.created_at > since, _jobs.created_at < next_minute * _MINUTE_SECONDS)
    first_minute = select(cast(func.count(), Double), func.sum(_jobs.seconds), func.sum(_jobs.cost_usd)).where(
        is_theirs, *in_first_minute, not_(_COST_NOTHING), _jobs.adopted == false()
    )
    both = union_all(minutes, first_minute).subquery()
    return select(*(func.coalesce(func.sum(column), 0.0).label(column.name) for column in both.c))


def spent_by_model(principal: str, *, since: float) -> Executable:
    """Add up the same for each model, the dearest first."""
    free = and_(_jobs.state == "failed", _jobs.charged == "no")
    cost_usd = func.coalesce(func.sum(_jobs.cost_usd), 0.0)
    return (
        select(
            _jobs.model,
            func.count(),
            func.coalesce(func.sum(_jobs.seconds), 0.0),
            cost_usd,
            func.count() - func.count(_jobs.cost_usd),
        )
        .where(
            _jobs.principal == principal,
            _jobs.created_at > since,
            not_(free),
            _jobs.adopted == false(),
            _jobs.state != "unsent",
        )
        .group_by(_jobs.model)
        .order_by(cost_usd.desc(), _jobs.model)
    )


def rendered(model: str, limit: int) -> Executable:
    """Return when the last videos of a model became ready, and what they were."""
    return (
        select(_jobs.seconds, _jobs.resolution, _jobs.created_at, _jobs.polled_at, _jobs.rendered_at, _jobs.poked_at)
        .where(_jobs.model == model, _jobs.rendered_at.is_not(None), _jobs.adopted == false())
        .order_by(_jobs.rendered_at.desc())
        .limit(limit)
    )


def kept(limit: int) -> Executable:
    """Return finished jobs whose file is kept, the longest unused first."""
    return select(jobs_table).where(IS_KEPT).order_by(_jobs.fetched_at, _jobs.file_bytes).limit(limit)


def kept_bytes() -> Executable:
    """Add up the sizes of all kept files."""
    return select(func.coalesce(func.sum(_jobs.file_bytes), 0)).where(IS_KEPT)


@cache
def next_moments() -> Executable:
    """Return when the next job of each state in `DUE_STATES` is due, among those without a lease, and two leases' ends.

    They are the first of all, and the first after `lease_now`. Whose lease is over may be gone.
    """
    moments = [
        select(_jobs.due_at)
        .where(IS_OPEN, _jobs.state == state, _jobs.lease_owner.is_(None))
        .order_by(_jobs.due_at)
        .limit(1)
        .scalar_subquery()
        for state in DUE_STATES
    ]
    living = _jobs.lease_until > bindparam("lease_now", type_=Double)
    first_end = select(func.min(_jobs.lease_until)).where(_jobs.lease_owner.is_not(None))
    return select(*moments, first_end.scalar_subquery(), first_end.where(living).scalar_subquery())


def due_at(owner: str, video_ids: Sequence[str]) -> Executable:
    """Return when jobs that an owner holds are due."""
    return select(_jobs.id, _jobs.due_at).where(_jobs.id.in_(video_ids), _jobs.lease_owner == owner)


def revisions(video_ids: Sequence[str]) -> Executable:
    """Return how often jobs have been written."""
    return select(_jobs.id, _jobs.revision).where(_jobs.id.in_(video_ids))
