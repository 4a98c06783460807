"""A new job's place in the ledger: equal claims go one by one, and what counts already is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from video_mcp.errors import InvalidRequest, LedgerUnavailable
from video_mcp.findings import Finding
from video_mcp.gateway.upstream import WireBody
from video_mcp.jobs.budget import DAY_SECONDS, Caps, Spent, check_budget, has_place
from video_mcp.jobs.events import SubmissionBegun, transition
from video_mcp.jobs.job import Job, Unsent
from video_mcp.jobs.store import queries, writes
from video_mcp.jobs.store.bodies import from_text, to_text
from video_mcp.jobs.store.results import first
from video_mcp.jobs.store.rows import from_row, own_name, requested_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class BegunSubmission:
    """A job whose request leaves now, and the request."""

    job: Job
    body: WireBody


def claim(
    connection: Connection,
    job: Job,
    body: WireBody,
    *,
    owner: str,
    lease_until: Callable[[], float],
    caps: Caps,
    allow_duplicate: bool,
) -> Job:
    """Write a new job if no equal one counts and the caps allow it; returns it, or the equal one.

    A job for which no place is free is written as unsent, with its body. The lease counts from the moment of writing.

    Raises:
        BudgetExceeded: A cap would be passed; nothing is written.
        InvalidRequest: The caller's own name for the job is that of another request.
        LedgerUnavailable: An equal job is one of a newer program's.
    """
    _wait_for_equal_claims(connection, job, caps)
    known = earlier(connection, job, allow_duplicate=allow_duplicate)
    if known is not None:
        return known
    day_ago = job.created_at - DAY_SECONDS
    # Without a cap nothing is compared with the day's sums.
    spent = spent_since(connection, job.principal, since=day_ago, caps=caps) if caps != Caps() else Spent()
    check_budget(caps, spent, model=job.model, seconds=requested_seconds(job), cost=job.cost)
    if not isinstance(job.state, Unsent) and not has_place(caps, spent):
        job = replace(job, state=Unsent(waits_for="place"))
    if not isinstance(job.state, Unsent):
        connection.execute(writes.add(job, owner=owner, lease_until=lease_until()))
        return job
    connection.execute(writes.add(job))
    connection.execute(writes.keep_request(job.id, to_text(body)))
    return job


def begin(
    connection: Connection, job: Job, *, owner: str, lease_until: Callable[[], float], caps: Caps, now: float
) -> BegunSubmission | None:
    """Write that an unsent job is being sent, with a new lease, and return what it sends; None when no place is free.

    Raises:
        LookupError: What it would send is gone.
    """
    wait_for_others(connection, f"budget {job.principal}")
    if not has_place(caps, Spent(open_videos=_open_videos(connection, job.principal))):
        return None
    text = connection.execute(queries.unsent_request(job.id)).scalar()
    if text is None:
        raise LookupError(job.id)
    written = replace(transition(job, SubmissionBegun(), now=now), revision=job.revision + 1)
    if connection.execute(writes.begin_sending(job, written, owner=owner, lease_until=lease_until())).rowcount != 1:
        return None
    return BegunSubmission(job=written, body=from_text(str(text)))


def adopt(connection: Connection, job: Job) -> Job:
    """Write a job that the gateway knows, unless it is here already; returns the one that is here then."""
    wait_for_others(connection, f"adopt {job.upstream_id}")
    known = first(connection, queries.by_upstream_id(job.upstream_id or ""))
    if known is not None:
        return from_row(known)
    connection.execute(writes.add(job))
    return job


def earlier(connection: Connection, job: Job, *, allow_duplicate: bool) -> Job | None:
    """Return the job that stands for this one already: of the caller's own name for it, or an equal one.

    Raises:
        InvalidRequest: The caller's own name for the job is that of another request.
    """
    named = _of_same_name(connection, job)
    return equal_to(connection, job) if named is None and not allow_duplicate else named


def _of_same_name(connection: Connection, job: Job) -> Job | None:
    name = own_name(job)
    row = first(connection, queries.by_external_task_id(job, name)) if name is not None else None
    if row is None or row["fingerprint"] == job.fingerprint:
        return from_row(row) if row is not None else None
    message = f"external_task_id {name} belongs to {row['id']}, another request; nothing was sent."
    advice = f"Call get_video_status with video_id {row['id']}, or choose another external_task_id."
    raise InvalidRequest([Finding(severity="refuse", field="external_task_id", message=f"{message} {advice}")])


def _wait_for_equal_claims(connection: Connection, job: Job, caps: Caps) -> None:
    """Let claims that could see one another go one by one: equal ones, and with a cap all of a principal."""
    wait_for_others(connection, f"equal {job.principal} {job.fingerprint}")
    if (name := own_name(job)) is not None:
        wait_for_others(connection, f"name {job.principal} {name}")
    if caps != Caps():
        wait_for_others(connection, f"budget {job.principal}")
    if caps.max_cost_per_day_all is not None:
        wait_for_others(connection, "budget of all")


def wait_for_others(connection: Connection, name: str) -> None:
    """Wait for transactions of the same name; SQLite has one writer at a time anyhow."""
    if connection.dialect.name == "postgresql":
        connection.execute(queries.advisory_lock(name))


def equal_to(connection: Connection, job: Job) -> Job | None:
    """Return the job that counts as equal to this one now, if there is one."""
    row = first(connection, queries.equal(job))
    if row is None:
        return None
    try:
        return from_row(row)
    except ValueError as error:
        raise LedgerUnavailable(
            f"An equal video, {row['id']}, was written by a newer video-mcp and may be under way; nothing was sent.",
            advice="Update video-mcp, or allow the duplicate if a second video is wanted.",
        ) from error


def spent_since(connection: Connection, principal: str, *, since: float, caps: Caps) -> Spent:
    """Return what was, or may have been, charged to a principal since a time, and how many videos are open.

    What all principals spent together is added up only where a cap counts it.
    """
    videos, seconds, cost_usd = connection.execute(queries.spent(principal, since=since)).one()
    open_videos = _open_videos(connection, principal)
    is_capped = caps.max_cost_per_day_all is not None
    of_all = connection.execute(queries.spent_by_all(since=since)).one().cost_usd if is_capped else 0.0
    return Spent(
        videos=int(videos),
        seconds=float(seconds),
        cost_usd=float(cost_usd),
        open_videos=open_videos,
        cost_usd_of_all=float(of_all),
    )


def _open_videos(connection: Connection, principal: str) -> int:
    return int(connection.execute(queries.open_count(principal)).scalar_one())


def spent_by_model(connection: Connection, principal: str, *, since: float) -> dict[str, Spent]:
    """Return what was, or may have been, charged for each model, the dearest first."""
    rows = connection.execute(queries.spent_by_model(principal, since=since)).all()
    return {
        str(model): Spent(
            videos=int(videos), seconds=float(seconds), cost_usd=float(cost_usd), unpriced_videos=int(unpriced)
        )
        for model, videos, seconds, cost_usd, unpriced in rows
    }
