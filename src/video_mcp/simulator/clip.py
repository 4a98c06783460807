"""A real MP4 for a job: H.264 and AAC, the prompt drawn on a moving picture."""

# PyAV's stubs leave parts of encode, mux and add_stream unknown.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import array
import hashlib
import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av import AudioFrame, AudioStream, VideoFrame, VideoStream
    from av.container import OutputContainer

    from video_mcp.simulator.picture import Picture

FRAMES_PER_SECOND = 24
_SAMPLE_RATE = 48_000
_SAMPLES_PER_FRAME = 1024
_TONE_AMPLITUDE = 6000
_LOWEST_TONE_PERIOD = 160
_TONES = 80


class RenderingStopped(Exception):
    """The simulator closes: no request waits for this clip any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipPlan:
    """Everything that decides a clip's bytes; equal plans give equal files."""

    prompt: str
    caption: str
    width: int
    height: int
    seconds: int
    with_audio: bool = True

    @property
    def key(self) -> str:
        """A name for the file of this plan."""
        return hashlib.sha256(repr(self).encode("utf-8", "backslashreplace")).hexdigest()[:32]

    @property
    def frame_count(self) -> int:
        """How many pictures the clip has."""
        return self.seconds * FRAMES_PER_SECOND


def render_clip(plan: ClipPlan, path: Path, stop: Event) -> None:
    """Encode a clip to a file, blocking; raise RenderingStopped within a frame once `stop` is set."""
    import av  # noqa: PLC0415 - loads FFmpeg, which only a simulator that delivers bytes needs

    from video_mcp.simulator.picture import Picture  # noqa: PLC0415 - loads Pillow

    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with av.open(path, "w", format="mp4", options=options) as container:
        video = _add_video(container, plan)
        audio = _add_audio(container) if plan.with_audio else None
        _write_video(container, video, Picture(plan.prompt, plan.caption, plan.width, plan.height), plan, stop)
        if audio is not None:
            _write_audio(container, audio, plan)


def _add_video(container: OutputContainer, plan: ClipPlan) -> VideoStream:
    # A fixed count: x264 gives the same bytes everywhere only when it cuts the work the same way.
    options = {"preset": "ultrafast", "crf": "23", "threads": "2"}
    stream = container.add_stream("libx264", rate=FRAMES_PER_SECOND, options=options)
    stream.width, stream.height, stream.pix_fmt = plan.width, plan.height, "yuv420p"
    return stream


def _add_audio(container: OutputContainer) -> AudioStream:
    stream = container.add_stream("aac", rate=_SAMPLE_RATE)
    stream.layout = "mono"
    return stream


def _write_video(
    container: OutputContainer, stream: VideoStream, picture: Picture, plan: ClipPlan, stop: Event
) -> None:
    for number in range(plan.frame_count):
        if stop.is_set():
            raise RenderingStopped
        container.mux(stream.encode(_video_frame(picture, number, plan)))
    container.mux(stream.encode(None))


def _video_frame(picture: Picture, number: int, plan: ClipPlan) -> VideoFrame:
    from av import VideoFrame  # noqa: PLC0415 - see render_clip

    frame = VideoFrame(plan.width, plan.height, "yuv420p")
    frame.pts, frame.time_base = number, Fraction(1, FRAMES_PER_SECOND)
    images = picture.planes(number, plan.frame_count)
    for plane, image in zip(frame.planes, images, strict=True):
        plane.update(image.crop((0, 0, plane.line_size, image.height)).tobytes())
    return frame


def _write_audio(container: OutputContainer, stream: AudioStream, plan: ClipPlan) -> None:
    for frame in _audio_frames(plan):
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _audio_frames(plan: ClipPlan) -> Iterator[AudioFrame]:
    from av import AudioFrame  # noqa: PLC0415 - see render_clip

    period = _tone_period(plan)
    total = round(plan.frame_count / FRAMES_PER_SECOND * _SAMPLE_RATE)
    cuts = [*range(0, total, _SAMPLES_PER_FRAME), total]
    for start, end in pairwise(cuts):
        frame = AudioFrame("s16", "mono", end - start)
        frame.sample_rate, frame.pts, frame.time_base = _SAMPLE_RATE, start, Fraction(1, _SAMPLE_RATE)
        offset = start % len(period)
        wave = period * (1 + (offset + end - start) // len(period))
        samples = wave[offset : offset + end - start].tobytes()
        plane = frame.planes[0]
        plane.update(samples.ljust(plane.buffer_size, b"\0"))
        yield frame


def _tone_period(plan: ClipPlan) -> array.array[int]:
    """Return one wave of the clip's tone: whole numbers of samples, so that it repeats without a click."""
    length = _LOWEST_TONE_PERIOD - int(plan.key[:4], 16) % _TONES
    wave = (int(_TONE_AMPLITUDE * math.sin(2 * math.pi * at / length)) for at in range(length))
    return array.array("h", wave)
