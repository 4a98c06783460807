"""CPU seconds of inspecting ten seconds of 1080p. Run it with `python -m benchmarks.inspection`."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio

from benchmarks.clips import FPS, Encoding, encode
from video_mcp.media.inspection import examine
from video_mcp.media.probe import probe

_PICTURES = 240
_SIZE = (1920, 1080)
_RUNS = 3
_MOVING = f"testsrc2=size={_SIZE[0]}x{_SIZE[1]}:rate={FPS}"
CLIPS: dict[str, tuple[str, int]] = {
    "moves, one key frame": (_MOVING, 240),
    "moves, a key frame each second": (_MOVING, 24),
    "stops half way": (f"{_MOVING},trim=duration=5,tpad=stop=120:stop_mode=clone", 240),
    "black": (f"color=c=black:size={_SIZE[0]}x{_SIZE[1]}:rate={FPS}", 240),
}


async def measure() -> dict[str, dict[str, float]]:
    """Return for each clip the CPU seconds of probing the file, and of probing and inspecting it, least of three."""
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, (source, keyframe_every) in CLIPS.items():
            path = Path(folder) / f"{len(found)}.mp4"
            encode(path, source, Encoding(size=_SIZE, pictures=_PICTURES, keyframe_every=keyframe_every))
            found[name] = {"check": await _cpu_seconds(probe, path), "both": await _cpu_seconds(examine, path)}
    return found


async def _cpu_seconds(examine: Callable[[Path], Awaitable[object]], path: Path) -> float:
    spent: list[float] = []
    for _run in range(_RUNS):
        began = time.process_time()
        await examine(path)
        spent.append(time.process_time() - began)
    return min(spent)


def main() -> None:
    """Measure and print."""
    for name, seconds in anyio.run(measure).items():
        sys.stdout.write(
            f"{name:32} check {seconds['check']:.3f} s, with picture and sound {seconds['both']:.3f} s of CPU\n"
        )


if __name__ == "__main__":
    main()
