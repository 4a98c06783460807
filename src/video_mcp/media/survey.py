"""One pass over the packets of a file, in which nothing but the beginning of its sound is decoded. Blocks."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from video_mcp.errors import NotAVideo
from video_mcp.media.decode import seek, start_seconds, tick_seconds, translated
from video_mcp.media.sound import Sound
from video_mcp.media.stillness import EncodedPicture

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.stream import VideoStream

    from video_mcp.media.sniff import AudioFormat, VideoFormat


@dataclass(slots=True)
class Survey:
    """What the packets of a file say: its pictures in decoding order, when its other streams end, what can be heard.

    `is_broken_since_key` says that a packet after the last key frame is cut short.
    """

    pixels: int
    sound: Sound
    pictures: list[EncodedPicture] = field(default_factory=list[EncodedPicture])
    other_end_seconds: float = 0.0
    is_broken_since_key: bool = False


def survey_of(container: InputContainer, stream: VideoStream, name: VideoFormat | AudioFormat) -> Survey | None:
    """Pass over a file from its beginning; None if that fails."""
    with suppress(NotAVideo), translated(name):
        seek(container, stream, float("-inf"))
        return _surveyed(container, stream)
    return None


def _surveyed(container: InputContainer, stream: VideoStream) -> Survey:
    sound = Sound(next(iter(container.streams.audio), None))
    survey = Survey(pixels=stream.width * stream.height, sound=sound)
    index, start = stream.index, start_seconds(stream)
    ticks = {each.index: tick_seconds(each) for each in container.streams}
    for packet in container.demux():
        at = packet.stream_index
        if at == index and packet.is_keyframe:
            survey.is_broken_since_key = False
        survey.is_broken_since_key |= packet.is_corrupt
        if at != index:
            sound.hear(packet)
        if packet.pts is None:
            continue
        seconds = packet.pts * ticks[at] - start
        if at == index:
            survey.pictures.append(_encoded(packet, seconds, ticks[at]))
        else:
            survey.other_end_seconds = max(survey.other_end_seconds, seconds + (packet.duration or 0) * ticks[at])
    return survey


def _encoded(packet: Packet[Stream], seconds: float, tick: float) -> EncodedPicture:
    duration = (packet.duration or 0) * tick
    return EncodedPicture(seconds=seconds, bytes=packet.size, is_key=packet.is_keyframe, duration_seconds=duration)
