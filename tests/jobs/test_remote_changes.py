"""Waiting costs nothing while nothing changes, whatever the number of waiters; what another process does is heard."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import pytest
from anyio.abc import SocketAttribute, SocketStream
from anyio.streams.buffered import BufferedByteReceiveStream
from sqlalchemy import make_url

from tests.faults.harness import silent
from tests.jobs.counting import counting
from tests.jobs.samples import PROBLEM, STATES, job
from tests.jobs.test_replicas import listening
from video_mcp.jobs.changes import Changes
from video_mcp.jobs.events import JobEvent, Polled, RenderFailed, transition
from video_mcp.jobs.job import Job
from video_mcp.jobs.recorder import Recorder
from video_mcp.jobs.remote_changes import RemoteChanges
from video_mcp.jobs.store.ledger import Ledger, open_ledger
from video_mcp.jobs.telemetry import NoTelemetry
from video_mcp.jobs.wait import Waiting
from video_mcp.types import LOCAL_PRINCIPAL

pytestmark = pytest.mark.anyio

WAITERS = [1, 40]
SECONDS = 20
FAILED = RenderFailed(problem=PROBLEM)


@dataclass(slots=True, kw_only=True)
class Process:
    """One process's ledger and what waits in it; its time is moved by whoever counts its pauses."""

    ledger: Ledger
    changes: Changes
    waiting: Waiting
    seconds: int = 0
    ended: list[Job] = field(default_factory=list[Job])

    async def pause(self, seconds: float) -> None:
        self.seconds += round(seconds)
        await anyio.sleep(0.01)

    async def wait(self) -> None:
        found = await self.ledger.get("video_1")
        self.ended.append(await self.waiting.until_ended(found, at_most_seconds=3600, report=silent))

    async def wait_for_any(self) -> None:
        found = await self.waiting.until_any_ended(LOCAL_PRINCIPAL, at_most_seconds=3600, report=silent)
        assert found is not None
        self.ended.append(found)

    async def until_waiting(self, waiters: int) -> None:
        """Return when so many wait for the job, and all have read it."""
        await until(
            lambda: len(self.changes.waiters("video_1")) == waiters and self.changes.watched()["video_1"] is not None
        )

    async def pass_seconds(self, seconds: int) -> None:
        end = self.seconds + seconds
        await until(lambda: self.seconds >= end)


@asynccontextmanager
async def a_process(url: str, path: Path | None) -> AsyncGenerator[Process]:
    async with open_ledger(url, path) as ledger, anyio.create_task_group() as tasks:
        changes = Changes(tasks)
        recorder = Recorder(ledger=ledger, changes=changes, telemetry=NoTelemetry(), now=lambda: 1000.0)
        waiting = Waiting(ledger=ledger, recorder=recorder, changes=changes, now=lambda: 1000.0)
        process = Process(ledger=ledger, changes=changes, waiting=waiting)
        remote = RemoteChanges(ledger=ledger, changes=changes, wake=lambda: None, pause=process.pause)
        tasks.start_soon(remote.run)
        yield process
        tasks.cancel_scope.cancel()


async def until(is_so: Callable[[], bool]) -> None:
    with anyio.fail_after(60):
        while True:
            if is_so():
                return
            await anyio.sleep(0.001)


async def happen(ledger: Ledger, event: JobEvent) -> None:
    assert await ledger.save(transition(await ledger.get("video_1"), event, now=1001.0)) is not None


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{(tmp_path / 'ledger.sqlite3').as_posix()}"


@pytest.mark.parametrize("waiters", WAITERS)
async def test_waiters_on_sqlite_share_one_look_a_second_and_two_statements_for_a_change(
    url: str, tmp_path: Path, waiters: int
) -> None:
    path = tmp_path / "ledger.sqlite3"
    async with a_process(url, path) as here, open_ledger(url, path) as elsewhere, anyio.create_task_group() as tasks:
        await elsewhere.insert(job(STATES["queued"]), owner="elsewhere", lease_until=9e9)
        for _ in range(waiters):
            tasks.start_soon(here.wait)
        await here.until_waiting(waiters)
        await here.pass_seconds(2)
        with counting(here.ledger) as counted:
            before = here.seconds
            await here.pass_seconds(SECONDS)
        passed = here.seconds - before
        assert counted.statements == 0
        assert passed - 1 <= counted.sql.count("PRAGMA data_version") <= passed + 1
        with counting(here.ledger) as counted:
            await happen(elsewhere, FAILED)
            await until(lambda: len(here.ended) == waiters)
        assert counted.statements == 2  # which of those waited for have changed, and those
    assert {one.status for one in here.ended} == {"failed"}


async def test_what_this_process_writes_itself_is_no_reason_to_look(url: str, tmp_path: Path) -> None:
    async with a_process(url, tmp_path / "ledger.sqlite3") as here, anyio.create_task_group() as tasks:
        await here.ledger.insert(job(STATES["queued"]), owner="here", lease_until=9e9)
        await here.ledger.insert(job(STATES["queued"], id="video_2"), owner="here", lease_until=9e9)
        tasks.start_soon(here.wait)
        await here.until_waiting(1)
        await here.pass_seconds(2)
        with counting(here.ledger) as counted:
            other = await here.ledger.get("video_2")
            await here.ledger.save(transition(other, Polled(phase="in_progress", progress=60), now=1001.0))
            await here.pass_seconds(SECONDS)
        assert counted.statements == 2  # the two of this test
        tasks.cancel_scope.cancel()


async def test_without_a_waiter_nothing_looks(url: str, tmp_path: Path) -> None:
    async with a_process(url, tmp_path / "ledger.sqlite3") as here:
        with counting(here.ledger) as counted:
            for _ in range(20):
                await anyio.sleep(0.005)
        assert counted.sql == []
        assert here.seconds == 0


async def test_the_first_of_many_jobs_that_another_process_ends_is_heard_of(url: str, tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    async with a_process(url, path) as here, open_ledger(url, path) as elsewhere, anyio.create_task_group() as tasks:
        for number in range(5):
            queued = job(STATES["queued"], id=f"video_{number}")
            await elsewhere.insert(queued, owner="elsewhere", lease_until=9e9)
        tasks.start_soon(here.wait_for_any)
        await here.until_waiting(1)
        await happen(elsewhere, Polled(phase="in_progress", progress=60))
        await here.pass_seconds(3)
        await happen(elsewhere, FAILED)
        await until(lambda: len(here.ended) == 1)
    assert [(one.id, one.status) for one in here.ended] == [("video_1", "failed")]


@pytest.mark.parametrize("waiters", WAITERS)
async def test_waiters_on_postgresql_send_nothing_and_one_statement_reads_what_has_changed(
    database_url: str, waiters: int
) -> None:
    async with (
        a_process(database_url, None) as here,
        open_ledger(database_url, None) as elsewhere,
        anyio.create_task_group() as tasks,
    ):
        await elsewhere.insert(job(STATES["queued"]), owner="elsewhere", lease_until=9e9)
        await listening(database_url, 1)
        for _ in range(waiters):
            tasks.start_soon(here.wait)
        await here.until_waiting(waiters)
        await here.pass_seconds(SECONDS)
        with counting(here.ledger) as counted:
            await here.pass_seconds(SECONDS)
        assert counted.sql == []
        with counting(here.ledger) as counted:
            await happen(elsewhere, FAILED)
            await until(lambda: len(here.ended) == waiters)
        assert counted.statements == 1
    assert {one.status for one in here.ended} == {"failed"}


async def test_a_job_that_is_poked_at_one_replica_wakes_the_poller_of_another(database_url: str) -> None:
    async with (
        open_ledger(database_url, None) as here,
        open_ledger(database_url, None) as elsewhere,
        anyio.create_task_group() as tasks,
    ):
        await elsewhere.insert(job(STATES["rendering"]), owner="here", lease_until=0.0)
        woken = anyio.Event()
        tasks.start_soon(RemoteChanges(ledger=here, changes=Changes(tasks), wake=woken.set).run)
        await listening(database_url, 1)
        assert not woken.is_set()
        assert await elsewhere.poke("video_1", now=1000.0)
        with anyio.fail_after(120):
            await woken.wait()
        tasks.cancel_scope.cancel()


async def test_waiters_behind_a_pooler_that_passes_no_notification_on_hear_all_the_same(database_url: str) -> None:
    async with (
        a_pooler(database_url) as pooled_url,
        a_process(pooled_url, None) as here,
        open_ledger(database_url, None) as elsewhere,
        anyio.create_task_group() as tasks,
    ):
        await elsewhere.insert(job(STATES["queued"]), owner="elsewhere", lease_until=9e9)
        tasks.start_soon(here.wait)
        await here.until_waiting(1)
        await listening(database_url, 1)
        await here.pass_seconds(2)
        await happen(elsewhere, FAILED)
        await until(lambda: len(here.ended) == 1)
    assert [one.status for one in here.ended] == ["failed"]


@asynccontextmanager
async def a_pooler(url: str) -> AsyncGenerator[str]:
    """Stand between a client and PostgreSQL and drop every notification, as a pooler of transactions does."""
    there = make_url(url)

    async def serve(client: SocketStream) -> None:
        async with (
            client,
            await anyio.connect_tcp(str(there.host), there.port or 5432) as server,
            anyio.create_task_group() as tasks,
        ):
            tasks.start_soon(_pass_on, client, server)
            await _pass_messages_on(server, client)
            tasks.cancel_scope.cancel()

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra(SocketAttribute.local_port)
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, serve)
        pooled = there.set(host="127.0.0.1", port=port).update_query_dict({"sslmode": "disable"})
        yield pooled.render_as_string(hide_password=False)
        tasks.cancel_scope.cancel()


async def _pass_on(source: SocketStream, target: SocketStream) -> None:
    with suppress(anyio.EndOfStream, anyio.BrokenResourceError):
        while True:
            await target.send(await source.receive())


async def _pass_messages_on(server: SocketStream, client: SocketStream) -> None:
    received = BufferedByteReceiveStream(server)
    with suppress(anyio.EndOfStream, anyio.IncompleteRead, anyio.BrokenResourceError):
        while True:
            head = await received.receive_exactly(5)
            body = await received.receive_exactly(int.from_bytes(head[1:], "big") - 4)
            if head[:1] != b"A":
                await client.send(head + body)
