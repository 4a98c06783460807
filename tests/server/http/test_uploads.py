"""Files that callers send in advance: by content, for a day, for whoever has sent them."""

from __future__ import annotations

import base64
import io
import os
import time
import wave
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from PIL import Image

from tests.server.http.serving import BOAT, QUICK, Site, a_replica, a_site
from tests.server.http.test_principals import ALICE, BOB, READER, a_team, code_of
from video_mcp.media.uploads import UPLOAD_SECONDS, FolderPlace, Uploads

pytestmark = pytest.mark.anyio

MATERIAL = {
    "model": "doubao-seedance-2-0-260128",
    "mode": "reference_material",
    "prompt": "A paper boat",
    "seconds": 5,
}
UNKNOWN = f"upload://{'0' * 32}"


def picture(color: str = "red") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (640, 640), color).save(file, "PNG")
    return file.getvalue()


def sound() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
        written.writeframes(b"\0\1" * 24_000)
    return file.getvalue()


async def uploaded(site: Site, content: bytes, token: str | None = None) -> dict[str, Any]:
    async with site.http(token=token) as http:
        answer = await http.post("/uploads", content=content, headers={"Content-Type": "text/plain"})
    assert answer.status_code == 201, answer.text
    return answer.json()


def files_of(folder: Path, name: str = "*") -> list[Path]:
    return [path for path in folder.rglob(name) if path.is_file()]


async def would_send(client: Client, **changes: object) -> dict[str, Any]:
    answer = await client.call_tool("create_video", {**BOAT, **changes, "dry_run": True})
    assert answer.structured_content is not None
    assert not answer.is_error, answer
    return answer.structured_content["would_send"]


async def test_an_upload_is_an_input_on_every_replica_and_equal_by_its_content(tmp_path: Path) -> None:
    async with a_team(tmp_path) as site, a_replica(site.settings, site.simulator) as other:
        first, second = await uploaded(site, picture(), ALICE), await uploaded(site, picture(), ALICE)
        assert first["upload"] != second["upload"]
        assert (first["kind"], first["media_type"], first["bytes"]) == ("image", "image/png", len(picture()))
        async with other.connect(token=ALICE) as alice:
            made = await alice.call_tool("create_video", {**BOAT, "image": first["upload"]})
            assert made.structured_content is not None
            assert made.structured_content["status"] == "completed", made
            again = await alice.call_tool("create_video", {**BOAT, "image": second["upload"]})
            assert again.structured_content is not None
            assert again.structured_content["duplicate_of"] == made.structured_content["video_id"]
            changed = await uploaded(site, picture("blue"), ALICE)
            other_one = await alice.call_tool("create_video", {**BOAT, "image": changed["upload"]})
            assert other_one.structured_content is not None
            assert "duplicate_of" not in other_one.structured_content
        assert len(site.simulator.jobs) == 2


async def test_a_form_and_what_is_refused_about_one(tmp_path: Path) -> None:
    async with a_site(tmp_path) as site, site.http() as http, site.connect() as client:
        sent = await http.post("/uploads", files={"file": ("a.txt", picture(), "text/plain")})
        assert "image" in await would_send(client, image=sent.json()["upload"])
        assert (await http.post("/uploads", files={"file": ("a.txt", b"no picture")})).status_code == 415
        assert (await http.post("/uploads", data={"file": "no file"})).status_code == 415
        broken = {"Content-Type": "multipart/form-data"}
        assert (await http.post("/uploads", content=b"x", headers=broken)).status_code == 400
        refused = await client.call_tool("create_video", {**BOAT, "image": "boat.png"})
        assert "POST /uploads" in refused.model_dump_json()
        as_video = await client.call_tool(
            "create_video", {**MATERIAL, "reference_videos": [sent.json()["upload"]], "dry_run": True}
        )
        assert "not a video" in as_video.model_dump_json()


async def test_images_videos_and_sounds_are_sent_on_as_the_dialect_reads_them(tmp_path: Path) -> None:
    async with a_site(tmp_path, validation="off") as site, site.connect() as client:
        made = await client.call_tool("create_video", BOAT)
        assert made.structured_content is not None
        link = str(made.structured_content["file"]["download_url"])
        async with site.http() as http:
            video = (await http.get(link)).content
        kinds = {"reference_images": picture(), "reference_videos": video, "reference_audios": sound()}
        uploads = {name: await uploaded(site, content) for name, content in kinds.items()}
        assert [upload["kind"] for upload in uploads.values()] == ["image", "video", "audio"]
        references = {name: [upload["upload"]] for name, upload in uploads.items()}
        shown = await client.call_tool("create_video", {**MATERIAL, **references, "dry_run": True})
        assert not shown.is_error, shown
        assert "upload://" not in shown.model_dump_json()
        sent = await client.call_tool("create_video", {**BOAT, "image": references["reference_images"][0]})
        assert not sent.is_error, sent
        body = str(site.simulator.requests.matching("POST", "/v1/videos")[-1].fields)
        assert base64.b64encode(kinds["reference_images"]).decode() in body


async def test_anothers_upload_is_as_unknown_as_one_that_never_was(tmp_path: Path) -> None:
    async with a_team(tmp_path) as site, site.connect(token=BOB) as bob:
        hers = (await uploaded(site, picture(), ALICE))["upload"]
        answers = {
            (await bob.call_tool("create_video", {**BOAT, "image": address, "dry_run": True})).model_dump_json()
            for address in (hers, UNKNOWN, "upload://../../ledger.sqlite3", "upload://")
        }
        assert len(answers) == 1
        assert "no upload of this address is known" in answers.pop()


async def test_what_is_no_medium_or_too_large_or_not_allowed_is_refused(tmp_path: Path) -> None:
    async with a_team(tmp_path, max_upload_bytes=64 * 1024) as site:
        large = picture() + b"\0" * 64 * 1024

        async def pieces() -> AsyncGenerator[bytes]:
            for start in range(0, len(large), 8192):
                yield large[start : start + 8192]

        async with site.http(token=BOB) as http:
            for body in (b"", b"{}", b"<svg/>", b"-----BEGIN PRIVATE KEY-----", b"%PDF-1.7"):
                answer = await http.post("/uploads", content=body)
                assert (answer.status_code, answer.json()["error"]) == (415, "input_refused"), body
            for content in (large, pieces()):
                assert (await http.post("/uploads", content=content)).status_code == 413
            assert (await http.post("/uploads", files={"file": large})).status_code == 413
            assert (await http.get("/uploads")).status_code == 405
        async with site.http() as http:
            assert (await http.post("/uploads", content=picture())).status_code == 401
        async with site.http(token=READER) as http:
            reader = await http.post("/uploads", content=picture())
        assert (reader.status_code, reader.json()["error"]) == (403, "insufficient_scope")
        assert files_of(tmp_path / "home" / "uploads") == []


async def test_an_upload_ends_after_a_day_and_the_disk_forgets_it(tmp_path: Path) -> None:
    source, now = tmp_path / "a.png", time.time()
    source.write_bytes(picture())
    uploads = Uploads(FolderPlace(tmp_path), now=lambda: now)
    old, fresh = await uploads.add("ann", source), await uploads.add("ann", source)
    for path in files_of(tmp_path, old.id):
        os.utime(path, (now - UPLOAD_SECONDS - 1, now - UPLOAD_SECONDS - 1))
    assert await uploads.read("ann", old.id) is None
    assert await uploads.read("ann", fresh.id) == picture()
    assert await uploads.read("bob", fresh.id) is None
    await uploads.remove_expired()
    assert [path.name for path in files_of(tmp_path / "uploads")] == [fresh.id]


async def test_with_object_storage_a_replica_with_a_disk_of_its_own_sees_it(tmp_path: Path) -> None:
    storage = f"file://{tmp_path / 'bucket'}"
    async with a_site(tmp_path, QUICK, storage_url=storage) as site:
        address = (await uploaded(site, picture()))["upload"]
        elsewhere = site.settings.model_copy(update={"output_dir": tmp_path / "elsewhere"})
        async with a_replica(elsewhere, site.simulator) as other, other.connect() as client:
            await would_send(client, image=address)
            assert code_of(await client.call_tool("create_video", {**BOAT, "image": UNKNOWN})) == "input_refused"
            service = await other.opened.context.service()
            for path in files_of(tmp_path / "bucket" / "uploads"):
                os.utime(path, (1.0, 1.0))
            await service.uploads.remove_expired()
            assert code_of(await client.call_tool("create_video", {**BOAT, "image": address})) == "input_refused"
