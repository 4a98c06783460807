"""Clips to deliver and to look into: a small one, and encoded pictures of a filter, repeated as often as is wanted."""
# PyAV's stubs leave encoding and filters half unknown; only this file of the benchmarks encodes.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from threading import Event
from typing import cast

import av
from av.video.frame import PictureType
from av.video.stream import VideoStream

from video_mcp.simulator.clip import ClipPlan, render_clip

FPS = 24


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """How pictures are encoded: so many of them, and a key frame each so many."""

    size: tuple[int, int]
    pictures: int
    keyframe_every: int
    codec: str = "libx264"
    options: tuple[tuple[str, str], ...] = (("preset", "veryfast"), ("x264-params", "scenecut=0"))


def small_clip(folder: Path) -> Path:
    """Write a clip of 64 pixels and five seconds, with sound."""
    path = folder / "small.mp4"
    plan = ClipPlan(prompt="A paper boat", caption="", width=64, height=64, seconds=5)
    render_clip(plan, path, Event())
    return path


def encode(path: Path, source: str, encoding: Encoding) -> None:
    """Encode the pictures of a filter.

    Raises:
        UnknownCodecError: This PyAV cannot encode so.
    """
    with av.open(source, format="lavfi") as pictures, av.open(path, "w") as container:
        video = cast("VideoStream", container.add_stream(encoding.codec, rate=FPS, options=dict(encoding.options)))
        video.width, video.height = encoding.size
        video.pix_fmt, video.gop_size = "yuv420p", encoding.keyframe_every
        for number, picture in zip(range(encoding.pictures), pictures.decode(video=0), strict=False):
            frame = picture.reformat(format="yuv420p")
            # A filter's pictures call themselves key frames, which the encoder would make of each.
            frame.pts, frame.time_base, frame.pict_type = number, Fraction(1, FPS), PictureType.NONE
            container.mux(video.encode(frame))
        container.mux(video.encode(None))


def repeat(piece: Path, path: Path, *, times: int, piece_seconds: Fraction) -> None:
    """Write the packets of a piece again and again, each time with later timestamps; nothing is encoded."""
    with av.open(path, "w") as container:
        target: VideoStream | None = None
        for number in range(times):
            with av.open(piece) as source:
                stream = source.streams.video[0]
                target = target or container.add_stream_from_template(stream)
                offset = round(number * piece_seconds / (stream.time_base or 1))
                for packet in source.demux(stream):
                    if packet.pts is not None and packet.dts is not None:
                        packet.pts, packet.dts, packet.stream = packet.pts + offset, packet.dts + offset, target
                        container.mux(packet)
