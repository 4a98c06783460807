"""Files for a gateway that takes addresses only: given by links that work for whoever has them, until they expire."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import anyio
import httpx2
import pytest

from tests.server.http.serving import QUICK, SLOW, Site, a_replica, a_site
from tests.server.http.test_uploads import MATERIAL, picture, sound, uploaded
from video_mcp.errors import InputRefused
from video_mcp.media.input_links import InputLinks
from video_mcp.media.inputs import DataInput, InputReader
from video_mcp.media.link_signature import signed_url
from video_mcp.media.storage.address import parse_storage_url
from video_mcp.media.storage.object_storage import ObjectStorage
from video_mcp.media.uploads import FolderPlace
from video_mcp.simulator.clip import ClipPlan, render_clip

pytestmark = pytest.mark.anyio

PUBLIC = "https://videos.example"
HOST = {"Host": "videos.example"}
WITHIN_THE_NETWORK = "lies in your own network, which the gateway cannot reach"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    render_clip(ClipPlan(prompt="A boat", caption="", seconds=3, width=64, height=64, with_audio=False), path, Event())
    return path.read_bytes()


async def created(site: Site, **changes: object) -> dict[str, object]:
    async with site.connect() as client:
        answer = await client.call_tool("create_video", {**MATERIAL, "wait_seconds": 0, **changes})
    assert answer.structured_content is not None, answer
    return answer.structured_content


def files_below(*folders: Path) -> set[Path]:
    return {path for folder in folders for path in folder.rglob("*") if path.is_file()}


def sent_addresses(site: Site) -> list[str]:
    """Return the addresses of this server that the gateway was given."""
    (sent,) = site.simulator.requests.matching("POST", "/v1/videos")
    return [piece.split("'")[0] for piece in str(sent.fields).split("'")[1:] if piece.startswith(f"{PUBLIC}/files/")]


async def test_the_gateway_gets_a_link_to_an_upload_and_can_fetch_it_on_any_replica(
    tmp_path: Path, clip: bytes
) -> None:
    shared = {"public_url": PUBLIC, "storage_url": (tmp_path / "shared").as_uri()}
    async with a_site(tmp_path, SLOW, **shared) as site, a_replica(site.settings, site.simulator) as other:
        upload = await uploaded(site, clip)
        made = await created(site, reference_images=[], reference_videos=[upload["upload"]])
        assert made["status"] in {"queued", "in_progress"}, made
        (address,) = sent_addresses(site)
        parts = urlsplit(address)
        async with other.http() as http:
            path = f"{parts.path}?{parts.query}"
            answer = await http.get(path, headers=HOST)
            assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, clip, "video/mp4")
            some = await http.get(path, headers={**HOST, "Range": "bytes=4-7"})
            assert (some.status_code, some.content) == (206, b"ftyp")
            assert some.headers["etag"] == answer.headers["etag"]
            assert (await http.head(path, headers=HOST)).headers["content-length"] == str(len(clip))
            for wrong in (path[:-1], path.replace("input/", "film/"), path.replace(".mp4", ".mov"), parts.path):
                assert (await http.get(wrong, headers=HOST)).status_code == 403
            past = signed_url(
                "", parts.path[7:], secret=site.opened.context.secret, subject=parts.path[7:], expires_at=1_000
            )
            assert (await http.get(past, headers=HOST)).status_code == 403
        again = await created(site, reference_videos=[upload["upload"]])
        assert again["duplicate_of"] == made["video_id"]


async def test_without_an_address_of_ours_the_refusal_says_what_to_set(tmp_path: Path, clip: bytes) -> None:
    async with a_site(tmp_path, SLOW) as site:
        upload = await uploaded(site, clip)
        refused = str(await created(site, reference_videos=[upload["upload"]]))
        assert "takes web addresses only" in refused
        assert "set VIDEO_MCP_PUBLIC_URL" in refused
        assert site.simulator.jobs == ()


async def test_what_an_earlier_video_shows_is_given_by_a_link_too(tmp_path: Path) -> None:
    async with a_site(tmp_path, QUICK, public_url=PUBLIC) as site, site.connect() as client:
        with anyio.fail_after(300):
            made = await client.call_tool("create_video", {"model": "kling-v2-6", "prompt": "A boat", "seconds": 5})
        assert made.structured_content is not None
        shown = await created(
            site, reference_videos=[f"video://{made.structured_content['video_id']}/content"], dry_run=True
        )
        assert f"{PUBLIC}/files/input/" in str(shown)
        assert not (tmp_path / "home" / "inputs").exists()


async def test_a_server_that_reads_some_media_by_their_addresses_gets_links_to_those(
    tmp_path: Path, clip: bytes
) -> None:
    server = {"dialect": "vllm-omni", "extra_models": ("org/model",), "public_url": PUBLIC}
    async with a_site(tmp_path, SLOW, **server) as site:
        files = {
            "reference_videos": [(await uploaded(site, clip))["upload"]],
            "reference_audios": [(await uploaded(site, sound()))["upload"]],
        }
        asked = {"model": "org/model", "mode": "reference_material", **files, "dry_run": True}
        assert str(await created(site, **asked)).count(f"{PUBLIC}/files/input/") == 2


async def test_a_dry_run_stores_nothing_and_a_create_keeps_what_its_links_lead_to(tmp_path: Path, clip: bytes) -> None:
    stored = tmp_path / "shared"
    async with a_site(tmp_path, SLOW, public_url=PUBLIC, storage_url=stored.as_uri()) as site:
        asked = {"reference_images": [], "reference_videos": [(await uploaded(site, clip))["upload"]]}
        before = files_below(stored, tmp_path / "videos", tmp_path / "home" / "inputs")
        assert f"{PUBLIC}/files/input/" in str(await created(site, **asked, dry_run=True))
        assert files_below(stored, tmp_path / "videos", tmp_path / "home" / "inputs") == before
        assert site.simulator.jobs == ()
        await created(site, **asked)
        (kept,) = files_below(stored) - before
        assert (kept.parent.name, kept.read_bytes()) == ("inputs", clip)


@pytest.fixture
async def media() -> DataInput:
    return await InputReader(()).read_bytes(picture(), "image")


async def nothing() -> frozenset[str]:
    return frozenset()


def links(
    folder: Path,
    *,
    storage: ObjectStorage | None = None,
    now: float = 1e9,
    serves_files: bool = True,
    why: str = "",
    reached: str = "",
) -> InputLinks:
    return InputLinks(
        storage=storage,
        place=storage or FolderPlace(folder),
        public_url=PUBLIC,
        serves_files=serves_files,
        secret=b"secret",
        awaited=nothing,
        reason_to_keep=lambda url: why or (None if url.startswith(reached) else WITHIN_THE_NETWORK),
        now=lambda: now,
    )


def test_a_link_to_this_server_needs_one_that_the_gateway_reaches(tmp_path: Path) -> None:
    assert links(tmp_path).is_possible
    assert (links(tmp_path, serves_files=False).is_possible, links(tmp_path, serves_files=False).advice) == (False, "")
    inside = links(tmp_path, why=WITHIN_THE_NETWORK)
    assert (inside.is_possible, "VIDEO_MCP_PUBLIC_URL" in inside.advice) == (False, True)


async def test_the_object_storage_gives_the_file_where_it_can_sign(
    storage_url: str, tmp_path: Path, media: DataInput
) -> None:
    def storage() -> ObjectStorage:
        return ObjectStorage(parse_storage_url(storage_url), link_seconds=60, now=lambda: 1e9)

    linked = links(tmp_path, storage=storage(), serves_files=False)
    first, second = await linked.link_to("alice", media), await linked.link_to("alice", media)
    async with httpx2.AsyncClient() as http:
        assert (await http.get(first.url)).status_code == 404
        await linked.keep([first, second])
        for url in (first.url, second.url):
            answer = await http.get(url)
            assert (answer.status_code, answer.content) == (200, picture())
    with pytest.raises(InputRefused, match="the object storage's lies in your own network"):
        await links(tmp_path, storage=storage(), why=WITHIN_THE_NETWORK).link_to("alice", media)
    # A storage that only the replicas reach: this server hands the file on.
    inside = links(tmp_path, storage=storage(), reached=PUBLIC)
    through = await inside.link_to("alice", media)
    assert through.url.startswith(f"{PUBLIC}/files/input/")
    await inside.keep([through])
    assert await inside.fetch(urlsplit(through.url).path.rpartition("/")[2], tmp_path / "target")


async def test_files_are_kept_as_long_as_any_link_to_them_works(tmp_path: Path, media: DataInput) -> None:
    linked = await links(tmp_path).link_to("alice", media)
    name, target = urlsplit(linked.url).path.rpartition("/")[2], tmp_path / "target"
    assert not await links(tmp_path).fetch(name, target)
    await links(tmp_path).keep([linked])
    assert await links(tmp_path).fetch(name, target)
    assert target.read_bytes() == picture()
    written_at = next((tmp_path / "inputs").iterdir()).stat().st_mtime
    for age, is_there in ((48 * 3600.0, True), (50 * 3600.0, False)):
        later = links(tmp_path, now=written_at + age)
        await later.remove_expired()
        assert await later.fetch(name, target) is is_there
    for strange in ("../ledger.sqlite3", name.replace(".png", ".png/.."), ""):
        assert not await links(tmp_path).fetch(strange, target)
