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
from video_mcp.jobs.store.films import FilmStore
from video_mcp.types import LOCAL_PRINCIPAL

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


@pytest.mark.parametrize("is_stored", [True, False], ids=["in the object storage", "on this disk"])
async def test_a_film_goes_as_a_video_does_and_can_be_joined_again(
    bench: Bench, request: pytest.FixtureRequest, is_stored: bool
) -> None:
    """It goes before any video where there is too much, and with them where it is too old."""
    shared = {"storage_url": request.getfixturevalue("storage_url")} if is_stored else {}
    settings = {**shared, "output_dir": bench.folder / "videos", "validation": "off"}
    async with bench.service(Plan(settings=settings)) as one:
        shots = [(await bench.ended(one, (await one.create(prompt=prompt)).id)) for prompt in ("One", "Two")]
        film = await one.service.files.join(shots)
        link = await one.service.files.film_link(film, LOCAL_PRINCIPAL)
        assert (link is not None) is is_stored
        sizes = sum(shot.state.file.bytes for shot in shots if isinstance(shot.state, Completed))

        async def is_there() -> bool:
            if link is None:
                return await anyio.Path(film.stored.path).exists()
            async with httpx2.AsyncClient() as client:
                return (await client.get(link.url)).status_code == 200

        async def after_retention(**limits: object) -> bool:
            async with bench.service(Plan(settings={**settings, **limits}, polling=False)):
                return await is_there()

        assert await after_retention(max_library_bytes=sizes)  # it was just joined
        bench.clock.advance(1000)
        assert await after_retention(keep_days=1, max_library_bytes=10**9)
        assert not await after_retention(max_library_bytes=sizes)
        assert [kept.id for kept in await one.ledger.kept(9)] == [shot.id for shot in shots]
        assert (await one.service.files.join(shots)).stored.sha256 == film.stored.sha256
        await one.service.files.film_link(film, LOCAL_PRINCIPAL)
        bench.clock.advance(3 * 86400)
        assert not await after_retention(keep_days=2)
        assert await FilmStore(one.ledger.database).longest_unused(9) == []


async def test_a_video_that_cannot_be_stored_stays_fetchable(bench: Bench, object_store: object) -> None:
    away = "s3://videos?endpoint=http://127.0.0.1:9&region=us-east-1"
    async with bench.service(Plan(settings={"storage_url": away})) as one:
        made = await one.create()
        bench.advance()
        undelivered = await one.until(made.id, lambda job: isinstance(job.state, Rendered) and bool(job.state.problem))
    assert StorageUnavailable.code in str(undelivered.state)
    assert "127.0.0.1" not in str(undelivered.state)
