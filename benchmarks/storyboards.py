"""Storyboard and probe of long and large videos, beside twelve seeks and decodes with PyAV alone. Run as a program.

Of a clip with one key frame also beside the decoding of its pictures that others refer to, which any storyboard needs.

A short piece is encoded, and its packets are repeated with later timestamps.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import anyio
import anyio.to_thread
import av
from av.codec.codec import UnknownCodecError

from benchmarks.clips import FPS, Encoding, encode, repeat
from video_mcp.media.previews import storyboard, storyboard_path
from video_mcp.media.probe import probe
from video_mcp.media.stored_file import StoredFile

_RUNS = 5
_SHOTS = 12


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """A clip: a piece that is encoded, how often it is repeated, and in what time it should be looked into."""

    encoding: Encoding
    repeats: int
    target_seconds: float


@dataclass(frozen=True, kw_only=True)
class Spent:
    """Seconds of the clock and of the processor."""

    clock: float
    cpu: float


@dataclass(frozen=True, kw_only=True)
class Found:
    """What storyboard and probe of one clip cost, and the reference."""

    product: Spent
    reference: Spent
    decoding: Spent | None
    target_seconds: float
    megabytes: float


_HEVC = (("preset", "ultrafast"), ("x265-params", "log-level=error:keyint=600:scenecut=0"))
CLIPS = {
    "10 s of 1080p H.264, one key frame": _Plan(
        encoding=Encoding(size=(1920, 1080), pictures=240, keyframe_every=240), repeats=1, target_seconds=0.7
    ),
    "60 s of 4K HEVC, a key frame each 2 s": _Plan(
        encoding=Encoding(size=(3840, 2160), pictures=48, keyframe_every=48, codec="libx265", options=_HEVC),
        repeats=30,
        target_seconds=3.0,
    ),
    "10 min of 720p H.264, a key frame each 10 s": _Plan(
        encoding=Encoding(size=(1280, 720), pictures=240, keyframe_every=240), repeats=60, target_seconds=0.5
    ),
}


async def measure() -> dict[str, Found | str]:
    """Return for each clip what was found, or why there is nothing to measure."""
    found: dict[str, Found | str] = {}
    for name, plan in CLIPS.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "clip.mp4"
            try:
                await anyio.to_thread.run_sync(_write, path, plan)
            except UnknownCodecError:
                found[name] = f"not measured: this PyAV has no {plan.encoding.codec}"
            else:
                found[name] = await _measured(path, plan)
    return found


async def _measured(path: Path, plan: _Plan) -> Found:
    video = await anyio.to_thread.run_sync(_stored, path)

    async def product() -> None:
        storyboard_path(path).unlink(missing_ok=True)
        await probe(path)
        await storyboard(video)

    async def reference() -> None:
        await anyio.to_thread.run_sync(_seek_and_decode, path)

    async def decoding() -> None:
        await anyio.to_thread.run_sync(_decode_referred, path)

    has_one_key_frame = plan.repeats == 1
    rounds = [(await _spent(product), await _spent(decoding) if has_one_key_frame else None) for _round in range(_RUNS)]
    return Found(
        product=min((spent for spent, _ in rounds), key=_clock),
        decoding=min((spent for _, spent in rounds if spent is not None), key=_clock, default=None),
        reference=await _spent(reference),
        target_seconds=plan.target_seconds,
        megabytes=video.size_bytes / 1e6,
    )


def _stored(path: Path) -> StoredFile:
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return StoredFile(path=path, size_bytes=path.stat().st_size, sha256=sha256)


async def _spent(work: Callable[[], Awaitable[None]]) -> Spent:
    clock, cpu = time.monotonic(), time.process_time()
    await work()
    return Spent(clock=time.monotonic() - clock, cpu=time.process_time() - cpu)


def _clock(spent: Spent) -> float:
    return spent.clock


def _decode_referred(path: Path) -> None:
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        stream.codec_context.skip_frame = "NONREF"
        for _picture in container.decode(stream):
            pass


def _seek_and_decode(path: Path) -> None:
    """Decode twelve pictures at even distances: seek before each, and decode up to it."""
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        base = stream.time_base or Fraction(1)
        length = stream.duration or 0
        for shot in range(_SHOTS):
            at = (stream.start_time or 0) + length * (2 * shot + 1) // (2 * _SHOTS)
            container.seek(at, stream=stream)
            for frame in container.decode(stream):
                if (frame.pts or 0) + Fraction(1, 2 * FPS) / base >= at:
                    break


def _write(path: Path, plan: _Plan) -> None:
    piece = path.with_name("piece.mp4")
    width, height = plan.encoding.size
    encode(piece, f"testsrc2=size={width}x{height}:rate={FPS}", plan.encoding)
    repeat(piece, path, times=plan.repeats, piece_seconds=Fraction(plan.encoding.pictures, FPS))


def main() -> None:
    """Measure and print."""
    for name, found in anyio.run(measure).items():
        sys.stdout.write(f"{name}: {found}\n")


if __name__ == "__main__":
    main()
