"""The jobs table: what survives a closed laptop. SQLite, or PostgreSQL for many replicas."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Executable

from video_mcp.errors import Finding, InvalidRequest, JobNotFound, LedgerUnavailable
from video_mcp.jobs.budget import DAY_SECONDS, Caps, Spent, check_budget
from video_mcp.jobs.job import LOCAL_PRINCIPAL, Job
from video_mcp.jobs.schedule import RenderedVideo, RenderTime
from video_mcp.jobs.store import queries
from video_mcp.jobs.store.database import Database, open_database
from video_mcp.jobs.store.queries import StepEnd
from video_mcp.jobs.store.rows import from_row, requested_seconds
from video_mcp.jobs.store.turns import Turn, take
from video_mcp.jobs.store.versions import bring_up_to_date

Row = dict[str, Any]
"""A row as the driver gives it; `from_row` is what checks it."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenTurn:
    """What a poller's turn brought: jobs to work on, jobs written, leases lost, and when the next job is due."""

    claimed: list[Job]
    written: list[Job]
    lost: frozenset[str]
    next_due_at: float


class Ledger:
    """The durable list of jobs, shared by every process that opens the same database.

    A write that returns is on disk: it survives the process, and with SQLite the power too.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    async def insert(self, job: Job, *, owner: str, lease_until: float) -> None:
        """Write a new job, held by `owner` until `lease_until`."""
        statement = queries.add(job, owner=owner, lease_until=lease_until)
        await self.database.write(lambda connection: connection.execute(statement))

    async def claim(self, job: Job, *, owner: str, lease_until: float, caps: Caps, allow_duplicate: bool) -> Job:
        """Write a new job if no equal one counts and the caps allow it; returns it, or the equal one.

        Looking and writing are one step over all processes: of five equal calls at once one is written.

        Raises:
            BudgetExceeded: A cap would be passed; nothing is written.
            InvalidRequest: The caller's own name for the job is that of another request.
            LedgerUnavailable: The file was taken away, or an equal job is one of a newer program's.
        """

        def work(connection: Connection) -> Job:
            self._require_file()
            _wait_for_equal_claims(connection, job, caps)
            known = _earlier(connection, job, allow_duplicate=allow_duplicate)
            if known is not None:
                return known
            spent = _spent(connection, job.principal, since=job.created_at - DAY_SECONDS)
            check_budget(caps, spent, model=job.model, seconds=requested_seconds(job), cost=job.cost)
            connection.execute(queries.add(job, owner=owner, lease_until=lease_until))
            return job

        return await self.database.write(work)

    async def adopt(self, job: Job) -> Job:
        """Write a job that the gateway knows, unless it is here already; returns the one that is here then."""

        def work(connection: Connection) -> Job:
            _wait_for_others(connection, f"adopt {job.upstream_id}")
            known = _first(connection, queries.by_upstream_id(job.upstream_id or ""))
            if known is not None:
                return from_row(known)
            connection.execute(queries.add(job))
            return job

        return await self.database.write(work)

    async def equal(self, job: Job) -> Job | None:
        """Return the job that counts as equal to this one now, if there is one."""
        return await self.database.read(lambda connection: _equal(connection, job))

    async def earlier(self, job: Job, *, allow_duplicate: bool) -> Job | None:
        """Return the job that stands for this one already: of the caller's own name for it, or an equal one.

        Raises:
            InvalidRequest: The caller's own name for the job is that of another request.
        """
        return await self.database.read(lambda connection: _earlier(connection, job, allow_duplicate=allow_duplicate))

    async def made(self, fingerprint: str, *, principal: str = LOCAL_PRINCIPAL) -> Job | None:
        """Return the newest job of a request that did not fail, however old."""
        row = await self.database.read(lambda connection: _first(connection, queries.made(principal, fingerprint)))
        return from_row(row) if row is not None else None

    async def spent(self, *, since: float, principal: str = LOCAL_PRINCIPAL) -> Spent:
        """Return what was, or may have been, charged since a time."""
        return await self.database.read(lambda connection: _spent(connection, principal, since=since))

    async def spent_by_model(self, *, since: float, principal: str = LOCAL_PRINCIPAL) -> dict[str, Spent]:
        """Return the same for each model, the dearest first."""
        statement = queries.spent_by_model(principal, since=since)
        rows = await self.database.read(lambda connection: connection.execute(statement).all())
        return {
            str(model): Spent(videos=int(videos), seconds=float(seconds), cost_usd=float(cost_usd))
            for model, videos, seconds, cost_usd in rows
        }

    async def save(self, job: Job, *, due_at: float | None = None) -> Job | None:
        """Write a job that was read before; None when another process has written it since.

        With `due_at` its lease is given back, and the job is due then.
        """
        written = replace(job, revision=job.revision + 1)
        statement = queries.save(job, written, due_at=due_at)
        count = await self.database.write(lambda connection: connection.execute(statement).rowcount)
        return written if count == 1 else None

    async def get(self, video_id: str) -> Job:
        """Return one job.

        Raises:
            JobNotFound: If there is none of this id.
        """
        row = await self.database.read(lambda connection: _first(connection, queries.by_id(video_id)))
        if row is None:
            raise JobNotFound(
                f"No video {video_id} is known here.",
                video_id=video_id,
                advice="Call get_video_status without an id to see the newest ones.",
            )
        return from_row(row)

    async def find_upstream(self, upstream_id: str) -> Job | None:
        """Return the job that the gateway calls `upstream_id`."""
        row = await self.database.read(lambda connection: _first(connection, queries.by_upstream_id(upstream_id)))
        return from_row(row) if row is not None else None

    async def beginning_with(self, prefix: str, limit: int, *, principal: str = LOCAL_PRINCIPAL) -> list[Job]:
        """Return a principal's jobs whose id begins so, newest first."""
        return await self._known_jobs(queries.beginning_with(prefix, principal, limit))

    async def newest(self, limit: int, *, principal: str = LOCAL_PRINCIPAL) -> list[Job]:
        """Return a principal's newest jobs of all sessions, newest first."""
        return await self._known_jobs(queries.newest(principal, limit))

    async def newest_kept(
        self, limit: int, *, before: tuple[float, str] | None = None, principal: str = LOCAL_PRINCIPAL
    ) -> list[Job]:
        """Return a principal's newest finished jobs whose file is kept, those older than `before` only."""
        return await self._known_jobs(queries.newest_kept(principal, limit, before=before))

    async def open_jobs(self, *, principal: str = LOCAL_PRINCIPAL) -> list[Job]:
        """Return a principal's jobs for which something is still to be done, oldest first."""
        return await self._known_jobs(queries.open_jobs(principal))

    async def kept(self, limit: int) -> list[Job]:
        """Return finished jobs whose file is kept, the longest unused first."""
        return await self._known_jobs(queries.kept(limit))

    async def kept_bytes(self) -> int:
        """Return how much all kept files take together."""
        return await self.database.read(lambda connection: int(connection.execute(queries.kept_bytes()).scalar_one()))

    async def take_turn(self, turn: Turn) -> TakenTurn:
        """Write what a poller's steps have made, renew its leases, and claim what is due for its free slots.

        All of it can be found out again, so it waits for no disk.
        """
        result = await self.database.write(lambda connection: take(connection, turn), durable=False)
        return TakenTurn(
            claimed=_known_jobs_in(result.claimed),
            written=result.written,
            lost=frozenset(result.lost),
            next_due_at=result.next_due_at,
        )

    async def save_step(self, job: Job, after: Job, end: StepEnd) -> Job | None:
        """Write what a step has made of a job; None when its lease is lost or another process has written it since."""
        written = replace(after, revision=job.revision + 1)
        statement = queries.save_step(job, written, end)
        count = await self.database.write(lambda connection: connection.execute(statement).rowcount)
        return written if count == 1 else None

    async def revisions(self, video_ids: Sequence[str]) -> dict[str, int]:
        """Return how often each of some jobs has been written."""
        rows = await self.database.read(lambda connection: _all(connection, queries.revisions(video_ids)))
        return {row["id"]: row["revision"] for row in rows}

    async def release(self, *, owner: str) -> None:
        """Give back the leases of a process that ends, but for those of requests that are still on their way."""
        statement = queries.release(owner)
        await self.database.write(lambda connection: connection.execute(statement), durable=False)

    async def render_times(self, model: str, limit: int) -> list[RenderedVideo]:
        """Return how long the last videos of a model took, the newest first."""
        rows = await self.database.read(lambda connection: _all(connection, queries.rendered(model, limit)))
        return [_rendered_video(row) for row in rows]

    def _require_file(self) -> None:
        if self.database.file is not None:
            self.database.file.require_same()
            self.database.file.require_room()

    async def _known_jobs(self, statement: Executable) -> list[Job]:
        return _known_jobs_in(await self.database.read(lambda connection: _all(connection, statement)))


def _earlier(connection: Connection, job: Job, *, allow_duplicate: bool) -> Job | None:
    named = _of_same_name(connection, job)
    return _equal(connection, job) if named is None and not allow_duplicate else named


def _of_same_name(connection: Connection, job: Job) -> Job | None:
    name = job.parameters.get("external_task_id")
    row = _first(connection, queries.by_external_task_id(job, name)) if isinstance(name, str) and name else None
    if row is None or row["fingerprint"] == job.fingerprint:
        return from_row(row) if row is not None else None
    message = f"external_task_id {name} belongs to {row['id']}, another request; nothing was sent."
    advice = f"Call get_video_status with video_id {row['id']}, or choose another external_task_id."
    raise InvalidRequest([Finding(severity="refuse", field="external_task_id", message=f"{message} {advice}")])


def _wait_for_equal_claims(connection: Connection, job: Job, caps: Caps) -> None:
    """Let claims that could see one another go one by one: equal ones, and with a cap all of a principal."""
    _wait_for_others(connection, f"equal {job.principal} {job.fingerprint}")
    if isinstance(name := job.parameters.get("external_task_id"), str):
        _wait_for_others(connection, f"name {job.principal} {name}")
    if caps != Caps():
        _wait_for_others(connection, f"budget {job.principal}")


def _wait_for_others(connection: Connection, name: str) -> None:
    """Wait for transactions of the same name; SQLite has one writer at a time anyhow."""
    if connection.dialect.name == "postgresql":
        connection.execute(queries.advisory_lock(name))


def _equal(connection: Connection, job: Job) -> Job | None:
    row = _first(connection, queries.equal(job))
    if row is None:
        return None
    try:
        return from_row(row)
    except ValueError as error:
        raise LedgerUnavailable(
            f"An equal video, {row['id']}, was written by a newer video-mcp and may be under way; nothing was sent.",
            advice="Update video-mcp, or allow the duplicate if a second video is wanted.",
        ) from error


def _spent(connection: Connection, principal: str, *, since: float) -> Spent:
    videos, seconds, cost_usd = connection.execute(queries.spent(principal, since=since)).one()
    open_videos = int(connection.execute(queries.open_count(principal)).scalar_one())
    return Spent(videos=int(videos), seconds=float(seconds), cost_usd=float(cost_usd), open_videos=open_videos)


def _rendered_video(row: Row) -> RenderedVideo:
    created_at = row["created_at"]
    after_seconds = max(0.0, (row["polled_at"] or row["rendered_at"]) - created_at)
    by_seconds = row["rendered_at"] - created_at
    return RenderedVideo(
        seconds=row["seconds"],
        resolution=row["resolution"],
        time=RenderTime(after_seconds=min(after_seconds, by_seconds), by_seconds=by_seconds),
    )


def _first(connection: Connection, statement: Executable) -> Row | None:
    row = connection.execute(statement).mappings().first()
    return {**row} if row is not None else None


def _all(connection: Connection, statement: Executable) -> list[Row]:
    return [{**row} for row in connection.execute(statement).mappings()]


def _known_jobs_in(rows: Sequence[Row]) -> list[Job]:
    """Return the jobs of all rows that can be read: one of another version must not stop the others."""
    jobs: list[Job] = []
    for row in rows:
        try:
            jobs.append(from_row(row))
        except ValueError:
            logger.exception("job %s in the ledger cannot be read; it is left alone", row["id"])
    return jobs


@asynccontextmanager
async def open_ledger(url: str, path: Path | None) -> AsyncGenerator[Ledger]:
    """Open the ledger, making its file and tables where they are missing.

    Raises:
        ConfigurationError: The folder of its file cannot be written.
        LedgerUnavailable: The database cannot be used, or belongs to another version.
    """
    async with open_database(url, path) as database:
        await bring_up_to_date(database, may_migrate=database.is_sqlite)
        yield Ledger(database)
