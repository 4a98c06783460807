"""Opening sound and video for reading: by content, and never following what a file points at.

Everything here blocks: use a thread. FFmpeg gets an open file and the one demuxer that the first
bytes ask for: a playlist or a path with a protocol's name in it must not make it open something else.
"""

from __future__ import annotations

import errno
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from video_mcp.errors import NotAVideo, UnreadableVideo, VideoMCPError
from video_mcp.media.sniff import HEAD_BYTES, AudioFormat, VideoFormat, describe, may_be_media, media_format

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

MAX_VIDEO_PIXELS = 100_000_000
_MICROSECONDS = 1_000_000
_INDEXED = frozenset({"mp4", "mov", "m4a", "webm", "matroska"})
# Without an index a seek goes by decoding times, and the first picture is decoded before it is shown.
_LEAD_SECONDS = 1.0
_STEPS_BACK_SECONDS = (3.0, 12.0)

_DEMUXERS: dict[VideoFormat | AudioFormat, str] = {
    "mp4": "mp4",
    "mov": "mov",
    "m4a": "m4a",
    "webm": "webm",
    "mkv": "matroska",
    "mpegts": "mpegts",
    "mpeg": "mpeg",
    "flv": "flv",
    "avi": "avi",
    "ogv": "ogg",
    "asf": "asf",
    "wav": "wav",
    "mp3": "mp3",
}


def read_head(file: BinaryIO) -> bytes:
    """Return the first bytes of a file and go back to its start."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    file.seek(0)
    return head


def demuxable_format(head: bytes) -> VideoFormat | AudioFormat:
    """Return which sound or video format the bytes begin like.

    Raises:
        NotAVideo: If they begin like something else.
        UnreadableVideo: If that may be media all the same.
    """
    name = media_format(head)
    if name not in _DEMUXERS:
        msg = f"This is not a video that can be looked into: the file is {describe(head)}."
        raise (UnreadableVideo if may_be_media(head) else NotAVideo)(msg)
    return name


@contextmanager
def demuxed(file: BinaryIO, name: VideoFormat | AudioFormat) -> Generator[InputContainer]:
    """Open a file for demuxing and translate whatever FFmpeg or PyAV raises meanwhile.

    Raises:
        UnreadableVideo: If FFmpeg cannot make sense of the file.
        OSError: If the disk fails.
    """
    import av  # noqa: PLC0415 - loads FFmpeg, which only a session with files needs

    with translated(name), av.open(file, "r", format=_DEMUXERS[name], metadata_errors="replace") as container:
        yield container


@contextmanager
def translated(name: VideoFormat | AudioFormat) -> Generator[None]:
    """Translate whatever FFmpeg or PyAV raises while it reads.

    Foreign bytes lead decoders into every kind of error: text that is not UTF-8, streams without a codec, numbers
    that overflow. All of them mean the same.

    Raises:
        UnreadableVideo: If FFmpeg cannot make sense of the file.
        OSError: If the disk fails.
    """
    from av.error import FFmpegError  # noqa: PLC0415 - see demuxed

    try:
        yield
    except VideoMCPError:
        raise
    except FFmpegError as error:
        raise _undecodable(name, error.strerror or "no reason given") from error
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        raise _undecodable(name, "it points outside of itself") from error  # a seek to where no file can be
    except Exception as error:
        raise _undecodable(name, type(error).__name__) from error


def _undecodable(name: str, reason: str) -> UnreadableVideo:
    msg = f"The file begins like {name} but cannot be decoded: it is damaged or cut short ({reason})."
    return UnreadableVideo(msg)


def picture_stream(container: InputContainer) -> VideoStream | None:
    """Return the stream that moves; the cover picture of a sound file is none."""
    from av.stream import Disposition  # noqa: PLC0415 - see demuxed

    moving = [item for item in container.streams.video if not item.disposition & Disposition.attached_pic]
    return moving[0] if moving else None


def check_pixels(stream: VideoStream) -> None:
    """Refuse a picture that is too large to be decoded safely.

    Raises:
        UnreadableVideo: If the header claims more than `MAX_VIDEO_PIXELS`.
    """
    if stream.width * stream.height > MAX_VIDEO_PIXELS:
        size = f"{stream.width}x{stream.height}"
        msg = f"The file claims {size} pixels, more than any video that can be decoded here."
        raise UnreadableVideo(msg)


def stream_seconds(container: InputContainer, stream: VideoStream) -> float | None:
    """Return how long the header says the pictures last, or all streams together; None when it does not say."""
    if stream.duration and stream.duration > 0 and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return container.duration / _MICROSECONDS if container.duration and container.duration > 0 else None


def frame_rate(stream: VideoStream) -> float:
    """Return frames per second, 0 when unknown."""
    rate = stream.average_rate or stream.guessed_rate
    return float(rate) if rate else 0.0


def start_seconds(stream: VideoStream) -> float:
    """Return the time of the first picture; some files do not begin at zero."""
    return (stream.start_time or 0) * tick_seconds(stream)


def tick_seconds(stream: Stream) -> float:
    """Return how long the unit of a stream's timestamps is; arithmetic with fractions costs more than demuxing."""
    return float(stream.time_base) if stream.time_base is not None else 0.0


def seek(container: InputContainer, stream: VideoStream, seconds: float) -> None:
    """Go to the last key frame at or before `seconds` after the first picture."""
    if stream.time_base is not None:
        at = start_seconds(stream) + max(-_LEAD_SECONDS, seconds)
        container.seek(round(at / stream.time_base), stream=stream, backward=True)


def places_before_end(container: InputContainer, seconds: float) -> tuple[float, ...]:
    """Return from where the last frames may be decoded, best first; a container without an index misses key frames."""
    if container.format.name in _INDEXED:
        return (seconds,)
    return (seconds, *(seconds - back for back in _STEPS_BACK_SECONDS if back < seconds), 0.0, -_LEAD_SECONDS)


def shown_size(frame: VideoFrame) -> tuple[int, int]:
    """Return width and height as a viewer sees them: phones store upright films lying down."""
    turned = frame.rotation % 180 != 0
    return (frame.height, frame.width) if turned else (frame.width, frame.height)


def frames_in(packet: Packet[VideoStream]) -> list[VideoFrame]:
    """Return the frames that a packet completes; like a player, skip what is damaged."""
    from av.error import FFmpegError  # noqa: PLC0415 - see demuxed

    try:
        return packet.decode()
    except FFmpegError:
        return []


def frames_from_here(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Yield the frames from where the last seek led to the end."""
    for packet in container.demux(stream):
        yield from frames_in(packet)
