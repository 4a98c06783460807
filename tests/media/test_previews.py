from __future__ import annotations

import io
import os
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path
from typing import cast

import pytest
from PIL import Image, ImageChops

from video_mcp.errors import FileUnavailable, NotAVideo
from video_mcp.media.frames import stills
from video_mcp.media.previews import (
    MAX_PREVIEW_BYTES,
    last_frame,
    poster,
    poster_path,
    storyboard,
    storyboard_path,
    time_code,
)
from video_mcp.media.stored_file import StoredFile

from .samples import Clip, MakeClip, last_still_in, link, stills_in, stored

pytestmark = pytest.mark.anyio

TWELVE = [tile / 11 for tile in range(12)]


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    assert image.format == "JPEG"
    return image


def red(image: Image.Image) -> int:
    pixel = image.convert("RGB").getpixel((image.width // 2, image.height // 2))
    assert isinstance(pixel, tuple)
    return int(pixel[0])


async def test_a_poster_is_one_frame_from_inside_the_video(make_clip: MakeClip) -> None:
    video = make_clip("a.mp4", Clip(seconds=4, size=(1280, 720)))

    image = opened(await poster(stored(video)))

    assert image.size == (1024, 576)
    assert red(image) == pytest.approx(62, abs=6)


async def test_a_storyboard_shows_twelve_frames_in_order(make_clip: MakeClip) -> None:
    video = make_clip("a.mp4", Clip(seconds=6, size=(640, 360)))

    image = opened(await storyboard(stored(video)))

    assert image.size == (4 * 324 - 4, 3 * 204 - 4)
    middles = [(324 * column + 160, 204 * row + 90) for row in range(3) for column in range(4)]
    reds = [red(image.crop((x - 5, y - 5, x + 5, y + 5))) for x, y in middles]
    assert all(later > earlier for earlier, later in pairwise(reds))
    assert reds[0] < 10
    assert reds[-1] > 240


async def test_the_frames_of_a_storyboard_are_evenly_spaced(make_clip: MakeClip) -> None:
    shots = stills_in(make_clip("a.mp4", Clip(seconds=6)), TWELVE, longest_px=64, exact=False)

    gaps = [later.seconds - earlier.seconds for earlier, later in pairwise(shots)]
    assert len(gaps) == 11
    assert max(gaps) - min(gaps) < 2.1 / 24


async def test_a_time_code_covers_nothing_of_its_frame(make_clip: MakeClip) -> None:
    video = make_clip("a.mp4", Clip(seconds=6, size=(640, 360)))
    first = stills_in(video, [0.0], longest_px=320, exact=True)[0].image

    shown = opened(await storyboard(stored(video))).crop((0, 0, 320, 180)).convert("RGB")

    difference = ImageChops.difference(shown, first.convert("RGB"))
    assert max(most for _least, most in cast("tuple[tuple[int, int], ...]", difference.getextrema())) < 40


async def test_upright_films_stand_in_wider_rows(make_clip: MakeClip) -> None:
    image = opened(await storyboard(stored(make_clip("a.mp4", Clip(seconds=2, size=(72, 128))))))

    assert image.size == (6 * 76 - 4, 2 * 152 - 4)


async def test_a_film_stored_lying_down_is_shown_upright(make_clip: MakeClip) -> None:
    video = make_clip("a.mp4", Clip(size=(128, 72), turned=90))

    assert opened(await poster(stored(video))).size == (72, 128)
    assert opened(await last_frame(stored(video))).size == (72, 128)


@pytest.mark.parametrize(("frames", "tiles"), [(1, 1), (2, 2), (5, 5)])
async def test_a_short_clip_shows_no_frame_twice(make_clip: MakeClip, frames: int, tiles: int) -> None:
    video = make_clip("a.mp4", Clip(seconds=frames / 24))

    found = stills_in(video, TWELVE, longest_px=64, exact=False)

    assert len(found) == tiles
    assert opened(await storyboard(stored(video))).width == min(tiles, 4) * 132 - 4


async def test_the_busiest_picture_fits(make_clip: MakeClip) -> None:
    video = make_clip("a.mp4", Clip(seconds=0.5, size=(1280, 720), noise=True))

    for content in (await poster(stored(video)), await storyboard(stored(video))):
        assert len(content) <= MAX_PREVIEW_BYTES


@pytest.mark.parametrize(
    ("name", "clip"),
    [
        ("a.mp4", Clip(seconds=10, keyframe_every=1000)),
        ("a.mp4", Clip(seconds=10, keyframe_every=12)),
        ("a.webm", Clip(seconds=10, codec="libvpx", keyframe_every=48)),
        ("a.mp4", Clip(seconds=10, sound=True, muxing=(("movflags", "frag_keyframe+empty_moov"),))),
    ],
)
async def test_frames_are_where_their_times_say(make_clip: MakeClip, name: str, clip: Clip) -> None:
    found = stills_in(make_clip(name, clip), TWELVE, longest_px=64, exact=False)

    assert len(found) == 12
    for wanted, still in zip(TWELVE, found, strict=True):
        assert still.seconds == pytest.approx(10 * wanted, abs=0.5)
        assert red(still.image) == pytest.approx(250 * still.seconds / (10 - 1 / 24), abs=9)


async def test_an_exact_frame_is_the_one_at_that_time(make_clip: MakeClip) -> None:
    video = make_clip("a.mp4", Clip(seconds=10, keyframe_every=100))

    [still] = stills_in(video, [0.5], longest_px=64, exact=True)

    assert still.seconds == pytest.approx(5, abs=1 / 24)


async def test_a_shorter_film_of_one_key_frame_is_walked_through_once(make_clip: MakeClip) -> None:
    video = make_clip("a.mp4", Clip(seconds=50, size=(32, 32), keyframe_every=10_000))

    assert len(stills_in(video, TWELVE, longest_px=32, exact=True)) == 12


async def test_a_film_of_one_key_frame_costs_no_more_than_the_budget(make_clip: MakeClip) -> None:
    video = make_clip("a.mp4", Clip(seconds=100, size=(32, 32), keyframe_every=10_000))

    found = stills_in(video, TWELVE, longest_px=32, exact=False)

    assert 1 < len(found) < 12
    assert found[-1].seconds <= 1500 / 24


async def test_the_last_frame_is_the_very_last_in_full_size(make_clip: MakeClip) -> None:
    video = make_clip("a.mp4", Clip(seconds=3, size=(640, 360), sound=True))

    image = opened(await last_frame(stored(video)))

    assert image.size == (640, 360)
    assert red(image) == pytest.approx(250, abs=4)
    assert last_still_in(video).seconds == pytest.approx(3 - 1 / 24, abs=0.001)


async def test_previews_are_kept_beside_the_video_and_reused(make_clip: MakeClip) -> None:
    video = make_clip("a.mp4", Clip())
    made = await poster(stored(video)), await storyboard(stored(video))

    assert (poster_path(video).name, storyboard_path(video).name) == ("a.poster.jpg", "a.storyboard.jpg")
    assert (poster_path(video).read_bytes(), storyboard_path(video).read_bytes()) == made
    poster_path(video).write_bytes(b"\xff\xd8\xffkept")
    assert await poster(stored(video)) == b"\xff\xd8\xffkept"


@pytest.mark.parametrize("content", [b"", b"no jpeg", b"\xff\xd8\xff" + bytes(MAX_PREVIEW_BYTES)])
async def test_a_preview_that_is_not_ours_is_made_anew(make_clip: MakeClip, content: bytes) -> None:
    video = make_clip("a.mp4", Clip())
    poster_path(video).write_bytes(content)

    assert opened(await poster(stored(video))).size == (128, 72)


async def test_a_preview_older_than_its_video_is_made_anew(make_clip: MakeClip) -> None:
    video = make_clip("a.mp4", Clip())
    poster_path(video).write_bytes(b"\xff\xd8\xffold")
    os.utime(poster_path(video), (1, 1))

    assert opened(await poster(stored(video))).size == (128, 72)


async def test_a_place_that_cannot_be_written_costs_the_file_not_the_answer(make_clip: MakeClip) -> None:
    video = make_clip("a.mp4", Clip())
    poster_path(video).mkdir()

    assert opened(await poster(stored(video))).size == (128, 72)
    assert [path.name for path in video.parent.iterdir() if path.suffix == ".tmp"] == []


@pytest.mark.parametrize("make", ["poster", "storyboard", "last_frame"])
async def test_what_is_no_video_has_no_preview(make_clip: MakeClip, tmp_path: Path, make: str) -> None:
    ask = {"poster": poster, "storyboard": storyboard, "last_frame": last_frame}[make]
    page = tmp_path / "page.mp4"
    page.write_bytes(b"<html>")

    with pytest.raises(NotAVideo, match="HTML"):
        await ask(stored(page))
    with pytest.raises(NotAVideo, match="no moving picture"):
        await ask(stored(make_clip("sound.m4a", Clip(pictures=False, sound=True))))
    with pytest.raises(FileUnavailable, match="not in the library any more"):
        await ask(StoredFile(path=tmp_path / "gone.mp4", size_bytes=0, sha256=""))


@pytest.mark.parametrize("make", [poster, storyboard, last_frame])
@pytest.mark.parametrize("other", [b"<html>", Clip(shape_until=0.0)], ids=["page", "video"])
async def test_of_other_bytes_there_is_no_preview(
    make_clip: MakeClip, make: Callable[[StoredFile], Awaitable[bytes]], other: bytes | Clip
) -> None:
    video = make_clip("a.mp4", Clip())
    file = stored(video)
    content = other if isinstance(other, bytes) else make_clip("b.mp4", other).read_bytes()
    video.write_bytes(content.ljust(file.size_bytes, b"\0")[: file.size_bytes])

    with pytest.raises(FileUnavailable, match="not the one that was downloaded"):
        await make(file)
    assert not list(video.parent.glob("*.jpg"))


async def test_a_link_in_the_place_of_a_preview_is_not_followed(make_clip: MakeClip, tmp_path: Path) -> None:
    video = make_clip("a.mp4", Clip())
    (tmp_path / "private.jpg").write_bytes(b"\xff\xd8\xffprivate")
    link(poster_path(video), tmp_path / "private.jpg")

    assert b"private" not in await poster(stored(video))


async def test_a_link_in_the_place_of_a_video_is_not_followed(make_clip: MakeClip) -> None:
    video = make_clip("a.mp4", Clip())
    file = stored(video)
    video.rename(video.with_name("b.mp4"))
    link(video, video.with_name("b.mp4"))

    with pytest.raises(FileUnavailable):
        await poster(file)
    assert file.state() == "changed"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0.0 s"), (3.24, "3.2 s"), (59.94, "59.9 s"), (59.96, "1:00"), (64, "1:04"), (3723, "1:02:03")],
)
async def test_times_read_as_on_a_film(seconds: float, expected: str) -> None:
    assert time_code(seconds) == expected


class CountedFile(io.BytesIO):
    """A file that counts the bytes that are read of it."""

    bytes_read = 0

    def read(self, size: int | None = -1, /) -> bytes:
        content = super().read(size)
        self.bytes_read += len(content)
        return content


def test_a_storyboard_of_a_long_film_reads_and_decodes_little_but_key_frames(make_clip: MakeClip) -> None:
    clip = Clip(seconds=60, fps=2, size=(320, 180), noise=True, keyframe_every=4)
    content = make_clip("a.mp4", clip).read_bytes()
    file = CountedFile(content)

    found = stills(file, TWELVE, longest_px=64, exact=False)

    # A key frame each two seconds, twelve of 120 pictures; and the last ones, up to the end.
    assert [still.seconds for still in found] == [0, 4, 10, 16, 20, 26, 32, 36, 42, 48, 54, 59.5]
    assert file.bytes_read < 0.22 * len(content)
