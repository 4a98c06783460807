"""The object store on a real S3 server, which checks signatures, their expiry, and that a key is free."""

from __future__ import annotations

from pathlib import Path

import anyio
import httpx2
import pytest

from deploy.local.object_store import ObjectStoreServer
from video_mcp.errors import StorageUnavailable
from video_mcp.media.storage.address import StorageAddress, parse_storage_url
from video_mcp.media.storage.object_storage import ObjectStorage, object_key

pytestmark = pytest.mark.anyio

KEY = object_key("alice", "video_1")
SMALL, LARGE = b"a film" * 10, b"0123456789abcdef" * 800_000
FACTS = {"media_type": "video/mp4", "file_name": "böat.mp4"}


def storage(url: str, *, link_seconds: float = 3600.0) -> ObjectStorage:
    return ObjectStorage(parse_storage_url(url), link_seconds=link_seconds, now=lambda: 1000.0)


@pytest.fixture(params=["s3", "folder"])
def any_storage(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStorage:
    if request.param == "folder":
        return storage((tmp_path / "shared").as_uri())
    return storage(request.getfixturevalue("storage_url"))


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["at once", "in parts"])
async def test_a_file_is_put_once_and_comes_back(any_storage: ObjectStorage, tmp_path: Path, content: bytes) -> None:
    film, copy = anyio.Path(tmp_path / "film.mp4"), anyio.Path(tmp_path / "copy.mp4")
    await film.write_bytes(content)
    await copy.write_bytes(b"what was there before")
    assert await any_storage.size(KEY) is None
    assert await any_storage.put(KEY, Path(film), **FACTS)
    await film.write_bytes(content[::-1])
    assert not await any_storage.put(KEY, Path(film), **FACTS)
    assert await any_storage.size(KEY) == len(content)
    assert await any_storage.fetch(KEY, Path(copy)) is not None
    assert await copy.read_bytes() == content
    await any_storage.remove(KEY)
    await any_storage.remove(KEY)
    assert await any_storage.size(KEY) is None
    assert await any_storage.fetch(KEY, Path(copy)) is None
    assert {path.name async for path in anyio.Path(tmp_path).iterdir()} <= {"film.mp4", "copy.mp4", "shared"}


async def test_a_link_gives_the_file_and_ranges_of_it_and_nothing_else(storage_url: str, tmp_path: Path) -> None:
    film = anyio.Path(tmp_path / "film.mp4")
    await film.write_bytes(SMALL)
    store = storage(storage_url)
    await store.put(KEY, Path(film), **FACTS)
    link, brief = await store.link(KEY), await storage(storage_url, link_seconds=1).link(KEY)
    assert link is not None
    assert brief is not None
    assert link.expires_at == 4600.0
    async with httpx2.AsyncClient() as client:
        answer = await client.get(link.url)
        assert (answer.status_code, answer.content) == (200, SMALL)
        assert answer.headers["content-type"] == "video/mp4"
        assert answer.headers["content-disposition"] == 'attachment; filename="b-at.mp4"'
        part = await client.get(link.url, headers={"Range": "bytes=2-5"})
        assert (part.status_code, part.content) == (206, SMALL[2:6])
        other = await client.get(link.url.replace("video_1", "video_2"))
        forged = await client.get(link.url[:-2] + "00")
        await anyio.sleep(2.1)
        late = await client.get(brief.url)
    assert [other.status_code, forged.status_code, late.status_code] == [403, 403, 403]


async def test_a_folder_makes_no_links(tmp_path: Path) -> None:
    assert await storage(tmp_path.as_uri()).link(KEY) is None


@pytest.mark.parametrize(("key", "said"), [("wrong", "refuses the credentials"), ("away", "cannot be used")])
async def test_what_is_wrong_is_said_without_the_address(
    object_store: ObjectStoreServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, said: str
) -> None:
    film = anyio.Path(tmp_path / "film.mp4")
    await film.write_bytes(SMALL)
    endpoint = object_store.endpoint if key == "wrong" else "http://127.0.0.1:9"
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret-of-another")
    store = storage(f"s3://private-bucket?endpoint={endpoint}&region=us-east-1")
    for call in (store.put(KEY, Path(film), **FACTS), store.size(KEY), store.fetch(KEY, Path(film)), store.remove(KEY)):
        with pytest.raises(StorageUnavailable, match=said) as caught:
            await call
        assert not any(
            word in f"{caught.value} {caught.value.__cause__}" for word in ("127.0.0.1", "s3cret", "private-bucket")
        )


def test_keys_tell_nothing_of_who_owns_them() -> None:
    assert object_key("alice", "video_1") != object_key("bob", "video_1")
    assert "alice" not in object_key("alice", "video_1")


def test_an_address_carries_its_options_as_a_query() -> None:
    assert parse_storage_url("S3://films/team?endpoint=http://s3:9000/&region=eu&other=1") == StorageAddress(
        url="s3://films/team", endpoint="http://s3:9000", region="eu"
    )
