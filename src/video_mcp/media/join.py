"""Joining finished videos into one film: packets copied where the streams agree, encoded again where they differ."""
# pyright: reportUnknownMemberType=false
# PyAV's stubs leave parts of encode, mux and add_stream unknown.

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from anyio import to_thread

from video_mcp.errors import NotAVideo
from video_mcp.media.disk import sync_file, writing
from video_mcp.media.measurements import VideoFacts
from video_mcp.media.probe import probe
from video_mcp.media.stored_file import StoredFile

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.filter import Graph
    from av.stream import Stream
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

FILM_NAME = re.compile(r"film-[0-9a-f]{16}\.mp4")
_SAMPLE_RATE = 48_000
_SILENCE_SAMPLES = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """A film of several shots; `is_copy` says that no picture was encoded again."""

    stored: StoredFile
    facts: VideoFacts
    is_copy: bool


async def join_videos(shots: Sequence[StoredFile], folder: Path) -> Film:
    """Join videos in their order; the same shots give the same file, made once.

    Raises:
        FileUnavailable: A shot is gone or changed.
        NotAVideo: A shot cannot be read.
        OutputRefused: The folder cannot be written.
        StorageFull: The disk is full.
    """
    name = hashlib.sha256(" ".join(shot.sha256 for shot in shots).encode()).hexdigest()[:16]
    target = folder / f"film-{name}.mp4"
    is_copy = await to_thread.run_sync(_join, shots, target)
    return Film(stored=await to_thread.run_sync(_stored, target), facts=await probe(target), is_copy=is_copy)


def _stored(path: Path) -> StoredFile:
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return StoredFile(path=path, size_bytes=path.stat().st_size, sha256=sha256)


def _join(shots: Sequence[StoredFile], target: Path) -> bool:
    import av  # noqa: PLC0415 - PyAV costs 100 ms and only joining needs it
    from av.error import FFmpegError  # noqa: PLC0415 - the same

    with ExitStack() as stack:
        try:
            inputs = [stack.enter_context(av.open(stack.enter_context(shot.opened()), "r")) for shot in shots]
            streams_agree = len({_signature(shot) for shot in inputs}) == 1
            if target.exists():
                return streams_agree
            with writing(target):
                _write(inputs, target, is_copy=streams_agree)
        except FFmpegError as error:
            msg = f"The videos cannot be joined: {error.strerror}."
            raise NotAVideo(msg, advice="Fetch each of them once, then try again.") from error
    return streams_agree


def _signature(shot: InputContainer) -> tuple[object, ...]:
    """Return what must be equal for packets of two files to stand in one stream."""
    return tuple(_stream_signature(stream) for stream in _kept(shot))


def _kept(shot: InputContainer) -> list[Stream]:
    if not shot.streams.video:
        raise NotAVideo("One of the videos has no picture.")
    return [shot.streams.video[0], *shot.streams.audio[:1]]


def _stream_signature(stream: Stream) -> tuple[object, ...]:
    codec = stream.codec_context
    names = ("width", "height", "pix_fmt", "sample_rate", "layout", "format")
    facts = tuple(str(getattr(codec, name, None)) for name in names)
    return (codec.name, codec.extradata, stream.time_base, *facts)


def _write(inputs: Sequence[InputContainer], target: Path, *, is_copy: bool) -> None:
    import av  # noqa: PLC0415 - see _join

    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with av.open(str(part), "w", format="mp4", options={"movflags": "faststart"}) as film:
            (_copy if is_copy else _encode)(film, inputs)
        sync_file(part)
        part.replace(target)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def _copy(film: OutputContainer, inputs: Sequence[InputContainer]) -> None:
    outputs = [film.add_stream_from_template(stream) for stream in _kept(inputs[0])]
    start_seconds = Fraction(0)
    last_dts = [-(2**62)] * len(outputs)
    for shot in inputs:
        streams = _kept(shot)
        end_seconds = start_seconds
        for packet in shot.demux(streams):
            if packet.dts is None or packet.pts is None:
                continue  # the end of the file
            offset = round(start_seconds / packet.time_base)
            ends_at = start_seconds + (packet.pts + (packet.duration or 0)) * packet.time_base
            end_seconds = max(end_seconds, ends_at)
            index = streams.index(packet.stream)
            pts, dts = packet.pts + offset, packet.dts + offset
            if dts <= last_dts[index] and index > 0:
                continue  # the encoder's run-up before a later shot's sound
            dts = max(dts, last_dts[index] + 1)
            packet.pts, packet.dts, last_dts[index] = max(pts, dts), dts, dts
            packet.stream = outputs[index]
            film.mux(packet)
        start_seconds = end_seconds


def _encode(film: OutputContainer, inputs: Sequence[InputContainer]) -> None:
    """Encode every shot in the size and rate of the first; one without sound is silent in a film with sound."""
    first = inputs[0].streams.video[0]
    rate = first.average_rate or Fraction(24)
    picture = film.add_stream("libx264", rate=rate, options={"preset": "veryfast", "crf": "18"})
    picture.width, picture.height, picture.pix_fmt = first.width // 2 * 2, first.height // 2 * 2, "yuv420p"
    sound = film.add_stream("aac", rate=_SAMPLE_RATE) if any(shot.streams.audio for shot in inputs) else None
    frames, samples = 0, 0
    for shot in inputs:
        for frame in _pictures(shot, picture, rate):
            frame.pts, frame.time_base = frames, 1 / rate
            frames += 1
            film.mux(picture.encode(frame))
        if sound is not None:
            samples = _encode_sound(film, sound, shot, samples, until=round(frames / rate * _SAMPLE_RATE))
    film.mux(picture.encode(None))
    if sound is not None:
        film.mux(sound.encode(None))


def _pictures(shot: InputContainer, picture: VideoStream, rate: Fraction) -> Iterator[VideoFrame]:
    """Yield a shot's frames in the film's size, with bars where the shape differs, and at its rate."""
    from av.filter import Graph as NewGraph  # noqa: PLC0415 - see _join

    width, height = picture.width, picture.height
    graph = NewGraph()
    fit = f"{width}:{height}:force_original_aspect_ratio=decrease"
    chain = [
        graph.add_buffer(template=shot.streams.video[0]),
        graph.add("scale", fit),
        graph.add("pad", f"{width}:{height}:(ow-iw)/2:(oh-ih)/2"),
        graph.add("setsar", "1"),
        graph.add("fps", str(rate)),
        graph.add("format", "yuv420p"),
        graph.add("buffersink"),
    ]
    graph.link_nodes(*chain).configure()
    shot.seek(0)
    for frame in shot.decode(shot.streams.video[0]):
        graph.vpush(frame)
        yield from _pulled(graph)
    graph.vpush(None)
    yield from _pulled(graph)


def _pulled(graph: Graph) -> Iterator[VideoFrame]:
    from av.error import FFmpegError  # noqa: PLC0415 - see _join

    while True:
        try:
            frame = graph.vpull()
        except (FFmpegError, BlockingIOError, EOFError):
            return
        yield frame


def _encode_sound(film: OutputContainer, sound: AudioStream, shot: InputContainer, samples: int, *, until: int) -> int:
    """Encode a shot's sound up to the end of its picture, with silence where there is none; returns where it ends."""
    for frame in [*_sounds(shot), *_silence(until - samples)]:
        left = until - samples
        if left <= 0:
            break
        frame.pts, frame.time_base, frame.sample_rate = samples, Fraction(1, _SAMPLE_RATE), _SAMPLE_RATE
        samples += frame.samples
        film.mux(sound.encode(frame))
    return samples


def _sounds(shot: InputContainer) -> Iterator[AudioFrame]:
    from av import AudioResampler  # noqa: PLC0415 - see _join

    if not shot.streams.audio:
        return
    resampler = AudioResampler(format="fltp", layout="stereo", rate=_SAMPLE_RATE)
    shot.seek(0)
    for frame in shot.decode(shot.streams.audio[0]):
        yield from resampler.resample(frame)


def _silence(samples: int) -> Iterator[AudioFrame]:
    from av import AudioFrame  # noqa: PLC0415 - see _join

    for _block in range(max(0, -(-samples // _SILENCE_SAMPLES))):
        frame = AudioFrame("fltp", "stereo", _SILENCE_SAMPLES)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        yield frame
