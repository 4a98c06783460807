"""Services as replicas on one PostgreSQL: what one does, the others hear, and what counts once counts once for all."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from threading import Barrier

import anyio
import anyio.to_thread
import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Connection

from tests.faults.harness import Bench, Plan, Running
from tests.jobs.samples import PROBLEM, STATES, job
from video_mcp.errors import ConfirmationNeeded
from video_mcp.jobs.events import RenderFailed, transition
from video_mcp.jobs.job import Job
from video_mcp.jobs.runtime import Effects, open_runtime
from video_mcp.jobs.store.clock import DatabaseClock
from video_mcp.jobs.store.ledger import Ledger, open_ledger
from video_mcp.settings import load_settings

pytestmark = pytest.mark.anyio

LISTENING = "video-mcp listening"


@asynccontextmanager
async def replicas(bench: Bench, url: str, **settings: object) -> AsyncGenerator[tuple[Running, Running]]:
    plan = Plan(settings={"database_url": url, **settings})
    async with bench.service(plan) as one, bench.service(replace(plan, polling=False)) as other:
        await listening(url, 2)
        yield one, other


async def listening(url: str, number: int) -> None:
    """Return when so many replicas listen."""

    def count() -> int:
        with psycopg.connect(url, autocommit=True) as connection:
            found = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s AND datname = current_database()"
                " AND state = 'idle' AND query LIKE 'LISTEN%%'",
                [LISTENING],
            ).fetchone()
        return int(found[0]) if found else 0

    with anyio.fail_after(60):
        while True:
            if await anyio.to_thread.run_sync(count) >= number:
                return
            await anyio.sleep(0.02)


async def test_replicas_whose_own_clocks_differ_agree_on_the_time(database_url: str) -> None:
    async with open_ledger(database_url, None) as ledger:
        clocks = [
            DatabaseClock(ledger.database, monotonic=lambda ahead=ahead: time.monotonic() + ahead)
            for ahead in (0.0, 9e6)
        ]
        for clock in clocks:
            await clock.compare()
        with psycopg.connect(database_url) as connection:
            row = connection.execute("SELECT extract(epoch FROM clock_timestamp())").fetchone()
    assert row is not None
    assert [clock.now() for clock in clocks] == pytest.approx([float(row[0])] * 2, abs=60)


async def test_a_service_dates_its_jobs_by_the_database(bench: Bench, database_url: str) -> None:
    settings = load_settings(
        base_url=bench.simulator.base_url,
        api_key="sk-x",
        home=bench.folder,
        output_dir=bench.folder,
        database_url=database_url,
    )
    async with open_runtime(settings, Effects(monotonic=lambda: 5.0)) as runtime:
        lease_until = runtime.poller.lease_until()
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT extract(epoch FROM clock_timestamp())").fetchone()
    assert row is not None
    assert lease_until == pytest.approx(float(row[0]) + 15.0, abs=60)


async def test_a_waiter_on_a_replica_that_does_not_poll_the_job_is_woken(bench: Bench, database_url: str) -> None:
    async with replicas(bench, database_url) as (one, other):
        made = await one.create()
        heard, woken = anyio.Event(), anyio.Event()

        async def hear(changed: Job) -> None:
            if changed.status == "completed":
                heard.set()

        async def wait() -> None:
            with other.changes.watch(made.id) as watch:
                await watch.next(at_most_seconds=600)
            woken.set()

        other.changes.listen(hear)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait)
            await bench.ended(one, made.id)
            with anyio.fail_after(120):
                await heard.wait()
                await woken.wait()


async def test_what_changed_while_a_replica_could_not_hear_is_read_once_it_can(
    bench: Bench, postgresql: str, database_url: str
) -> None:
    database = database_url.rpartition("/")[2]
    name, allow_connections = sql.Identifier(database), sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")

    def cut() -> None:
        with psycopg.connect(f"{postgresql}/postgres", autocommit=True) as connection:
            connection.execute(allow_connections.format(name, sql.SQL("false")))
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s AND datname = %s",
                [LISTENING, database],
            )

    def mend() -> None:
        with psycopg.connect(f"{postgresql}/postgres", autocommit=True) as connection:
            connection.execute(allow_connections.format(name, sql.SQL("true")))

    plan = Plan(settings={"database_url": database_url}, polling=False)
    async with open_ledger(database_url, None) as one:
        # Before the other listens, or the news of it might be what wakes.
        await one.insert(job(STATES["queued"]), owner="one", lease_until=9e9)
    async with open_ledger(database_url, None) as one, bench.service(plan) as other:
        await listening(database_url, 1)
        woken = anyio.Event()

        async def wait() -> None:
            with other.changes.watch("video_1") as watch:
                await watch.next(at_most_seconds=600)
            woken.set()

        async with anyio.create_task_group() as tasks:
            await anyio.to_thread.run_sync(cut)
            tasks.start_soon(wait)
            failed = transition(await one.get("video_1"), RenderFailed(problem=PROBLEM), now=1001.0)
            assert await one.save(failed) is not None
            assert not woken.is_set()
            await anyio.to_thread.run_sync(mend)
            with anyio.fail_after(120):
                await woken.wait()


async def test_a_yes_counts_on_every_replica_and_once_for_all(bench: Bench, database_url: str) -> None:
    async with replicas(bench, database_url, confirm="always") as (one, other):
        with pytest.raises(ConfirmationNeeded) as first:
            await one.submit()
        with pytest.raises(ConfirmationNeeded) as second:
            await other.submit()
        assert first.value.token == second.value.token
        await other.submit(token=first.value.token)
        with pytest.raises(ConfirmationNeeded) as third:
            await one.submit(token=first.value.token, allow_duplicate=True)
        assert third.value.token != first.value.token
        assert one.service.secret == other.service.secret


async def test_of_many_who_use_a_token_at_once_one_does(database_url: str) -> None:
    used: list[bool] = []
    keys: set[bytes] = set()

    async def use(ledger: Ledger) -> None:
        used.append(await ledger.shared.use("a yes", now=1.0))
        keys.add(await ledger.shared.signing_key("links"))

    async with (
        open_ledger(database_url, None) as one,
        open_ledger(database_url, None) as two,
        anyio.create_task_group() as tasks,
    ):
        for ledger in (one, two) * 8:
            tasks.start_soon(use, ledger)
    assert (used.count(True), len(keys)) == (1, 1)


async def test_of_two_transactions_that_wait_for_one_another_both_are_done(database_url: str) -> None:
    both_hold_one = Barrier(2)

    def locking(*keys: int) -> Callable[[Connection], str]:
        tries: list[int] = []

        def work(connection: Connection) -> str:
            tries.append(1)
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({keys[0]})")
            if len(tries) == 1:
                both_hold_one.wait(60)
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({keys[1]})")
            return "done"

        return work

    ended: list[str] = []

    async def write(ledger: Ledger, *keys: int) -> None:
        ended.append(await ledger.database.write(locking(*keys)))

    async with open_ledger(database_url, None) as ledger, anyio.create_task_group() as tasks:
        tasks.start_soon(write, ledger, 1, 2)
        tasks.start_soon(write, ledger, 2, 1)
    assert ended == ["done", "done"]
