"""The jobs table: what survives a closed laptop. SQLite, or whatever SQLAlchemy is told."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median

import anyio.to_thread
from sqlalchemy import and_, event, func, insert, not_, or_, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.sql import Select

from video_mcp.errors import ConfigurationError, JobNotFound
from video_mcp.jobs.budget import DAY_SECONDS, Caps, Spent, check_budget
from video_mcp.jobs.job import Job
from video_mcp.jobs.store.rows import OPEN_STATES, asked_seconds, from_row, to_row
from video_mcp.jobs.store.tables import jobs_table, make_tables, set_pragmas

logger = logging.getLogger(__name__)

_HISTORY = 20
_FINISHED_COUNTS_SECONDS = 3600.0
_UNKNOWN_COUNTS_SECONDS = DAY_SECONDS


class Ledger:
    """The durable list of jobs, shared by every process on this machine.

    A write that returns is on disk: it survives the process, and with SQLite the power too.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def insert(self, job: Job, *, owner: str, lease_until: float) -> None:
        """Write a new job, held by `owner` until `lease_until`."""
        row = {**to_row(job), "lease_owner": owner, "lease_until": lease_until}
        async with self._writing() as connection:
            await connection.execute(insert(jobs_table).values(row))

    async def claim(self, job: Job, *, owner: str, lease_until: float, caps: Caps, allow_duplicate: bool) -> Job:
        """Write a new job if no equal one counts and the caps allow it; returns it, or the equal one.

        One writer at a time over all processes, so of five equal calls at once one is written.

        Raises:
            BudgetExceeded: A cap would be passed; nothing is written.
        """
        async with self._exclusive() as connection:
            if not allow_duplicate:
                equal = await self._equal(connection, job)
                if equal is not None:
                    return equal
            spent = await self._spent(connection, since=job.created_at - DAY_SECONDS)
            check_budget(caps, spent, model=job.model, seconds=asked_seconds(job), cost=job.cost)
            row = {**to_row(job), "lease_owner": owner, "lease_until": lease_until}
            await connection.execute(insert(jobs_table).values(row))
        return job

    async def adopt(self, job: Job, *, owner: str, lease_until: float) -> Job:
        """Write a job that the gateway knows, unless it is here already; returns the one that is here then."""
        async with self._exclusive() as connection:
            statement = select(jobs_table).where(jobs_table.c.upstream_id == job.upstream_id).limit(1)
            known = (await connection.execute(statement)).mappings().first()
            if known is not None:
                return _job_in(known)
            row = {**to_row(job), "lease_owner": owner, "lease_until": lease_until}
            await connection.execute(insert(jobs_table).values(row))
        return job

    async def equal(self, job: Job) -> Job | None:
        """Return the job that counts as equal to this one now, if there is one."""
        async with self._reading() as connection:
            return await self._equal(connection, job)

    async def save(self, job: Job) -> Job | None:
        """Write a job that was read before; None when another process has written it since."""
        written = replace(job, revision=job.revision + 1)
        statement = (
            update(jobs_table)
            .where(jobs_table.c.id == job.id, jobs_table.c.revision == job.revision)
            .values(to_row(written))
        )
        async with self._writing() as connection:
            result = await connection.execute(statement)
        return written if result.rowcount == 1 else None

    async def get(self, video_id: str) -> Job:
        """Return one job.

        Raises:
            JobNotFound: If there is none of this id.
        """
        found = await self._read(select(jobs_table).where(jobs_table.c.id == video_id))
        if not found:
            raise JobNotFound(
                f"No video {video_id} is known here.",
                video_id=video_id,
                advice="Call get_video_status without an id to see the newest ones.",
            )
        return found[0]

    async def find_upstream(self, upstream_id: str) -> Job | None:
        """Return the job that the gateway calls `upstream_id`."""
        found = await self._read(select(jobs_table).where(jobs_table.c.upstream_id == upstream_id).limit(1))
        return found[0] if found else None

    async def newest(self, limit: int) -> list[Job]:
        """Return the newest jobs of all sessions, newest first."""
        return await self._read_known(
            select(jobs_table).order_by(jobs_table.c.created_at.desc(), jobs_table.c.id).limit(limit)
        )

    async def with_files(self) -> list[Job]:
        """Return every finished job whose file is kept."""
        return await self._read_known(
            select(jobs_table).where(jobs_table.c.state == "completed", jobs_table.c.removed_at.is_(None))
        )

    async def claim_open(self, *, owner: str, now: float, lease_until: float) -> list[Job]:
        """Take, or keep, the lease of every open job that no living process holds."""
        free = or_(
            jobs_table.c.lease_owner.is_(None), jobs_table.c.lease_owner == owner, jobs_table.c.lease_until < now
        )
        statement = (
            update(jobs_table)
            .where(jobs_table.c.state.in_(OPEN_STATES), free)
            .values(lease_owner=owner, lease_until=lease_until)
            .returning(jobs_table)
        )
        async with self._writing() as connection:
            rows = (await connection.execute(statement)).mappings().all()
        return _known_jobs_in(rows)

    async def release(self, *, owner: str) -> None:
        """Give back the leases of a process that ends, but for those of requests that are still on their way."""
        statement = (
            update(jobs_table)
            .where(jobs_table.c.lease_owner == owner, jobs_table.c.state != "submitting")
            .values(lease_owner=None, lease_until=None)
        )
        async with self._writing() as connection:
            await connection.execute(statement)

    async def usual_seconds(self, model: str) -> float | None:
        """Return the median time of this model's last finished videos; None before there are any."""
        statement = (
            select(jobs_table.c.finished_at - jobs_table.c.created_at)
            .where(jobs_table.c.model == model, jobs_table.c.state == "completed")
            .order_by(jobs_table.c.finished_at.desc())
            .limit(_HISTORY)
        )
        async with self._reading() as connection:
            spans = [float(span) for span in (await connection.execute(statement)).scalars() if span is not None]
        return median(spans) if spans else None

    async def _equal(self, connection: AsyncConnection, job: Job) -> Job | None:
        counts = or_(
            jobs_table.c.state.in_(OPEN_STATES),
            and_(
                jobs_table.c.state == "completed", jobs_table.c.finished_at > job.created_at - _FINISHED_COUNTS_SECONDS
            ),
            and_(jobs_table.c.state == "unknown", jobs_table.c.finished_at > job.created_at - _UNKNOWN_COUNTS_SECONDS),
        )
        statement = (
            select(jobs_table)
            .where(jobs_table.c.fingerprint == job.fingerprint, counts)
            .order_by(jobs_table.c.created_at.desc())
            .limit(1)
        )
        row = (await connection.execute(statement)).mappings().first()
        return _job_in(row) if row is not None else None

    async def _spent(self, connection: AsyncConnection, *, since: float) -> Spent:
        """Add up what was, or may have been, charged: everything but what was refused for nothing."""
        free = and_(jobs_table.c.state == "failed", jobs_table.c.charged == "no")
        statement = select(
            func.count(),
            func.coalesce(func.sum(jobs_table.c.seconds), 0.0),
            func.coalesce(func.sum(jobs_table.c.cost_usd), 0.0),
        ).where(jobs_table.c.created_at > since, not_(free))
        videos, seconds, cost_usd = (await connection.execute(statement)).one()
        return Spent(videos=int(videos), seconds=float(seconds), cost_usd=float(cost_usd))

    @asynccontextmanager
    async def _exclusive(self) -> AsyncGenerator[AsyncConnection]:
        """Run a transaction that no other writer, in any process, can overlap."""
        async with self._reading() as connection:
            if self._engine.dialect.name != "sqlite":
                await connection.execution_options(isolation_level="SERIALIZABLE")
                async with connection.begin():
                    yield connection
                return
            # SQLite begins a transaction as a reader; only IMMEDIATE makes looking and writing one step.
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                await connection.exec_driver_sql("ROLLBACK")
                raise
            await connection.exec_driver_sql("COMMIT")

    @asynccontextmanager
    async def _writing(self) -> AsyncGenerator[AsyncConnection]:
        with _undisturbed():
            async with self._engine.begin() as connection:
                yield connection

    @asynccontextmanager
    async def _reading(self) -> AsyncGenerator[AsyncConnection]:
        with _undisturbed():
            async with self._engine.connect() as connection:
                yield connection

    async def _read(self, statement: Select[tuple[object, ...]]) -> list[Job]:
        async with self._reading() as connection:
            rows = (await connection.execute(statement)).mappings().all()
        return [_job_in(row) for row in rows]

    async def _read_known(self, statement: Select[tuple[object, ...]]) -> list[Job]:
        async with self._reading() as connection:
            rows = (await connection.execute(statement)).mappings().all()
        return _known_jobs_in(rows)


def _undisturbed() -> anyio.CancelScope:
    """Let a transaction end before a cancellation is heard.

    A driver that is cancelled in mid-statement closes its connection in a task that never ends, and the process
    with it; and a caller that leaves would not know whether its row was written.
    """
    return anyio.CancelScope(shield=True)


def _job_in(row: RowMapping) -> Job:
    return from_row({column.name: row[column] for column in jobs_table.columns})


def _known_jobs_in(rows: Sequence[RowMapping]) -> list[Job]:
    """Return the jobs of all rows that can be read: one of another version must not stop the others."""
    jobs: list[Job] = []
    for row in rows:
        try:
            jobs.append(_job_in(row))
        except ValueError:
            logger.exception("job %s in the ledger cannot be read; it is left alone", row["id"])
    return jobs


@asynccontextmanager
async def open_ledger(url: str, path: Path | None) -> AsyncGenerator[Ledger]:
    """Open the ledger, making its file and tables where they are missing."""
    if path is not None:
        await _make_folder(path.parent)
    engine = create_async_engine(url)
    if path is not None:
        event.listen(engine.sync_engine, "connect", set_pragmas)
    try:
        with _undisturbed():
            await make_tables(engine)
        yield Ledger(engine)
    finally:
        with _undisturbed():
            await engine.dispose()


async def _make_folder(folder: Path) -> None:
    try:
        await anyio.to_thread.run_sync(lambda: folder.mkdir(parents=True, exist_ok=True))
        if not os.access(folder, os.W_OK):
            raise PermissionError
    except OSError as error:
        raise ConfigurationError([f"VIDEO_MCP_HOME {folder} cannot be written"]) from error
