from __future__ import annotations

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from sqlalchemy import Connection

from tests.jobs.samples import STATES, job
from video_mcp.errors import ConfigurationError, JobNotFound
from video_mcp.jobs.events import Polled, transition
from video_mcp.jobs.store.ledger import Ledger, open_ledger

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def ledger_in(folder: Path) -> AsyncGenerator[Ledger]:
    path = folder / "home" / "ledger.sqlite3"
    async with open_ledger(f"sqlite:///{path.as_posix()}", path) as ledger:
        yield ledger


async def test_a_job_is_there_after_the_ledger_was_closed(tmp_path: Path) -> None:
    async with ledger_in(tmp_path) as ledger:
        await ledger.insert(job(STATES["queued"]), owner="a", lease_until=2000.0)
    async with ledger_in(tmp_path) as again:
        assert await again.get("video_1") == job(STATES["queued"])


async def test_a_committed_job_is_synced_to_the_disk(tmp_path: Path) -> None:
    def pragmas(connection: Connection) -> list[object]:
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("synchronous", "journal_mode")]

    async with ledger_in(tmp_path) as ledger:
        assert await ledger.database.write(pragmas) == [2, "wal"]


async def test_an_unknown_id_is_told_with_what_to_do(tmp_path: Path) -> None:
    async with ledger_in(tmp_path) as ledger:
        with pytest.raises(JobNotFound, match="Call get_video_status without an id"):
            await ledger.get("video_9")


async def test_the_newest_jobs_come_first(tmp_path: Path) -> None:
    async with ledger_in(tmp_path) as ledger:
        for number in range(4):
            known = job(STATES["completed"], id=f"video_{number}", created_at=1000.0 + number)
            await ledger.insert(known, owner="a", lease_until=0.0)
        assert [found.id for found in await ledger.newest(2)] == ["video_3", "video_2"]


async def test_of_two_writers_the_second_is_told(tmp_path: Path) -> None:
    async with ledger_in(tmp_path) as ledger:
        await ledger.insert(job(STATES["queued"]), owner="a", lease_until=2000.0)
        read = await ledger.get("video_1")
        first = await ledger.save(transition(read, Polled(phase="in_progress", progress=10), now=1001.0))
        second = await ledger.save(transition(read, Polled(phase="in_progress", progress=5), now=1002.0))
        assert first == await ledger.get("video_1")
        assert second is None


async def test_a_job_is_led_by_one_process_until_its_lease_ends(tmp_path: Path) -> None:
    async with ledger_in(tmp_path) as one, ledger_in(tmp_path) as other:
        await one.insert(job(STATES["queued"]), owner="one", lease_until=1015.0)
        held = await other.claim_open(owner="other", now=1010.0, lease_until=1025.0)
        kept = await one.claim_open(owner="one", now=1012.0, lease_until=1027.0)
        taken_over = await other.claim_open(owner="other", now=1030.0, lease_until=1045.0)
        lost = await one.claim_open(owner="one", now=1031.0, lease_until=1046.0)
    assert [len(jobs) for jobs in (held, kept, taken_over, lost)] == [0, 1, 1, 0]


async def test_leases_given_back_are_free_at_once(tmp_path: Path) -> None:
    async with ledger_in(tmp_path) as ledger:
        await ledger.insert(job(STATES["queued"]), owner="one", lease_until=9000.0)
        await ledger.release(owner="one")
        assert len(await ledger.claim_open(owner="other", now=1001.0, lease_until=1016.0)) == 1


async def test_jobs_that_have_ended_are_led_by_nobody(tmp_path: Path) -> None:
    async with ledger_in(tmp_path) as ledger:
        for name in ("completed", "failed", "lost"):
            await ledger.insert(job(STATES[name], id=name), owner="a", lease_until=0.0)
        assert await ledger.claim_open(owner="b", now=5000.0, lease_until=5015.0) == []


async def test_the_usual_time_of_a_model_is_the_median_of_its_finished_videos(tmp_path: Path) -> None:
    async with ledger_in(tmp_path) as ledger:
        assert await ledger.usual_seconds("kling-v2-6") is None
        for number, span in enumerate((10.0, 20.0, 90.0)):
            done = job(STATES["completed"], id=f"video_{number}", rendered_at=1000.0 + span)
            await ledger.insert(done, owner="a", lease_until=0.0)
        await ledger.insert(job(STATES["failed"], id="x", finished_at=9000.0), owner="a", lease_until=0.0)
        assert await ledger.usual_seconds("kling-v2-6") == 20.0
        assert await ledger.usual_seconds("veo3") is None


async def test_two_processes_can_open_a_new_ledger_at_once(tmp_path: Path) -> None:
    opened: list[int] = []

    async def open_one() -> None:
        async with ledger_in(tmp_path) as ledger:
            opened.append(len(await ledger.newest(5)))

    async with anyio.create_task_group() as tasks:
        for _ in range(4):
            tasks.start_soon(open_one)
    assert opened == [0, 0, 0, 0]


async def test_the_ledger_is_plain_sqlite_that_holds_no_link(tmp_path: Path) -> None:
    async with ledger_in(tmp_path) as ledger:
        await ledger.insert(job(STATES["rendered"]), owner="a", lease_until=0.0)
    with sqlite3.connect(tmp_path / "home" / "ledger.sqlite3") as connection:
        columns = {row[1] for row in connection.execute("PRAGMA table_info(jobs)")}
    assert columns.isdisjoint({"video_url", "url", "api_key"})


async def test_a_home_that_cannot_be_made_is_told_by_its_setting(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file is in the way", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="VIDEO_MCP_HOME"):
        async with ledger_in(tmp_path):
            pass
