"""Finished videos for callers who do not share the server's disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.server.http.serving import BOAT, QUICK, a_replica, a_site
from video_mcp.server.http.files import signature_of

pytestmark = pytest.mark.anyio


async def test_a_finished_video_comes_as_a_link_that_a_replica_serves_without_a_path_in_sight(tmp_path: Path) -> None:
    async with a_site(tmp_path, QUICK) as site, site.connect() as client:
        made = await client.call_tool("create_video", BOAT)
        listed = await client.call_tool("get_video_status", {})
        read = await client.read_resource(f"video://{(made.structured_content or {})['video_id']}")
        assert made.structured_content is not None
        file = made.structured_content["file"]
        assert "path" not in file
        assert "expires_at" in file
        for answer in (made, listed, read):
            assert str(tmp_path) not in answer.model_dump_json()
        link = httpx2.URL(file["download_url"])
        async with site.http() as http, a_replica(site.settings, site.simulator) as other:
            video = await http.get(link)
            assert (video.status_code, len(video.content), video.headers["content-type"]) == (
                200,
                file["bytes"],
                "video/mp4",
            )
            elsewhere = await http.get(link.copy_with(port=httpx2.URL(other.origin).port))
            assert elsewhere.content == video.content
            part = await http.get(link, headers={"Range": "bytes=10-19"})
            assert (part.status_code, part.content) == (206, video.content[10:20])
            beyond = await http.get(link, headers={"Range": f"bytes={file['bytes']}-"})
            assert beyond.status_code == 416
            head = await http.head(link)
            assert (head.status_code, head.headers["content-length"], head.content) == (200, str(file["bytes"]), b"")
            assert head.headers["cache-control"] == "private, no-store"
            # The same on every replica, whenever its copy was made.
            assert head.headers["etag"] == f'"{file["sha256"]}"'
            known = await http.get(link, headers={"If-None-Match": head.headers["etag"]})
            assert (known.status_code, known.content) == (304, b"")
            for wrong in ("video_0", made.structured_content["video_id"]):
                for query in (f"expires={link.params['expires']}&signature=00", "expires=x&signature=", ""):
                    assert (await http.get(f"/files/{wrong}/a.mp4?{query}")).status_code == 403
            past = signature_of(site.opened.context.secret, made.structured_content["video_id"], 1_000_000_000)
            old = f"/files/{made.structured_content['video_id']}/a.mp4?expires=1000000000&signature={past}"
            assert (await http.get(old)).status_code == 403
            for path in (tmp_path / "videos").rglob("*.mp4"):
                path.unlink()
            assert (await http.get(link)).status_code == 404


async def test_a_link_has_the_public_address(tmp_path: Path) -> None:
    async with a_site(tmp_path, QUICK, public_url="http://localhost:1/team") as site, site.connect() as client:
        made = (await client.call_tool("create_video", BOAT)).structured_content
        assert made is not None
        assert made["file"]["download_url"].startswith(f"http://localhost:1/team/files/{made['video_id']}/")


@pytest.mark.parametrize("is_stored", [False, True], ids=["on this disk", "in a shared folder"])
async def test_a_film_comes_as_a_link_too(tmp_path: Path, is_stored: bool) -> None:
    settings = {"storage_url": f"file://{tmp_path / 'bucket'}"} if is_stored else {}
    async with a_site(tmp_path, QUICK, **settings) as site, site.connect() as client, site.http() as http:
        ids: list[str] = [
            ((await client.call_tool("create_video", {**BOAT, "prompt": prompt})).structured_content or {})["video_id"]
            for prompt in ("One boat", "Two boats")
        ]
        arguments: dict[str, Any] = {"video_id": ids[0], "join": [ids[1]], "preview": "poster"}
        film = await client.call_tool("fetch_video", arguments)
        assert str(tmp_path) not in film.model_dump_json()
        answer: dict[str, Any] = film.structured_content or {}
        file: dict[str, Any] = answer["file"]
        link = httpx2.URL(file["download_url"])
        got = await http.get(link)
        assert (got.status_code, len(got.content), got.headers["content-type"]) == (200, file["bytes"], "video/mp4")
        for wrong in (f"{link.path[:-5]}0.mp4", "/files/film/ledger.sqlite3", f"/files/{ids[0]}/{link.path[-25:]}"):
            assert (await http.get(link.copy_with(path=wrong))).status_code == 403
