"""What a video really holds, found by opening and decoding it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from anyio import to_thread

from video_mcp.errors import UnreadableVideo
from video_mcp.media.decode import (
    check_pixels,
    demuxable_format,
    demuxed,
    frame_rate,
    picture_stream,
    read_head,
    shown_size,
    stream_seconds,
)
from video_mcp.media.measurements import AudioFacts, VideoFacts
from video_mcp.media.sniff import AUDIO_FORMATS, VIDEO_FORMATS, AudioFormat, FileType, VideoFormat, file_type
from video_mcp.media.survey import Survey, survey_of
from video_mcp.media.tail import MISSING_SECONDS, Tail, damage, missing_seconds, read_tail, surveyed_tail

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.stream import Stream
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream


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
        return _facts_in(container, name)


def surveyed_facts(container: InputContainer, name: VideoFormat | AudioFormat) -> tuple[VideoFacts, Survey | None]:
    """Return what a video holds that is opened as a format, and what its packets say, in one pass; None if they cannot.

    Raises:
        UnreadableVideo: If it is damaged, cut short, or nothing that can be decoded here.
    """
    stream = _moving(container)
    first = _first_frame(container, stream)
    survey = survey_of(container, stream, name)
    tail = surveyed_tail(container, stream, first, survey) if survey is not None else None
    # In a file that is damaged in the middle, the end may still be found by seeking.
    if tail is None or damage(tail, stream, stream_seconds(container, stream)) is not None:
        tail = read_tail(container, stream, first)
    return _facts(container, stream, name, first, tail), survey


def _facts_in(container: InputContainer, name: VideoFormat | AudioFormat) -> VideoFacts:
    stream = _moving(container)
    first = _first_frame(container, stream)
    return _facts(container, stream, name, first, read_tail(container, stream, first))


def _moving(container: InputContainer) -> VideoStream:
    stream = picture_stream(container)
    if stream is None:
        msg = f"This is not a video: the file holds {_sound_words(container)}."
        raise UnreadableVideo(msg)
    check_pixels(stream)
    # Two frames are decoded in all: threads would decode further ones beforehand.
    stream.thread_type = "NONE"
    return stream


def _facts(
    container: InputContainer, stream: VideoStream, name: VideoFormat | AudioFormat, first: VideoFrame, tail: Tail
) -> VideoFacts:
    claimed_seconds = stream_seconds(container, stream)
    missing = damage(tail, stream, claimed_seconds)
    if missing is not None:
        raise UnreadableVideo(missing)
    width, height = shown_size(first)
    sounds = container.streams.audio
    return VideoFacts(
        container=name if name in VIDEO_FORMATS else "mp4",
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


def _picture_seconds(tail: Tail, claimed_seconds: float | None) -> float:
    """Return how long the pictures last; some containers claim one length for pictures and sound together."""
    if claimed_seconds is None or claimed_seconds - tail.end_seconds > missing_seconds(claimed_seconds):
        return tail.end_seconds
    return claimed_seconds


def _overhang(tail: Tail) -> Iterator[str]:
    if tail.other_end_seconds - tail.end_seconds > MISSING_SECONDS:
        yield f"Its sound lasts {tail.other_end_seconds:.1f} s, its picture {tail.end_seconds:.1f} s."


def _first_frame(container: InputContainer, stream: VideoStream) -> VideoFrame:
    frame = next(container.decode(stream), None)
    if frame is None:
        msg = "The file has a video stream but not one frame in it can be decoded."
        raise UnreadableVideo(msg)
    return frame


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
