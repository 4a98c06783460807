"""The end of a video: whether it is all there, and whether it can be decoded. Blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from video_mcp.media.decode import frames_in, places_before_end, seek, start_seconds, stream_seconds, tick_seconds
from video_mcp.media.stillness import end_seconds

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from video_mcp.media.survey import Survey

MISSING_SECONDS = 1.0
_MISSING_SHARE = 0.1


@dataclass(slots=True)
class Tail:
    """What was found between the last key frame and the end; one decoded frame is enough."""

    has_frame: bool = False
    end_seconds: float = 0.0
    other_end_seconds: float = 0.0
    is_broken: bool = False


def read_tail(container: InputContainer, stream: VideoStream, first: VideoFrame) -> Tail:
    """Read a file from its last key frame to its end; a key frame that is the `first` frame is not decoded again."""
    tail = Tail()
    for seconds in places_before_end(container, stream_seconds(container, stream) or 0.0):
        seek(container, stream, seconds)
        tail = _read_rest(container, stream, first)
        if tail.has_frame:
            break
    return tail


def _read_rest(container: InputContainer, stream: VideoStream, first: VideoFrame) -> Tail:
    tail = Tail()
    ends_seconds = dict.fromkeys((each.index for each in container.streams), 0.0)
    ticks = {each.index: tick_seconds(each) for each in container.streams}
    start = start_seconds(stream)
    for packet in container.demux():
        tail.is_broken |= packet.is_corrupt
        index = packet.stream_index
        if packet.pts is not None:
            ends_seconds[index] = max(ends_seconds[index], (packet.pts + (packet.duration or 0)) * ticks[index] - start)
        if index == stream.index and not tail.has_frame:
            is_first = packet.is_keyframe and packet.pts == first.pts
            tail.has_frame = is_first or bool(frames_in(cast("Packet[VideoStream]", packet)))  # its index says so
    tail.end_seconds = ends_seconds.pop(stream.index)
    tail.other_end_seconds = max(ends_seconds.values(), default=0.0)
    return tail


def surveyed_tail(container: InputContainer, stream: VideoStream, first: VideoFrame, survey: Survey) -> Tail | None:
    """Return the same of a file whose packets are known; None where none of them is a key frame."""
    last_key = max((picture.seconds for picture in survey.pictures if picture.is_key), default=None)
    if last_key is None:
        return None
    places = places_before_end(container, last_key)
    return Tail(
        has_frame=_is_at(first, stream, last_key) or any(_decodes_from(container, stream, place) for place in places),
        end_seconds=end_seconds(survey.pictures),
        other_end_seconds=survey.other_end_seconds,
        is_broken=survey.is_broken_since_key,
    )


def _is_at(frame: VideoFrame, stream: VideoStream, seconds: float) -> bool:
    return frame.pts is not None and frame.pts * tick_seconds(stream) - start_seconds(stream) == seconds


def _decodes_from(container: InputContainer, stream: VideoStream, seconds: float) -> bool:
    seek(container, stream, seconds)
    return any(frames_in(packet) for packet in container.demux(stream))


def damage(tail: Tail, stream: VideoStream, claimed_seconds: float | None) -> str | None:
    """Return what is missing at the end of a file that claims a length, as a sentence; None if all is there."""
    # Without a length of the pictures' own, the claim is about all streams together.
    end = tail.end_seconds if stream.duration else max(tail.end_seconds, tail.other_end_seconds)
    claimed = claimed_seconds or 0.0
    if tail.is_broken:
        return "The video is cut short: its last bytes are missing."
    if claimed - end > missing_seconds(claimed):
        return f"The video is cut short: its header says {claimed:.1f} s, its pictures end at {end:.1f} s."
    if not tail.has_frame:
        return "The end of the video cannot be decoded: the file is damaged."
    return None


def missing_seconds(claimed_seconds: float) -> float:
    """Return how much of a claimed length may be missing: headers round, and sound may outlast the picture."""
    return max(MISSING_SECONDS, claimed_seconds * _MISSING_SHARE)
