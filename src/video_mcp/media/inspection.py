"""What a viewer would notice at once in a finished video: black, one colour, a picture that stops, a silent sound."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from anyio import to_thread

from video_mcp.errors import NotAVideo
from video_mcp.media.decode import demuxable_format, demuxed, read_head
from video_mcp.media.frames import Still, stills

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.container import InputContainer

_SAMPLES = 12
_SAMPLE_PX = 96
_GRID = (32, 32)
_BLACK = 24
_PLAIN = 8
_SAME_MEAN, _SAME_MOST = 0.4, 4
_STOPPED_SECONDS = 1.5
_STOPPED_SHARE = 0.2
_SILENT_PEAK = 33  # of 32768: -60 dB
_SOUND_RATE = 8000
_MOST_SOUND_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One frame in few pixels: red, green and blue in turn, and the time at which it is shown."""

    seconds: float
    pixels: bytes


async def inspect_video(path: Path) -> tuple[str, ...]:
    """Return a sentence for each thing that is odd to see or hear; a file that cannot be decoded has none.

    Raises:
        OSError: If the file cannot be read at all.
    """
    return await to_thread.run_sync(_inspect, path)


def _inspect(path: Path) -> tuple[str, ...]:
    try:
        with path.open("rb") as file:
            shares = [number / (_SAMPLES - 1) for number in range(_SAMPLES)]
            samples = [_sample(still) for still in stills(file, shares, longest_px=_SAMPLE_PX, exact=False)]
            picture = picture_remark(samples)
            return tuple(remark for remark in (picture, _sound_remark(file)) if remark is not None)
    except NotAVideo:
        return ()


def _sample(still: Still) -> Sample:
    # Pillow's stub leaves the size without a type.
    small = still.image.convert("RGB").resize(_GRID)  # pyright: ignore[reportUnknownMemberType]
    return Sample(seconds=still.seconds, pixels=small.tobytes())


def picture_remark(samples: Sequence[Sample]) -> str | None:
    """Return what is odd about a picture that these frames, in the order of their times, stand for. Pure."""
    if all(max(sample.pixels) <= _BLACK for sample in samples):
        return "The picture is black from beginning to end."
    if all(_is_plain(sample.pixels) for sample in samples):
        return "The picture is one plain colour from beginning to end."
    last = samples[-1]
    same = list(takewhile(lambda sample: _is_same(sample.pixels, last.pixels), reversed(samples)))
    since = same[-1].seconds
    if last.seconds - since < max(_STOPPED_SECONDS, last.seconds * _STOPPED_SHARE):
        return None
    if len(same) == len(samples):
        return "The picture does not change from beginning to end."
    return f"The picture does not change after {since:.1f} s."


def _is_plain(pixels: bytes) -> bool:
    return all(max(channel) - min(channel) <= _PLAIN for channel in (pixels[0::3], pixels[1::3], pixels[2::3]))


def _is_same(one: bytes, other: bytes) -> bool:
    differences = [abs(left - right) for left, right in zip(one, other, strict=True)]
    return max(differences) <= _SAME_MOST and sum(differences) <= _SAME_MEAN * len(differences)


def _sound_remark(file: BinaryIO) -> str | None:
    with demuxed(file, demuxable_format(read_head(file))) as container:
        if not container.streams.audio or _has_level(container):
            return None
        return "The sound track is silent."


def _has_level(container: InputContainer) -> bool:
    """Tell whether anything can be heard; a sound whose first minute is silent may still begin."""
    heard_samples = 0
    for frame in _resampled(container):
        samples = array("h", bytes(frame.planes[0])[: frame.samples * 2])
        if samples and (max(samples) >= _SILENT_PEAK or min(samples) <= -_SILENT_PEAK):
            return True
        heard_samples += frame.samples
        if heard_samples > _MOST_SOUND_SECONDS * _SOUND_RATE:
            return True
    return heard_samples == 0


def _resampled(container: InputContainer) -> Iterator[AudioFrame]:
    from av.audio.resampler import AudioResampler  # noqa: PLC0415 - loads FFmpeg, which only a session with files needs

    resampler = AudioResampler(format="s16", layout="mono", rate=_SOUND_RATE)
    for frame in container.decode(audio=0):
        yield from resampler.resample(frame)
