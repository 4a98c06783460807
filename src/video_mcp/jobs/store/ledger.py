"""The jobs table: what survives a closed laptop. SQLite, or PostgreSQL for many replicas."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Executable

from video_mcp.errors import JobNotFound
from video_mcp.gateway.upstream import WireBody
from video_mcp.jobs.budget import Caps
from video_mcp.jobs.job import Job
from video_mcp.jobs.schedule import RenderedVideo
from video_mcp.jobs.store import claims, queries, writes
from video_mcp.jobs.store.bodies import to_text
from video_mcp.jobs.store.database import Database, open_database
from video_mcp.jobs.store.known_jobs import KnownJobs
from video_mcp.jobs.store.notifications import announce, announce_due
from video_mcp.jobs.store.results import all_rows, first, readable_jobs, rendered_video
from video_mcp.jobs.store.rows import Row, from_row
from video_mcp.jobs.store.shared_values import SharedValues
from video_mcp.jobs.store.spending import Spending
from video_mcp.jobs.store.turns import TakenTurn, Turn, TurnResult, take, taken
from video_mcp.jobs.store.versions import bring_up_to_date
from video_mcp.jobs.store.writes import StepEnd
from video_mcp.types import Principal

Found = TypeVar("Found")


class Ledger:
    """The durable list of jobs, shared by every process that opens the same database.

    A write that returns is on disk: it survives the process, and with SQLite the power too.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.shared = SharedValues(database)
        self.spending = Spending(database)
        self._known = KnownJobs()

    async def insert(self, job: Job, *, owner: str, lease_until: float) -> None:
        """Write a new job, held by `owner` until `lease_until`."""
        statement = writes.add(job, owner=owner, lease_until=lease_until)
        await self.database.write(lambda connection: connection.execute(statement))

    async def claim(
        self,
        job: Job,
        body: WireBody,
        *,
        owner: str,
        lease_until: Callable[[], float],
        caps: Caps,
        allow_duplicate: bool,
    ) -> Job:
        """Write a new job if no equal one counts and the caps allow it; returns it, or the equal one.

        One for which no place is free is written as unsent, with the body that it will send.
        Looking and writing are one step over all processes: of five equal calls at once one is written.

        Raises:
            BudgetExceeded: A cap would be passed; nothing is written.
            InvalidRequest: The caller's own name for the job is that of another request.
            LedgerUnavailable: The file was taken away, or an equal job is one of a newer program's.
        """

        def work(connection: Connection) -> Job:
            self._require_file()
            return claims.claim(
                connection, job, body, owner=owner, lease_until=lease_until, caps=caps, allow_duplicate=allow_duplicate
            )

        return await self.database.write(work)

    async def begin(
        self, job: Job, *, owner: str, lease_until: Callable[[], float], caps: Caps, now: float
    ) -> claims.BegunSubmission | None:
        """Write that an unsent job is being sent, and return what it sends; None when no place is free.

        Raises:
            LookupError: What it would send is gone.
            LedgerUnavailable: The file was taken away.
        """

        def work(connection: Connection) -> claims.BegunSubmission | None:
            self._require_file()
            begun = claims.begin(connection, job, owner=owner, lease_until=lease_until, caps=caps, now=now)
            announce(connection, self.database.name, [job.id] if begun is not None else [])
            return begun

        return await self.database.write(work)

    async def keep_request(self, video_id: str, body: WireBody) -> None:
        """Keep what a job will send once a place is free."""

        def work(connection: Connection) -> None:
            if connection.execute(queries.unsent_request(video_id)).first() is None:
                connection.execute(writes.keep_request(video_id, to_text(body)))

        await self.database.write(work)

    async def drop_sent_requests(self) -> None:
        """Drop the requests of jobs that have been sent, or never will be."""
        statement = writes.drop_sent_requests()
        await self.database.write(lambda connection: connection.execute(statement), durable=False)

    async def awaiting_approval(self) -> list[Job]:
        """Return every principal's jobs that have to be approved, oldest first."""
        return await self._known_jobs(queries.awaiting_approval())

    async def adopt(self, job: Job) -> Job:
        """Write a job that the gateway knows, unless it is here already; returns the one that is here then."""
        return await self.database.write(lambda connection: claims.adopt(connection, job))

    async def equal(self, job: Job) -> Job | None:
        """Return the job that counts as equal to this one now, if there is one."""
        return await self.database.read(lambda connection: claims.equal_to(connection, job))

    async def earlier(self, job: Job, *, allow_duplicate: bool) -> Job | None:
        """Return the job that stands for this one already: of the caller's own name for it, or an equal one.

        Raises:
            InvalidRequest: The caller's own name for the job is that of another request.
        """
        return await self.database.read(
            lambda connection: claims.earlier(connection, job, allow_duplicate=allow_duplicate)
        )

    async def made(self, fingerprint: str, *, principal: Principal) -> Job | None:
        """Return the newest job of a request that did not fail, however old."""
        row = await self.database.read(lambda connection: first(connection, queries.made(principal, fingerprint)))
        return from_row(row) if row is not None else None

    async def save(self, job: Job, *, due_at: float | None = None) -> Job | None:
        """Write a job that was read before; None when another process has written it since.

        With `due_at` its lease is given back, and the job is due then.
        """
        written = replace(job, revision=job.revision + 1)
        return await self._save(writes.save(job, written, due_at=due_at), written)

    async def get(self, video_id: str, *, principal: Principal | None = None) -> Job:
        """Return one job; with a principal, another's is as unknown as one that never was.

        Raises:
            JobNotFound: If there is none of this id.
        """
        job = await self.look(video_id, lambda known: lambda: known) or await self._read(video_id)
        if job is None or principal not in {None, job.principal}:
            raise JobNotFound(
                f"No video {video_id} is known here.",
                video_id=video_id,
                advice="Call get_video_status without an id to see the newest ones.",
            )
        return job

    async def look(self, video_id: str, at: Callable[[Job], Callable[[], Found] | None]) -> Found | None:
        """Return what `at` a job finds on a thread, if the row is as this process knows it; None if not, or no look."""
        job = self._known.latest(video_id)
        look = at(job) if job is not None else None
        if job is None or look is None:
            return None
        asked = {"job_id": video_id}
        return await self.database.look(queries.revision(), asked, lambda now: look() if now == job.revision else None)

    async def _read(self, video_id: str) -> Job | None:
        row = await self.database.read(lambda connection: first(connection, queries.by_id(), {"job_id": video_id}))
        return self._known.put(from_row(row)) if row is not None else None

    async def get_all(self, video_ids: Sequence[str]) -> list[Job]:
        """Return the jobs of some ids, those that are there."""
        return await self._known_jobs(queries.by_ids(video_ids))

    async def find_upstream(self, upstream_id: str, *, principal: Principal | None = None) -> Job | None:
        """Return the job that the gateway calls `upstream_id`; with a principal, only one of theirs."""
        statement = queries.by_upstream_id(upstream_id, principal)
        row = await self.database.read(lambda connection: first(connection, statement))
        return from_row(row) if row is not None else None

    async def awaiting_id(self, model: str, *, since: float) -> list[Job]:
        """Return every principal's jobs of a model, newer than a time, whose create was never answered."""
        return await self._known_jobs(queries.awaiting_id(model, since=since))

    async def beginning_with(self, prefix: str, limit: int, *, principal: Principal) -> list[Job]:
        """Return a principal's jobs whose id begins so, newest first."""
        return await self._known_jobs(queries.beginning_with(prefix, principal, limit))

    async def newest(self, limit: int, *, principal: Principal) -> list[Job]:
        """Return a principal's newest jobs of all sessions, newest first."""
        return await self._known_jobs(queries.newest(principal, limit))

    async def newest_kept(
        self, limit: int, *, before: tuple[float, str] | None = None, principal: Principal
    ) -> list[Job]:
        """Return a principal's newest finished jobs whose file is kept, those older than `before` only."""
        return await self._known_jobs(queries.newest_kept(principal, limit, before=before))

    async def open_jobs(self, *, principal: Principal) -> list[Job]:
        """Return a principal's jobs for which something is still to be done, oldest first."""
        return await self._known_jobs(queries.open_jobs(principal))

    async def open_by_model(self) -> dict[tuple[str, str], int]:
        """Return how many jobs of all principals are open, by state and model."""
        rows = await self.database.read(lambda connection: connection.execute(queries.open_by_model()).all())
        return {(str(state), str(model)): int(number) for state, model, number in rows}

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

        def work(connection: Connection) -> TurnResult:
            result = take(connection, turn, self._known)
            announce(connection, self.database.name, [job.id for job in result.written])
            return result

        result = await self.database.write(work, durable=False)
        return taken(result, self._known)

    async def save_step(self, job: Job, after: Job, end: StepEnd) -> Job | None:
        """Write what a step has made of a job; None when its lease is lost or another process has written it since."""
        self._known.forget(job.id)
        written = replace(after, revision=job.revision + 1)
        return await self._save(writes.save_steps(), written, writes.step_row(job, written, end))

    async def poke(self, video_id: str, *, now: float) -> bool:
        """Let a rendering job be polled now, or a second after its last poll; False when that changes nothing."""

        def work(connection: Connection) -> bool:
            is_written = connection.execute(writes.poke(video_id, now=now)).rowcount == 1
            announce_due(connection, self.database.name, is_due=is_written)
            return is_written

        return await self.database.write(work, durable=False)

    async def revisions(self, video_ids: Sequence[str]) -> dict[str, int]:
        """Return how often each of some jobs has been written."""
        rows = await self.database.read(lambda connection: all_rows(connection, queries.revisions(video_ids)))
        return {row["id"]: row["revision"] for row in rows}

    async def release(self, *, owner: str) -> None:
        """Give back the leases of a process that ends, but for those of requests that are still on their way."""
        statement = writes.release(owner)
        await self.database.write(lambda connection: connection.execute(statement), durable=False)

    async def render_times(self, model: str, limit: int) -> list[RenderedVideo]:
        """Return how long the last videos of a model took, the newest first."""
        rows = await self.database.read(lambda connection: all_rows(connection, queries.rendered(model, limit)))
        return [rendered_video(row) for row in rows]

    async def _save(self, statement: Executable, written: Job, row: Row | None = None) -> Job | None:
        """Write a job and tell the other replicas; None when the row is not what it was."""

        def work(connection: Connection) -> Job | None:
            if connection.execute(statement, row).rowcount != 1:
                return None
            announce(connection, self.database.name, [written.id])
            return written

        return await self.database.write(work)

    def _require_file(self) -> None:
        if self.database.file is not None:
            self.database.file.require_same()
            self.database.file.require_room()

    async def _known_jobs(self, statement: Executable) -> list[Job]:
        return readable_jobs(await self.database.read(lambda connection: all_rows(connection, statement)))


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
