from __future__ import annotations

import io
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from video_mcp.errors import NotAVideo
from video_mcp.media.frames import key_stills
from video_mcp.media.inspection import Sample, examine, examine_file, picture_remark
from video_mcp.media.measurements import VideoFacts
from video_mcp.media.probe import probe
from video_mcp.media.sniff import HEAD_BYTES
from video_mcp.media.stillness import EncodedPicture, still_since, surely_still_since

from .samples import Clip, MakeClip, flipped

pytestmark = pytest.mark.anyio

LARGE = Clip(seconds=10, size=(640, 360), keyframe_every=1000)
DECODES_MORE = "the pictures between them are decoded"

PLAIN = "The picture is one plain colour from beginning to end."
NOISE = [bytes((number * 37 + shift * 11) % 256 for number in range(3072)) for shift in range(12)]


def sampled(frames: list[bytes], seconds: float = 10) -> list[Sample]:
    return [Sample(seconds=seconds * at / (len(frames) - 1), pixels=pixels) for at, pixels in enumerate(frames)]


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        (NOISE, None),
        ([bytes(3072)] * 12, "black from beginning"),
        ([bytes([10, 12, 9] * 1024)] * 12, "black from beginning"),
        ([bytes([200, 20, 90] * 1024)] * 12, "one plain colour"),
        ([bytes([at * 20, 20, 90] * 1024) for at in range(12)], "one plain colour"),
        ([NOISE[0]] * 12, "does not change from beginning"),
        ([*NOISE[:4], *[NOISE[4]] * 8], "does not change after 3.6 s"),
        ([bytes(3072), *NOISE[1:]], None),
        ([*NOISE[:11], NOISE[10]], None),
        ([bytes(3072)] * 6 + NOISE[:6], None),
    ],
)
def test_a_picture_is_judged_by_a_few_frames(frames: list[bytes], expected: str | None) -> None:
    remark = picture_remark(sampled(frames))

    assert (remark is None) if expected is None else (expected in (remark or ""))


def encoded(sizes: str) -> list[EncodedPicture]:
    """Return one picture a second: `K` is a key frame, `M` one that moves, `.` one that repeats."""
    large = {"K": 60_000, "M": 9_000, ".": 90}
    return [EncodedPicture(seconds=at, bytes=large[size], is_key=size == "K") for at, size in enumerate(sizes)]


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ("KMMMMMMMMM", None),
        ("KMM.....", 3),
        ("KMM..K..K.", 3),
        ("K.......", 0),
        ("KM....M", None),
        ("KKKKKK", None),
        ("KMMK", None),
        ("", None),
    ],
)
def test_a_picture_that_repeats_itself_is_known_by_its_size(sizes: str, expected: float | None) -> None:
    assert still_since(encoded(sizes), 1920 * 1080) == expected


@pytest.mark.parametrize(
    ("sizes", "small", "expected"),
    [
        ("KMMMMMMMMM", 90, None),
        ("KMM.....", 90, 3),
        ("KMM..K..K.", 90, 3),
        ("K.......", 90, 1),
        ("KMM.....M", 90, None),
        ("KMMMMMMMM.", 90, None),
        ("KMM.....", 4000, 3),
        ("", 90, None),
    ],
)
def test_sizes_alone_prove_that_a_picture_stands_still(sizes: str, small: int, expected: float | None) -> None:
    pictures = [
        replace(picture, bytes=small) if size == "." else picture
        for picture, size in zip(encoded(sizes), sizes, strict=True)
    ]

    assert surely_still_since(pictures, 1920 * 1080) == expected


def test_small_pictures_of_unequal_size_prove_nothing() -> None:
    pictures = [replace(picture, bytes=600 + 400 * (at % 3)) for at, picture in enumerate(encoded("." * 60))]

    assert surely_still_since(pictures, 1920 * 1080) is None


def test_a_last_picture_that_stays_is_a_stop() -> None:
    *moving, last = encoded("KMMM")

    assert surely_still_since([*moving, replace(last, duration_seconds=5)], 1920 * 1080) == 3


@pytest.mark.parametrize(
    ("clip", "expected", "decodes_more"),
    [
        (replace(LARGE, noise=True, shape_until=4), "after 4.", False),
        (replace(LARGE, shape_until=4), "after 4.", True),
        (replace(LARGE, shape_until=4, keyframe_every=24), "after 5.0 s.", False),
        (replace(LARGE, shape_until=10), None, False),
    ],
)
async def test_a_large_clip_that_stops_is_known_without_decoding_it(
    make_clip: MakeClip,
    clip: Clip,
    expected: str | None,
    decodes_more: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG):
        remarks = (await examine(make_clip("a.mp4", clip))).warnings

    assert (DECODES_MORE in caplog.text) == decodes_more
    assert remarks == () if expected is None else expected in remarks[0]


async def test_key_frames_are_found_at_their_own_time(make_clip: MakeClip) -> None:
    times = [number * 11 / 24 for number in range(4)]
    with make_clip("a.mp4", Clip(seconds=2, keyframe_every=11, preset="veryfast")).open("rb") as file:
        assert [still.seconds for still in key_stills(file, times, longest_px=64)] == pytest.approx(times)


@pytest.mark.parametrize("keyframe_every", [1000, 12])
async def test_a_picture_that_moves_costs_a_few_key_frames(
    make_clip: MakeClip, keyframe_every: int, caplog: pytest.LogCaptureFixture
) -> None:
    clip = Clip(seconds=5, size=(320, 180), noise=True, keyframe_every=keyframe_every)

    with caplog.at_level(logging.DEBUG):
        await examine(make_clip("a.mp4", clip))
    assert DECODES_MORE not in caplog.text


async def test_key_frames_that_look_odd_are_looked_at_closer(
    make_clip: MakeClip, caplog: pytest.LogCaptureFixture
) -> None:
    clip = Clip(seconds=5, size=(64, 64), noise=True, keyframe_every=1, brightness=0.05)

    with caplog.at_level(logging.DEBUG):
        remarks = (await examine(make_clip("a.mp4", clip))).warnings

    assert DECODES_MORE in caplog.text
    assert remarks == ("The picture is black from beginning to end.",)


@pytest.mark.parametrize(
    ("name", "clip", "expected"),
    [
        ("a.mp4", Clip(seconds=6, shape_until=6, sound=True), ()),
        ("a.mp4", Clip(seconds=6, shape_until=2, sound=True), ("The picture does not change after 2.2 s.",)),
        (
            "a.webm",
            Clip(seconds=6, codec="libvpx", shape_until=0),
            ("The picture does not change from beginning to end.",),
        ),
        ("a.mp4", Clip(seconds=3, shape_until=3, sound=True, loudness=0), ("The sound track is silent.",)),
        ("a.mp4", Clip(seconds=3, sound=True, loudness=2), (PLAIN, "The sound track is silent.")),
        ("a.ts", Clip(seconds=3), (PLAIN,)),
    ],
)
async def test_a_finished_file_is_looked_at_and_listened_to(
    make_clip: MakeClip, name: str, clip: Clip, expected: tuple[str, ...]
) -> None:
    assert (await examine(make_clip(name, clip))).warnings == expected


class CountedFile(io.BytesIO):
    """A file that counts how often its first bytes are read, as whoever opens a container does."""

    openings = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.openings += size == HEAD_BYTES
        return super().read(size)


@pytest.mark.parametrize("keyframe_every", [1000, 12])
async def test_a_video_with_nothing_odd_is_opened_once_and_for_its_key_frames_again(
    make_clip: MakeClip, keyframe_every: int
) -> None:
    clip = Clip(seconds=3, size=(320, 180), noise=True, sound=True, keyframe_every=keyframe_every)
    file = CountedFile(make_clip("a.mp4", clip).read_bytes())

    assert examine_file(file).warnings == ()
    assert file.openings == (1 if keyframe_every > 72 else 2)


@pytest.mark.parametrize(
    ("name", "clip"),
    [
        ("a.mp4", Clip(seconds=3, sound=True)),
        ("b.mp4", Clip(seconds=3, sound=True, muxing=(("movflags", "+faststart"),))),
        ("c.mp4", Clip(seconds=3, muxing=(("movflags", "frag_keyframe+empty_moov"),))),
        ("a.mov", Clip(seconds=3)),
        ("a.webm", Clip(seconds=3, sound=True, codec="libvpx-vp9")),
        ("a.mkv", Clip(seconds=3, sound=True)),
        ("a.ts", Clip(seconds=3)),
        ("a.flv", Clip(seconds=3)),
        ("a.avi", Clip(seconds=3, codec="mpeg4")),
        ("a.wmv", Clip(seconds=3, codec="mpeg4")),
        ("a.mpg", Clip(seconds=3, codec="mpeg2video")),
    ],
)
async def test_one_pass_measures_what_a_look_at_the_end_does(make_clip: MakeClip, name: str, clip: Clip) -> None:
    path = make_clip(name, clip)
    content = path.read_bytes()
    cuts = [content[: round(len(content) * share)] for share in (1.0, 0.99, 0.9, 0.6, 0.3)]
    for cut in cuts:
        path.write_bytes(cut)
        assert await _facts_or_refusal(examine, path) == await _facts_or_refusal(probe, path)
    for seed in range(60):
        path.write_bytes(flipped(content, seed))
        at_the_end = await _facts_or_refusal(probe, path)
        assert isinstance(at_the_end, str) or await _facts_or_refusal(examine, path) == at_the_end


async def _facts_or_refusal(look: Callable[[Path], Awaitable[VideoFacts]], path: Path) -> VideoFacts | str:
    try:
        return replace(await look(path), warnings=())
    except NotAVideo as error:
        return type(error).__name__
