"""What a viewer would notice at once in a finished video: black, one colour, a picture that stops, a silent sound."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from anyio import to_thread

from video_mcp.errors import NotAVideo
from video_mcp.media.decode import demuxable_format, demuxed, read_head
from video_mcp.media.frames import Still, key_stills, still_at, stills, tail_frames
from video_mcp.media.measurements import VideoFacts
from video_mcp.media.probe import surveyed_facts
from video_mcp.media.stillness import (
    EncodedPicture,
    end_seconds,
    shortest_stop_seconds,
    still_since,
    surely_still_since,
)
from video_mcp.media.survey import Survey

if TYPE_CHECKING:
    from PIL.Image import Image

logger = logging.getLogger(__name__)

_SAMPLES = 12
_KEY_FRAMES = 3
_SAMPLE_PX = 96
_GRID = (32, 32)
_BLACK = 24
_PLAIN = 8
_SAME_MEAN, _SAME_MOST = 0.4, 4
_ALIKE_MEAN, _ALIKE_MOST = 1.5, 16
_SETTLED_SECONDS = 0.8  # encoders sharpen a picture for some frames after it stopped
_AFFORDABLE_PIXELS = 50_000_000  # about 25 frames of 1080p: a tenth of a second


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One frame in few pixels: red, green and blue in turn, and the time at which it is shown."""

    seconds: float
    pixels: bytes


async def examine(path: Path) -> VideoFacts:
    """Probe a finished video, and return with its facts what is odd to see or hear in it, one sentence each.

    Raises:
        NotAVideo: If the file is plainly no media.
        UnreadableVideo: If it is damaged, cut short, or nothing that can be decoded here.
        OSError: If the file cannot be read at all.
    """
    return await to_thread.run_sync(_examine, path)


def _examine(path: Path) -> VideoFacts:
    with path.open("rb") as file:
        return examine_file(file)


def examine_file(file: BinaryIO) -> VideoFacts:
    """Return the same of an open file. Blocks: use a thread."""
    name = demuxable_format(read_head(file))
    with demuxed(file, name) as container:
        facts, survey = surveyed_facts(container, name)
    remarks = () if survey is None else _remarks(file, survey)
    return replace(facts, warnings=(*facts.warnings, *remarks))


def _remarks(file: BinaryIO, survey: Survey) -> tuple[str, ...]:
    """Return what is odd to see or hear; a file that cannot be decoded any further has none."""
    picture = None
    with suppress(NotAVideo):
        picture = _picture_remark(file, survey)
    sound = None if survey.sound.is_heard else "The sound track is silent."
    return tuple(remark for remark in (picture, sound) if remark is not None)


def _picture_remark(file: BinaryIO, survey: Survey) -> str | None:
    """Decode a few key frames; only where they or the encoded sizes look odd, the pictures between them."""
    if survey.pixels * len(survey.pictures) > _AFFORDABLE_PIXELS:
        since = surely_still_since(survey.pictures, survey.pixels)
        if since is not None:
            return _standing_remark(file, survey, since)
    looks_odd = _may_stand_still(survey.pictures, survey.pixels) or _key_frames_look_odd(file, survey.pictures)
    return _sampled_remark(file) if looks_odd else None


def _sampled_remark(file: BinaryIO) -> str | None:
    logger.debug("the key frames look odd: the pictures between them are decoded")
    shares = [number / (_SAMPLES - 1) for number in range(_SAMPLES)]
    return picture_remark([_sample(shot) for shot in stills(file, shares, longest_px=_SAMPLE_PX, exact=False)])


def _standing_remark(file: BinaryIO, survey: Survey, since: float) -> str | None:
    """Judge a picture whose sizes say that nothing moves from `since` on: only a key frame could still change it."""
    if _tail_changes(file, survey, since):
        return _sampled_remark(file)
    end = end_seconds(survey.pictures)
    samples = _around_stop(file, survey, since)
    if not samples:
        return _stopped(since)
    same = list(takewhile(lambda sample: _is_alike(sample.pixels, samples[-1].pixels), reversed(samples)))
    begin = same[-1].seconds
    if len(same) == len(samples) and begin <= 0:
        return picture_remark([same[-1], Sample(seconds=end, pixels=same[-1].pixels)])
    return _stopped(begin) if end - begin >= shortest_stop_seconds(end) else None


def _tail_changes(file: BinaryIO, survey: Survey, since: float) -> bool:
    last_key = max((picture.seconds for picture in survey.pictures if picture.is_key), default=0.0)
    images = tail_frames(file, last_key, max(since, last_key) + _SETTLED_SECONDS, longest_px=_SAMPLE_PX)
    pixels = [_grid(image) for image in images or ()]
    return not all(_differ_at_most(one, pixels[0], mean=_SAME_MEAN, most=_ALIKE_MOST) for one in pixels)


def _around_stop(file: BinaryIO, survey: Survey, since: float) -> list[Sample]:
    """Return the picture before and at the stop, if decoding up to it is affordable, and key frames after it."""
    keys = [picture.seconds for picture in survey.pictures if picture.is_key]
    before = max((seconds for seconds in keys if seconds <= since), default=since)
    later = _spread([seconds for seconds in keys if seconds > since])
    shots = key_stills(file, later, longest_px=_SAMPLE_PX)
    passed = sum(before <= picture.seconds <= since for picture in survey.pictures)
    if passed * survey.pixels <= _AFFORDABLE_PIXELS:
        at_stop = still_at(file, since, longest_px=_SAMPLE_PX)
        shots = [*key_stills(file, [before], longest_px=_SAMPLE_PX), *at_stop, *shots]
    return [_sample(shot) for shot in shots]


def _stopped(since: float) -> str:
    return f"The picture does not change after {since:.1f} s."


def _may_stand_still(pictures: Sequence[EncodedPicture], pixels: int) -> bool:
    since = still_since(pictures, pixels)
    if since is None:
        return False
    end = max(picture.seconds for picture in pictures)
    return end - since >= shortest_stop_seconds(end) * 0.9


def _spread(times: Sequence[float]) -> list[float]:
    """Return the first, the last and one between; fewer if there are fewer."""
    count = min(_KEY_FRAMES, len(times))
    return [times[number * (len(times) - 1) // max(1, count - 1)] for number in range(count)]


def _key_frames_look_odd(file: BinaryIO, pictures: Sequence[EncodedPicture]) -> bool:
    times = [picture.seconds for picture in pictures if picture.is_key]
    if len(times) < 2:
        return False
    shots = key_stills(file, _spread(times), longest_px=_SAMPLE_PX)
    return len(shots) > 1 and picture_remark([_sample(shot) for shot in shots]) is not None


def _sample(still: Still) -> Sample:
    return Sample(seconds=still.seconds, pixels=_grid(still.image))


def _grid(image: Image) -> bytes:
    # Pillow's stub leaves the size without a type.
    return image.convert("RGB").resize(_GRID).tobytes()  # pyright: ignore[reportUnknownMemberType]


def picture_remark(samples: Sequence[Sample]) -> str | None:
    """Return what is odd about a picture that these frames, in the order of their times, stand for. Pure."""
    if all(max(sample.pixels) <= _BLACK for sample in samples):
        return "The picture is black from beginning to end."
    if all(_is_plain(sample.pixels) for sample in samples):
        return "The picture is one plain colour from beginning to end."
    last = samples[-1]
    same = list(takewhile(lambda sample: _is_same(sample.pixels, last.pixels), reversed(samples)))
    since = same[-1].seconds
    if last.seconds - since < shortest_stop_seconds(last.seconds):
        return None
    if len(same) == len(samples):
        return "The picture does not change from beginning to end."
    return _stopped(since)


def _is_plain(pixels: bytes) -> bool:
    return all(max(channel) - min(channel) <= _PLAIN for channel in (pixels[0::3], pixels[1::3], pixels[2::3]))


def _is_same(one: bytes, other: bytes) -> bool:
    return _differ_at_most(one, other, mean=_SAME_MEAN, most=_SAME_MOST)


def _is_alike(one: bytes, other: bytes) -> bool:
    """Say whether two frames show one picture, each encoded anew."""
    return _differ_at_most(one, other, mean=_ALIKE_MEAN, most=_ALIKE_MOST)


def _differ_at_most(one: bytes, other: bytes, *, mean: float, most: int) -> bool:
    differences = [abs(left - right) for left, right in zip(one, other, strict=True)]
    return max(differences) <= most and sum(differences) <= mean * len(differences)
