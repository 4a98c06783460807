"""Two replicas with a disk each and one object store: what one has made, the other shows, uses and removes."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import httpx2
import psycopg
import pytest

from tests.faults.harness import Bench, Plan, Running
from video_mcp.errors import FileUnavailable, StorageUnavailable
from video_mcp.jobs.job import Completed, Job, Rendered
from video_mcp.jobs.request import CreateRequest

pytestmark = pytest.mark.anyio


@dataclass(frozen=True, slots=True)
class Replicas:
    """One that polls and one that does not, and a video that the first has made."""

    bench: Bench
    one: Running
    other: Running
    made: Job

    @property
    def disks(self) -> tuple[Path, Path]:
        return self.bench.folder / "one", self.bench.folder / "other"

    def downloads(self) -> int:
        return len([one for one in self.bench.simulator.requests.matching("GET", "/") if "content" in one.path])


@asynccontextmanager
async def replicas(bench: Bench, database_url: str, storage_url: str) -> AsyncGenerator[Replicas]:
    def plan(name: str, *, polling: bool) -> Plan:
        shared = {"database_url": database_url, "storage_url": storage_url, "validation": "off"}
        return Plan(settings={**shared, "output_dir": bench.folder / name}, polling=polling)

    async with bench.service(plan("one", polling=True)) as one, bench.service(plan("other", polling=False)) as other:
        made = await one.create()
        ended = await bench.ended(one, made.id)
        assert ended.status == "completed", ended
        yield Replicas(bench, one, other, ended)


async def test_the_other_replica_answers_a_link_and_works_with_the_file(
    bench: Bench, database_url: str, storage_url: str
) -> None:
    async with replicas(bench, database_url, storage_url) as shared:
        one, other, made = shared.one, shared.other, shared.made
        before = shared.downloads()
        fetched = await other.fetch(made.id)
        assert isinstance(fetched.state, Completed)
        link = await other.service.download_link(fetched)
        assert link is not None
        async with httpx2.AsyncClient() as client:
            content = (await client.get(link.url)).content
        assert len(content) == fetched.state.file.bytes
        assert not shared.disks[1].exists()
        assert (await other.service.files.preview(fetched, "poster"))[:2] == b"\xff\xd8"
        assert await other.service.files.read(fetched) == content
        assert await other.service.files.state(fetched) == "present"
        continued = await other.service.prepare(
            CreateRequest(fields={"model": "kling-v2-6", "prompt": "On it sails", "image": made.id})
        )
        assert continued.fingerprint
        copy = await other.service.files.save_as(fetched, "kept/film.mp4", overwrite=False)
        assert await anyio.Path(copy).read_bytes() == content
        assert shared.downloads() == before
        assert one.service.files.path_of(fetched) != other.service.files.path_of(fetched)


async def test_a_second_delivery_takes_what_lies_in_the_storage(
    bench: Bench, database_url: str, storage_url: str
) -> None:
    async with replicas(bench, database_url, storage_url) as shared:
        before = shared.downloads()
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("UPDATE jobs SET state = 'rendered', file = NULL, file_bytes = NULL")
        async with bench.service(
            Plan(
                settings={
                    "database_url": database_url,
                    "storage_url": storage_url,
                    "output_dir": bench.folder / "third",
                }
            )
        ) as third:
            again = await bench.ended(third, shared.made.id)
        assert (again.status, shared.downloads()) == ("completed", before)


async def test_a_video_removed_anywhere_is_gone_everywhere(bench: Bench, database_url: str, storage_url: str) -> None:
    async with replicas(bench, database_url, storage_url) as shared:
        settings = {"database_url": database_url, "storage_url": storage_url, "output_dir": bench.folder / "third"}
        bench.clock.advance(3 * 86400)
        async with bench.service(Plan(settings={**settings, "keep_days": 1}, polling=False)) as third:
            removed = await third.ledger.get(shared.made.id)
        assert isinstance(removed.state, Completed)
        assert removed.state.removed_at is not None
        assert await shared.other.service.download_link(removed) is None
        with pytest.raises(FileUnavailable):
            await shared.other.service.files.read(shared.made)


async def test_a_video_that_cannot_be_stored_stays_fetchable(bench: Bench, object_store: object) -> None:
    away = "s3://videos?endpoint=http://127.0.0.1:9&region=us-east-1"
    async with bench.service(Plan(settings={"storage_url": away})) as one:
        made = await one.create()
        bench.advance()
        undelivered = await one.until(made.id, lambda job: isinstance(job.state, Rendered) and bool(job.state.problem))
    assert StorageUnavailable.code in str(undelivered.state)
    assert "127.0.0.1" not in str(undelivered.state)
