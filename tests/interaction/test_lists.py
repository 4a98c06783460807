"""What a client lists: pages, facts, icons, and what stays the same."""

from __future__ import annotations

import base64
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import anyio
import mcp_types as types
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

from tests.interaction.conftest import House, a_house, path_of
from tests.interaction.test_one_video import make
from tests.jobs.samples import FILE, STATES, job
from video_mcp.jobs.store.ledger import open_ledger
from video_mcp.settings import Settings

pytestmark = pytest.mark.anyio

CATALOG = "models://catalog"


async def fill(settings: Settings, count: int) -> list[str]:
    """Write finished videos into the ledger, most of them at the same moment; return their ids, newest first."""
    ids = [f"video_{number:03}" for number in range(count)]
    for folder in (settings.home, settings.output_dir):
        await anyio.Path(folder).mkdir(parents=True, exist_ok=True)
    await anyio.Path(settings.output_dir / FILE.name).write_bytes(bytes(FILE.bytes))
    async with open_ledger(settings.ledger_url, settings.ledger_path) as ledger:
        for number, video_id in enumerate(ids):
            made = job(STATES["completed"], id=video_id, created_at=1000.0 + min(number, 2), finished_at=1100.0)
            await ledger.insert(made, owner="nobody", lease_until=0.0)
        failed = job(STATES["failed"], id="video_failed", created_at=5000.0, finished_at=5100.0)
        await ledger.insert(failed, owner="nobody", lease_until=0.0)
    return ids[::-1]


async def listed(client: Client) -> list[list[str]]:
    pages: list[list[str]] = []
    cursor = None
    while cursor is not None or not pages:
        page = await client.list_resources(cursor=cursor)
        pages.append([str(resource.uri) for resource in page.resources])
        cursor = page.next_cursor
    return pages


async def test_videos_beyond_fifty_stand_on_further_pages(house: House) -> None:
    ids = await fill(house.settings, 120)
    async with house.connect() as client:
        pages = await listed(client)
    uris = [f"video://{video_id}/content" for video_id in ids]
    assert pages == [[CATALOG, *uris[:50]], uris[50:100], uris[100:]]


async def test_fifty_videos_are_one_page(house: House) -> None:
    await fill(house.settings, 50)
    async with house.connect() as client:
        assert [len(page) for page in await listed(client)] == [51]


@pytest.mark.parametrize("cursor", ["", "garbage", "2", base64.urlsafe_b64encode(b"soon video_1").decode()])
async def test_a_cursor_that_is_none_is_refused(house: House, cursor: str) -> None:
    async with house.connect() as client:
        with pytest.raises(MCPError) as refused:
            await client.list_resources(cursor=cursor)
    assert refused.value.error.code == types.INVALID_PARAMS


async def test_a_listed_video_says_what_it_is(house: House) -> None:
    async with house.connect() as client:
        made = await make(client)
        _catalog, video = (await client.list_resources()).resources
    assert made.file is not None
    assert (video.size, video.mime_type, video.title) == (
        made.file.bytes,
        "video/mp4",
        "A paper boat on a rainy street",
    )
    assert video.description is not None
    assert video.description.startswith(f"{made.file.seconds:g} s, {made.file.width}x{made.file.height}, ")
    assert video.annotations is not None
    assert video.annotations.audience == ["user"]
    assert video.annotations.last_modified is not None
    assert video.name.endswith(Path(path_of(made)).suffix)


async def test_the_server_says_who_it_is(house: House) -> None:
    async with house.connect() as client:
        info = client.server_info
    assert info is not None
    assert info.description
    assert info.website_url is not None
    assert info.website_url.startswith("https://")
    assert info.icons
    assert [drawn(shown.src) for shown in info.icons]


def drawn(src: str) -> str:
    """Return the outline that an icon draws, which is an image of its own: no host fetches anything."""
    kind, _, text = src.partition(",")
    assert kind == "data:image/svg+xml"
    assert not set(src) & set(' <>"#')
    svg = ElementTree.fromstring(unquote(text))
    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    return svg[0].attrib["d"]


async def test_every_tool_has_an_icon_of_its_own(house: House) -> None:
    async with house.connect() as client:
        tools = (await client.list_tools()).tools
    assert len({drawn(shown.src) for tool in tools for shown in tool.icons or []}) == len(tools) == 4


async def test_what_stays_the_same_may_be_kept(tmp_path: Path) -> None:
    async with a_house(tmp_path, "auto") as house, house.connect() as client:
        made = await make(client)
        constant = [
            await client.list_tools(),
            await client.list_prompts(),
            await client.list_resource_templates(),
            await client.read_resource(CATALOG),
            await client.read_resource("models://kling-v2-6"),
        ]
        changing = [await client.list_resources(), await client.read_resource(f"video://{made.video_id}")]
    assert all((result.ttl_ms, result.cache_scope) == (600_000, "public") for result in constant)
    assert all((result.ttl_ms, result.cache_scope) == (0, "private") for result in changing)
