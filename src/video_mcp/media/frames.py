"""Single frames out of a video, found by seeking: a long film costs no more than a short one. Blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

from video_mcp.errors import UnreadableVideo
from video_mcp.media.decode import (
    check_pixels,
    demuxable_format,
    demuxed,
    frame_rate,
    frames_from_here,
    frames_in,
    picture_stream,
    places_before_end,
    read_head,
    seek,
    start_seconds,
    stream_seconds,
)

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream
    from PIL.Image import Image

_MOST_DECODED = 1500
_DEFAULT_FPS = 24.0
_SKIPPED_FRAMES = 8
# With other codecs a picture cannot be decoded, or not faithfully, without the one before it.
_STATELESS_CODECS = frozenset({"h264", "mpeg4"})
_TAIL_BEGIN, _TAIL_END, _TAIL_FRAMES = 10, 4, 3
_WIDE_SPACING_SECONDS = 4.0
"""Frames closer than this are found exactly: decoding up to them costs little, and they look evenly spaced."""


@dataclass(frozen=True, slots=True)
class Still:
    """One frame and the time at which it is shown, from the beginning of the video."""

    seconds: float
    image: Image


def stills(file: BinaryIO, shares: Sequence[float], *, longest_px: int, exact: bool) -> list[Still]:
    """Return the frames at these shares (0 to 1, rising) of a video, none twice, scaled down to `longest_px`.

    Without `exact` a frame nearby will do, and in a long film a key frame.

    Raises:
        UnreadableVideo: If no frame can be decoded.
    """
    images: list[Still] = []
    with demuxed(file, demuxable_format(read_head(file))) as container:
        stream = _moving(container)
        for frame in _Search(container, stream).at(shares, exact=exact):
            seconds = _seconds(stream, frame)
            if not images or seconds > images[-1].seconds:
                images.append(Still(seconds, _image(frame, longest_px)))
    if not images:
        msg = "No frame of the video can be decoded."
        raise UnreadableVideo(msg)
    return images


def key_stills(file: BinaryIO, times_seconds: Sequence[float], *, longest_px: int) -> list[Still]:
    """Return the key frames at these times (rising), scaled down to `longest_px`; nothing else is decoded.

    Raises:
        UnreadableVideo: If the file is damaged.
    """
    images: list[Still] = []
    with demuxed(file, demuxable_format(read_head(file))) as container:
        stream = _moving(container)
        stream.thread_type = "NONE"  # threads would decode further frames beforehand
        for seconds in times_seconds:
            seek(container, stream, seconds)
            packet = next(container.demux(stream), None)
            frame = _decoded_alone(stream, packet) if packet is not None else None
            if packet is not None and frame is not None:
                images.append(Still(_shown_at(stream, packet), _image(frame, longest_px)))
    return images


def tail_frames(file: BinaryIO, key_seconds: float, since_seconds: float, *, longest_px: int) -> list[Image] | None:
    """Return some frames from `since_seconds` to the end, decoded as if they followed the last key frame at once.

    They show what changes in the tail, not what the tail shows: what comes before is not decoded, which would cost more
    than all the rest. None if the codec needs it.

    Raises:
        UnreadableVideo: If the file is damaged.
    """
    with demuxed(file, demuxable_format(read_head(file))) as container:
        stream = _moving(container)
        if stream.codec_context.codec.canonical_name not in _STATELESS_CODECS:
            return None
        stream.thread_type = "NONE"
        seek(container, stream, key_seconds)
        packets = [packet for packet in container.demux(stream) if packet.pts is not None]
        tail = [packet for packet in packets[1:] if _shown_at(stream, packet) >= since_seconds]
        middle = max(_TAIL_BEGIN, len(tail) - _TAIL_END)
        frames = [
            frame for packet in (*packets[:1], *tail[:_TAIL_BEGIN], *tail[middle:]) for frame in frames_in(packet)
        ]
        shown = frames[1:]
        return [_image(frame, longest_px) for frame in shown[:: max(1, (len(shown) - 1) // _TAIL_FRAMES)]]


def still_at(file: BinaryIO, seconds: float, *, longest_px: int) -> list[Still]:
    """Return the frame shown at a time, or one shortly before it, scaled down; none if none can be decoded.

    Raises:
        UnreadableVideo: If the file is damaged.
    """
    with demuxed(file, demuxable_format(read_head(file))) as container:
        stream = _moving(container)
        stream.thread_type = "NONE"  # threads would decode further frames
        found = _Search(container, stream).near(seconds)
        return [Still(_seconds(stream, frame), _image(frame, longest_px)) for frame in found]


def last_still(file: BinaryIO) -> Still:
    """Return the very last frame in full size.

    Raises:
        UnreadableVideo: If no frame can be decoded.
    """
    with demuxed(file, demuxable_format(read_head(file))) as container:
        stream = _moving(container)
        last = None
        for seconds in places_before_end(container, stream_seconds(container, stream) or 0.0):
            seek(container, stream, seconds)
            for frame in frames_from_here(container, stream):
                last = frame
            if last is not None:
                break
        if last is None:
            msg = "The end of the video cannot be decoded."
            raise UnreadableVideo(msg)
        return Still(_seconds(stream, last), _image(last, max(last.width, last.height)))


def _moving(container: InputContainer) -> VideoStream:
    stream = picture_stream(container)
    if stream is None:
        msg = "The file holds no moving picture."
        raise UnreadableVideo(msg)
    check_pixels(stream)
    stream.thread_type = "AUTO"
    return stream


class _Search:
    """Walks forward through a video: by seeking where that saves decoding, else frame by frame."""

    def __init__(self, container: InputContainer, stream: VideoStream) -> None:
        self._container = container
        self._stream = stream
        self._frame_seconds = 1 / (frame_rate(stream) or _DEFAULT_FPS)
        self._frames: Iterator[VideoFrame] = iter(())
        self._here: VideoFrame | None = None
        self._decoded = 0

    def at(self, shares: Sequence[float], *, exact: bool) -> Iterator[VideoFrame]:
        length = stream_seconds(self._container, self._stream) or 0.0
        end = max(0.0, length - self._frame_seconds)
        spacing = end / max(1, len(shares))
        near = 0.0 if exact or spacing < _WIDE_SPACING_SECONDS else spacing / 2
        if not exact and spacing > _SKIPPED_FRAMES * self._frame_seconds:
            # Frames that no other frame refers to are about half of the work.
            self._stream.codec_context.skip_frame = "NONREF"
        for share in shares:
            # The end is worth being met: it is where the next shot begins.
            frame = self._find(end * share, 0.0 if share >= 1 else near)
            if frame is not None:
                yield frame

    def near(self, seconds: float) -> list[VideoFrame]:
        """Return the frame at a time, of those that other frames refer to."""
        self._stream.codec_context.skip_frame = "NONREF"
        frame = self._find(seconds, 0.0)
        return [] if frame is None else [frame]

    def _find(self, target_seconds: float, near_seconds: float) -> VideoFrame | None:
        if self._here is None or self._keyframe_between(target_seconds):
            if near_seconds and (frame := self._key_frame(target_seconds, near_seconds)) is not None:
                self._here = None
                return frame
            seek(self._container, self._stream, target_seconds)
            self._frames = frames_from_here(self._container, self._stream)
            self._here = self._next() or self._here
            if self._here is not None and _seconds(self._stream, self._here) >= target_seconds - near_seconds:
                return self._here
        earliest = target_seconds - self._frame_seconds / 2
        while self._here is not None and _seconds(self._stream, self._here) < earliest:
            frame = self._next()
            if frame is None:
                break
            self._here = frame
        return self._here

    def _key_frame(self, target_seconds: float, near_seconds: float) -> VideoFrame | None:
        """Return the key frame before a time, if it is near enough; no picture after it is read or decoded."""
        seek(self._container, self._stream, target_seconds)
        packet = next(self._container.demux(self._stream), None)
        if packet is None or not packet.is_keyframe or _shown_at(self._stream, packet) < target_seconds - near_seconds:
            return None
        frame = _decoded_alone(self._stream, packet)
        if frame is not None:
            frame.pts, frame.time_base = packet.pts, packet.time_base
        return frame

    def _next(self) -> VideoFrame | None:
        if self._decoded >= _MOST_DECODED:
            return None
        self._decoded += 1
        return next(self._frames, None)

    def _keyframe_between(self, target_seconds: float) -> bool:
        """Say whether a seek to the target would lead beyond where we are."""
        base = self._stream.time_base
        if base is None or self._here is None:
            return True
        at = round((target_seconds + start_seconds(self._stream)) / base)
        # The stub leaves the timestamp without a type.
        entry = self._stream.index_entries.search_timestamp(at)  # pyright: ignore[reportUnknownMemberType]
        if entry < 0:
            return False
        return self._stream.index_entries[entry].timestamp > (self._here.pts or 0)


def _decoded_alone(stream: VideoStream, packet: Packet[VideoStream]) -> VideoFrame | None:
    frames = frames_in(packet)
    # The decoder would wait for further packets: to end it here gives the frame at once.
    frames += stream.codec_context.decode(None)  # pyright: ignore[reportUnknownMemberType] - no type in the stub
    return frames[0] if frames else None


def _shown_at(stream: VideoStream, packet: Packet[VideoStream]) -> float:
    return max(0.0, float((packet.pts or 0) * packet.time_base) - start_seconds(stream))


def _seconds(stream: VideoStream, frame: VideoFrame) -> float:
    if frame.pts is None or frame.time_base is None:
        return 0.0
    return max(0.0, float(frame.pts * frame.time_base) - start_seconds(stream))


def _image(frame: VideoFrame, longest_px: int) -> Image:
    scale = min(1.0, longest_px / max(frame.width, frame.height))
    width, height = max(1, round(frame.width * scale)), max(1, round(frame.height * scale))
    # The stub leaves `to_image` without types; PyAV documents a Pillow image.
    image = cast("Image", frame.to_image(width=width, height=height))  # pyright: ignore[reportUnknownMemberType]
    return image.rotate(frame.rotation, expand=True) if frame.rotation else image
