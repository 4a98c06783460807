"""What a video really holds, found by opening and decoding it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from anyio import to_thread

from video_mcp.errors import NotAVideo
from video_mcp.media.decode import (
    check_pixels,
    demuxable_format,
    demuxed,
    frame_rate,
    frames_in,
    picture_stream,
    read_head,
    seek,
    shown_size,
    start_seconds,
    stream_seconds,
)
from video_mcp.media.measurements import AudioFacts, VideoFacts
from video_mcp.media.sniff import AUDIO_FORMATS, VIDEO_FORMATS, VideoFormat

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_MOST_TAIL_FRAMES = 300
_MISSING_SECONDS = 1.0
_MISSING_SHARE = 0.1


async def probe(path: Path) -> VideoFacts:
    """Open a video, decode its first frame and its end, and return what it holds.

    Raises:
        NotAVideo: If the file is no video, or is damaged or cut short.
        OSError: If the file cannot be read at all.
    """
    return await to_thread.run_sync(_probe_path, path)


def _probe_path(path: Path) -> VideoFacts:
    with path.open("rb") as file:
        return video_facts(file)


def video_facts(file: BinaryIO) -> VideoFacts:
    """Return what an open video holds. Blocks: use a thread.

    Raises:
        NotAVideo: If it is no video, or is damaged or cut short.
    """
    name = demuxable_format(read_head(file))
    with demuxed(file, name) as container:
        stream = picture_stream(container)
        if stream is None:
            msg = f"This is no video: the file holds {_sound_words(container)}."
            raise NotAVideo(msg)
        check_pixels(stream)
        return _measure(container, stream, name if name in VIDEO_FORMATS else "mp4")


def _measure(container: InputContainer, stream: VideoStream, name: VideoFormat) -> VideoFacts:
    stream.thread_type = "AUTO"
    width, height = shown_size(_first_frame(container, stream))
    claimed_seconds = stream_seconds(container, stream)
    tail = _read_tail(container, stream, claimed_seconds)
    _check_complete(tail, claimed_seconds)
    sounds = container.streams.audio
    return VideoFacts(
        container=name,
        audio_codec=sounds[0].codec_context.codec.canonical_name if sounds else None,
        seconds=round(claimed_seconds or tail.end_seconds, 3),
        width=width,
        height=height,
        fps=round(frame_rate(stream), 3),
    )


def _first_frame(container: InputContainer, stream: VideoStream) -> VideoFrame:
    frame = next(container.decode(stream), None)
    if frame is None:
        msg = "The file has a video stream but not one frame in it can be decoded."
        raise NotAVideo(msg)
    return frame


@dataclass(slots=True)
class _Tail:
    """What was found between the last key frame and the end."""

    frames: int = 0
    end_seconds: float = 0.0
    broken: bool = False


def _read_tail(container: InputContainer, stream: VideoStream, claimed_seconds: float | None) -> _Tail:
    seek(container, stream, claimed_seconds or 0.0)
    tail = _Tail()
    for packet in container.demux():
        tail.broken |= packet.is_corrupt
        if packet.stream_index == stream.index:
            tail.end_seconds = max(tail.end_seconds, _end_seconds(packet) - start_seconds(stream))
            if tail.frames < _MOST_TAIL_FRAMES:
                tail.frames += len(frames_in(cast("Packet[VideoStream]", packet)))  # its index says so
    return tail


def _end_seconds(packet: Packet[Stream]) -> float:
    return 0.0 if packet.pts is None else float((packet.pts + (packet.duration or 0)) * packet.time_base)


def _check_complete(tail: _Tail, claimed_seconds: float | None) -> None:
    claimed = claimed_seconds or 0.0
    if tail.broken:
        msg = "The video is cut short: its last bytes are missing."
        raise NotAVideo(msg)
    if claimed - tail.end_seconds > max(_MISSING_SECONDS, claimed * _MISSING_SHARE):
        found = f"its header says {claimed:.1f} s, its pictures end at {max(0.0, tail.end_seconds):.1f} s"
        msg = f"The video is cut short: {found}."
        raise NotAVideo(msg)
    if not tail.frames:
        msg = "The end of the video cannot be decoded: the file is damaged."
        raise NotAVideo(msg)


def audio_facts(file: BinaryIO) -> AudioFacts:
    """Return what an open sound file holds. Blocks: use a thread.

    Raises:
        NotAVideo: If there is no sound in it, or a moving picture too, or if it is damaged.
    """
    name = demuxable_format(read_head(file))
    with demuxed(file, name) as container:
        if picture_stream(container) is not None:
            msg = "The file is a video, not a sound."
            raise NotAVideo(msg)
        stream = next(iter(container.streams.audio), None)
        if stream is None or next(container.decode(stream), None) is None:
            msg = "The file holds no sound that can be decoded."
            raise NotAVideo(msg)
        return AudioFacts(
            format=name if name in AUDIO_FORMATS else "m4a",
            audio_codec=stream.codec_context.codec.canonical_name,
            seconds=round((container.duration or 0) / 1_000_000, 3),
        )


def _sound_words(container: InputContainer) -> str:
    sounds = container.streams.audio
    return f"only sound ({sounds[0].codec_context.codec.canonical_name})" if sounds else "no moving picture"
