"""What goes in and what can be seen of what comes out."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import anyio
import mcp_types as types
import pytest
from mcp.shared.exceptions import MCPError
from PIL import Image

from tests.interaction.conftest import Era, House, a_house, path_of
from tests.interaction.test_one_video import job_in, make, text_of
from video_mcp.simulator import SimulatorConfig

pytestmark = pytest.mark.anyio

MOST_PREVIEW_BYTES = 100_000
FRAME: dict[str, object] = {"model": "kling-v2-6", "prompt": "It begins to rain", "mode": "i2v"}


def picture(path: Path, size: tuple[int, int] = (640, 360)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.effect_noise(size, 60).convert("RGB").save(path)
    return path


async def test_a_local_picture_is_read_checked_and_sent_as_the_family_wants_it(house: House) -> None:
    path = picture(house.settings.output_dir / "first.png")
    async with house.connect() as client:
        result = await client.call_tool("create_video", {**FRAME, "image": str(path)})
    assert job_in(result).status == "completed", text_of(result)
    sent = house.simulator.requests.matching("POST", "/v1/videos")[0].fields["image"]
    assert isinstance(sent, str)
    assert base64.b64decode(sent) == path.read_bytes()


async def test_the_next_shot_begins_where_the_last_one_ended(tmp_path: Path, era: Era) -> None:
    large = SimulatorConfig(render_seconds=0.2, max_side=640, poll_after_ms=50)
    async with a_house(tmp_path, era, large) as house, house.connect() as client:
        first = await make(client)
        result = await client.call_tool("create_video", {**FRAME, "image": f"video://{first.video_id}/last-frame"})
        assert job_in(result).status == "completed", text_of(result)
        sent = house.simulator.requests.matching("POST", "/v1/videos")[1].fields["image"]
    assert isinstance(sent, str)
    with Image.open(io.BytesIO(base64.b64decode(sent))) as frame:
        assert (frame.format, frame.size) == ("JPEG", (640, 360))


ASSET: dict[str, object] = {
    "model": "doubao-seedance-2-0-260128",
    "prompt": "She smiles",
    "seconds": 4,
    "reference_images": ["asset://Asset-1"],
}


async def test_an_id_of_the_vendors_library_goes_out_as_it_is(house: House) -> None:
    async with house.connect() as client:
        made = job_in(await client.call_tool("create_video", ASSET))
        again = job_in(await client.call_tool("create_video", ASSET))
        other = job_in(await client.call_tool("create_video", {**ASSET, "reference_images": ["asset://Asset-2"]}))
        refused = await client.call_tool("create_video", {**FRAME, "image": "asset://Asset-1"})
    assert made.status == other.status == "completed"
    assert again.duplicate_of == made.video_id != other.video_id
    bodies = [str(one.fields) for one in house.simulator.requests.matching("POST", "/v1/videos")]
    assert ["asset://Asset-1" in bodies[0], "asset://Asset-2" in bodies[1]] == [True, True]
    assert refused.is_error
    assert "doubao-seedance-2-0-260128" in text_of(refused)


async def test_a_picture_of_a_real_person_is_told_the_way_to_a_face(house: House) -> None:
    async with house.connect() as client:
        result = await client.call_tool("create_video", {**ASSET, "prompt": "She smiles [person]"})
    assert job_in(result).status == "failed"
    assert "a portrait of the vendor's own library" in text_of(result)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("/etc/hostname", "leads outside of the allowed folders"),
        ("missing.png", "Write its full path; files are read from "),
        ("video://video_nobody/content", "No video video_nobody"),
        ("video://x/first-frame", "video://ID/last-frame"),
        ("last_frame", "video://ID/last-frame"),
        ("ftp://host/picture.png", "ftp"),
        ("data:image/png;base64,AAAA", "data: URI"),
    ],
)
async def test_an_input_that_may_not_be_used_is_refused_before_anything_is_sent(
    house: House, given: str, words: str
) -> None:
    async with house.connect() as client:
        result = await client.call_tool("create_video", {**FRAME, "image": given})
    assert result.is_error
    assert words in text_of(result)
    assert len(house.simulator.requests.matching("POST")) == 0


async def test_a_picture_that_the_model_cannot_take_is_refused_with_its_limit(house: House) -> None:
    path = picture(house.settings.output_dir / "tiny.png", (200, 200))
    async with house.connect() as client:
        result = await client.call_tool("create_video", {**FRAME, "image": str(path)})
    assert result.is_error
    assert "at least 300 px" in text_of(result)


async def test_a_picture_that_is_too_large_is_scaled_down_only_when_told(house: House) -> None:
    path = picture(house.settings.output_dir / "huge.png", (3000, 2000))
    assert path.stat().st_size > 10 * 1024**2
    async with house.connect() as client:
        refused = await client.call_tool("create_video", {**FRAME, "image": str(path)})
        fitted = await client.call_tool("create_video", {**FRAME, "image": str(path), "options": {"fit_images": True}})
    assert refused.is_error
    assert "MB" in text_of(refused)
    assert job_in(fitted).status == "completed", text_of(fitted)
    sent = house.simulator.requests.matching("POST", "/v1/videos")[0].fields["image"]
    assert isinstance(sent, str)
    assert len(base64.b64decode(sent)) <= 10 * 1024**2


async def test_equal_bytes_by_another_name_are_the_same_request(house: House) -> None:
    one = picture(house.settings.output_dir / "one.png")
    other = house.settings.output_dir / "sub" / "other.png"
    other.parent.mkdir()
    other.write_bytes(one.read_bytes())
    async with house.connect() as client:
        first = job_in(await client.call_tool("create_video", {**FRAME, "image": str(one)}))
        second = job_in(await client.call_tool("create_video", {**FRAME, "image": str(other)}))
    assert second.duplicate_of == first.video_id
    assert len(house.simulator.jobs) == 1


@pytest.mark.parametrize("kind", ["poster", "storyboard"])
async def test_the_agent_can_see_the_result(house: House, kind: str) -> None:
    async with house.connect() as client:
        made = await make(client)
        result = await client.call_tool("fetch_video", {"video_id": made.video_id, "preview": kind})
        resource = (await client.read_resource(f"video://{made.video_id}/{kind}")).contents[0]
    (image,) = (block for block in result.content if isinstance(block, types.ImageContent))
    raw = base64.b64decode(image.data)
    assert len(raw) <= MOST_PREVIEW_BYTES
    with Image.open(io.BytesIO(raw)) as seen:
        assert seen.format == "JPEG"
    assert made.file is not None
    beside = Path(path_of(made)).with_suffix(f".{kind}.jpg")
    assert beside.read_bytes() == raw
    assert isinstance(resource, types.BlobResourceContents)
    assert base64.b64decode(resource.blob) == raw
    assert result.structured_content is not None
    assert image.data not in str(result.structured_content)


async def test_a_file_that_was_edited_is_noticed_and_never_taken_for_the_video(house: House) -> None:
    async with house.connect() as client:
        made = await make(client)
        assert made.file is not None
        path = anyio.Path(path_of(made))
        original = await path.read_bytes()
        await path.write_bytes(original[:-8] + b"tampered")
        told = job_in(await client.call_tool("get_video_status", {"video_id": made.video_id}))
        with pytest.raises(MCPError, match="not the one that was downloaded"):
            await client.read_resource(f"video://{made.video_id}/content")
        again = job_in(await client.call_tool("fetch_video", {"video_id": made.video_id}))
        resource = (await client.read_resource(f"video://{made.video_id}/content")).contents[0]
    assert any("changed after the download" in warning for warning in told.warnings or [])
    assert again.file is not None
    assert again.file.sha256 == made.file.sha256
    assert await anyio.Path(path_of(again)).read_bytes() == original
    assert isinstance(resource, types.BlobResourceContents)
    assert base64.b64decode(resource.blob) == original
    assert again.warnings is None
    assert len(house.simulator.jobs) == 1


@pytest.mark.parametrize("part", ["content", "poster", "storyboard"])
async def test_a_file_that_is_gone_is_said_to_be_gone(house: House, part: str) -> None:
    async with house.connect() as client:
        made = await make(client)
        assert made.file is not None
        await anyio.Path(path_of(made)).unlink()
        with pytest.raises(MCPError, match=r"not in the library any more.*fetch_video"):
            await client.read_resource(f"video://{made.video_id}/{part}")
        listed = [str(resource.uri) for resource in (await client.list_resources()).resources]
        status = await client.call_tool("get_video_status", {"video_id": made.video_id})
    told = job_in(status)
    assert listed == ["models://catalog"]
    assert not [
        link for link in status.content if isinstance(link, types.ResourceLink) and link.uri.startswith("file:")
    ]
    assert any("file is gone" in warning for warning in told.warnings or [])


async def test_a_link_in_a_videos_place_is_not_followed(house: House, tmp_path: Path) -> None:
    async with house.connect() as client:
        made = await make(client)
        assert made.file is not None
        path, elsewhere = anyio.Path(path_of(made)), tmp_path / "elsewhere.mp4"
        await path.rename(elsewhere)
        await path.symlink_to(elsewhere)
        for part in ("content", "poster", "storyboard"):
            with pytest.raises(MCPError, match="fetch_video"):
                await client.read_resource(f"video://{made.video_id}/{part}")


async def test_the_answer_tells_where_the_video_differs_from_what_was_asked(house: House) -> None:
    async with house.connect() as client:
        made = await make(client, resolution="1080p")
    assert made.warnings is not None
    assert any("requested 1080p, got" in warning for warning in made.warnings)


async def test_the_oldest_videos_make_room_and_their_entries_say_so(tmp_path: Path, era: Era) -> None:
    async with a_house(tmp_path, era, max_library_bytes=30_000) as house, house.connect() as client:
        first = await make(client, prompt="first")
        assert first.file is not None
        saved = job_in(await client.call_tool("fetch_video", {"video_id": first.video_id, "save_as": "kept.mp4"}))
        second = await make(client, prompt="second")
        house.let_files_age()
        third = await make(client, prompt="third")
        with anyio.fail_after(60):
            while (told := job_in(await client.call_tool("get_video_status", {"video_id": second.video_id}))).file:
                await anyio.lowlevel.checkpoint()
        again = job_in(await client.call_tool("fetch_video", {"video_id": second.video_id}))
        fourth = await make(client, prompt="fourth")
        still = job_in(await client.call_tool("get_video_status", {"video_id": second.video_id}))
    assert second.file is not None
    assert third.file is not None
    assert saved.file is not None
    assert await anyio.Path(path_of(saved)).exists()
    assert (told.status, told.file) == ("completed", None)
    assert any("removed to keep the library small" in warning for warning in told.warnings or [])
    assert again.file is not None
    assert fourth.file is not None
    assert still.file is not None
    assert await anyio.Path(path_of(again)).exists()
    assert await anyio.Path(path_of(fourth)).exists()
    assert len(house.simulator.jobs) == 4
