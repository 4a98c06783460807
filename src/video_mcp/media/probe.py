"""What a video really holds, found by opening and decoding it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from anyio import to_thread

from video_mcp.errors import UnreadableVideo
from video_mcp.media.decode import (
    check_pixels,
    demuxable_format,
    demuxed,
    frame_rate,
    frames_in,
    picture_stream,
    places_before_end,
    read_head,
    seek,
    shown_size,
    start_seconds,
    stream_seconds,
    tick_seconds,
)
from video_mcp.media.measurements import AudioFacts, VideoFacts
from video_mcp.media.sniff import AUDIO_FORMATS, VIDEO_FORMATS, AudioFormat, FileType, VideoFormat, file_type

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_MISSING_SECONDS = 1.0
_MISSING_SHARE = 0.1


async def probe(path: Path) -> VideoFacts:
    """Open a video, decode its first frame and its end, and return what it holds.

    Raises:
        NotAVideo: If the file is plainly no media.
        UnreadableVideo: If it is damaged, cut short, or nothing that can be decoded here.
        OSError: If the file cannot be read at all.
    """
    return await to_thread.run_sync(_probe_path, path)


async def file_type_of(path: Path) -> FileType:
    """Return how a file is called by its content.

    Raises:
        OSError: If the file cannot be read at all.
    """
    return await to_thread.run_sync(_type_of_path, path)


def _type_of_path(path: Path) -> FileType:
    with path.open("rb") as file:
        return file_type(read_head(file))


def _probe_path(path: Path) -> VideoFacts:
    with path.open("rb") as file:
        return video_facts(file)


def video_facts(file: BinaryIO) -> VideoFacts:
    """Return what an open video holds. Blocks: use a thread.

    Raises:
        NotAVideo: If it is plainly no media.
        UnreadableVideo: If it is damaged, cut short, or nothing that can be decoded here.
    """
    name = demuxable_format(read_head(file))
    with demuxed(file, name) as container:
        return facts_in(container, name)


def facts_in(container: InputContainer, name: VideoFormat | AudioFormat) -> VideoFacts:
    """Return what a video holds that is opened for demuxing as a format. Blocks: use a thread.

    Raises:
        UnreadableVideo: If it is damaged, cut short, or nothing that can be decoded here.
    """
    stream = picture_stream(container)
    if stream is None:
        msg = f"This is not a video: the file holds {_sound_words(container)}."
        raise UnreadableVideo(msg)
    check_pixels(stream)
    return _measure(container, stream, name if name in VIDEO_FORMATS else "mp4")


def _measure(container: InputContainer, stream: VideoStream, name: VideoFormat) -> VideoFacts:
    # Two frames are decoded in all: threads would decode further ones beforehand.
    stream.thread_type = "NONE"
    width, height = shown_size(_first_frame(container, stream))
    claimed_seconds = stream_seconds(container, stream)
    tail = _read_tail(container, stream, claimed_seconds)
    _check_complete(tail, claimed_seconds, has_own_length=bool(stream.duration))
    sounds = container.streams.audio
    return VideoFacts(
        container=name,
        audio_codec=_codec_name(sounds[0]) if sounds else None,
        seconds=round(_picture_seconds(tail, claimed_seconds), 3),
        width=width,
        height=height,
        fps=round(frame_rate(stream), 3),
        warnings=tuple(_overhang(tail)),
    )


def _codec_name(stream: Stream) -> str:
    # A stream of an unknown kind has no codec, which the stub does not know.
    known = bool(stream.codec_context)
    return stream.codec_context.codec.canonical_name if known else "unknown"


def _picture_seconds(tail: _Tail, claimed_seconds: float | None) -> float:
    """Return how long the pictures last; some containers claim one length for pictures and sound together."""
    if claimed_seconds is None or claimed_seconds - tail.end_seconds > _missing_seconds(claimed_seconds):
        return tail.end_seconds
    return claimed_seconds


def _overhang(tail: _Tail) -> Iterator[str]:
    if tail.other_end_seconds - tail.end_seconds > _MISSING_SECONDS:
        yield f"Its sound lasts {tail.other_end_seconds:.1f} s, its picture {tail.end_seconds:.1f} s."


def _first_frame(container: InputContainer, stream: VideoStream) -> VideoFrame:
    frame = next(container.decode(stream), None)
    if frame is None:
        msg = "The file has a video stream but not one frame in it can be decoded."
        raise UnreadableVideo(msg)
    return frame


@dataclass(slots=True)
class _Tail:
    """What was found between the last key frame and the end; one decoded frame is enough."""

    frames: int = 0
    end_seconds: float = 0.0
    other_end_seconds: float = 0.0
    broken: bool = False


def _read_tail(container: InputContainer, stream: VideoStream, claimed_seconds: float | None) -> _Tail:
    tail = _Tail()
    for seconds in places_before_end(container, claimed_seconds or 0.0):
        seek(container, stream, seconds)
        tail = _read_rest(container, stream)
        if tail.frames:
            break
    return tail


def _read_rest(container: InputContainer, stream: VideoStream) -> _Tail:
    tail = _Tail()
    ends_seconds = dict.fromkeys((each.index for each in container.streams), 0.0)
    ticks = {each.index: tick_seconds(each) for each in container.streams}
    start = start_seconds(stream)
    for packet in container.demux():
        tail.broken |= packet.is_corrupt
        index = packet.stream_index
        if packet.pts is not None:
            ends_seconds[index] = max(ends_seconds[index], (packet.pts + (packet.duration or 0)) * ticks[index] - start)
        if index == stream.index and not tail.frames:
            tail.frames = len(frames_in(cast("Packet[VideoStream]", packet)))  # its index says so
    tail.end_seconds = ends_seconds.pop(stream.index)
    tail.other_end_seconds = max(ends_seconds.values(), default=0.0)
    return tail


def _check_complete(tail: _Tail, claimed_seconds: float | None, *, has_own_length: bool) -> None:
    end_seconds = tail.end_seconds if has_own_length else max(tail.end_seconds, tail.other_end_seconds)
    claimed = claimed_seconds or 0.0
    if tail.broken:
        msg = "The video is cut short: its last bytes are missing."
        raise UnreadableVideo(msg)
    if claimed - end_seconds > _missing_seconds(claimed):
        found = f"its header says {claimed:.1f} s, its pictures end at {end_seconds:.1f} s"
        msg = f"The video is cut short: {found}."
        raise UnreadableVideo(msg)
    if not tail.frames:
        msg = "The end of the video cannot be decoded: the file is damaged."
        raise UnreadableVideo(msg)


def _missing_seconds(claimed_seconds: float) -> float:
    return max(_MISSING_SECONDS, claimed_seconds * _MISSING_SHARE)


def audio_facts(file: BinaryIO) -> AudioFacts:
    """Return what an open sound file holds. Blocks: use a thread.

    Raises:
        NotAVideo: If there is no sound in it, or a moving picture too, or if it is damaged.
    """
    name = demuxable_format(read_head(file))
    with demuxed(file, name) as container:
        if picture_stream(container) is not None:
            msg = "The file is a video, not a sound."
            raise UnreadableVideo(msg)
        stream = next(iter(container.streams.audio), None)
        if stream is None or next(container.decode(stream), None) is None:
            msg = "The file holds no sound that can be decoded."
            raise UnreadableVideo(msg)
        return AudioFacts(
            format=name if name in AUDIO_FORMATS else "m4a",
            audio_codec=stream.codec_context.codec.canonical_name,
            seconds=round((container.duration or 0) / 1_000_000, 3),
        )


def _sound_words(container: InputContainer) -> str:
    sounds = container.streams.audio
    return f"only sound ({sounds[0].codec_context.codec.canonical_name})" if sounds else "no moving picture"
