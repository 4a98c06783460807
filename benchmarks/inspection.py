"""CPU seconds of inspecting ten seconds of 1080p. Run it with `python -m benchmarks.inspection`."""
# PyAV's stubs leave encoding and filters half unknown; only this file of the benchmarks encodes.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from fractions import Fraction
from pathlib import Path

import anyio
import av

from video_mcp.media.inspection import examine
from video_mcp.media.probe import probe

_FPS = 24
_FRAMES = 240
_SIZE = "1920x1080"
_RUNS = 3
_MOVING = f"mandelbrot=size={_SIZE}:rate={_FPS}:start_scale=2:end_scale=0.5:end_pts={_FRAMES},gblur=sigma=3"
CLIPS: dict[str, tuple[str, int]] = {
    "moves, one key frame": (_MOVING, 250),
    "moves, a key frame each second": (_MOVING, 24),
    "stops half way": (f"{_MOVING},trim=duration=5,tpad=stop=120:stop_mode=clone", 250),
    "black": (f"color=c=black:size={_SIZE}:rate={_FPS}", 250),
}


async def measure() -> dict[str, dict[str, float]]:
    """Return for each clip the CPU seconds of probing the file, and of probing and inspecting it, least of three."""
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, (source, keyframe_every) in CLIPS.items():
            path = Path(folder) / f"{len(found)}.mp4"
            _write(path, source, keyframe_every)
            found[name] = {"check": await _cpu_seconds(probe, path), "both": await _cpu_seconds(examine, path)}
    return found


async def _cpu_seconds(examine: Callable[[Path], Awaitable[object]], path: Path) -> float:
    spent: list[float] = []
    for _run in range(_RUNS):
        began = time.process_time()
        await examine(path)
        spent.append(time.process_time() - began)
    return min(spent)


def _write(path: Path, source: str, keyframe_every: int) -> None:
    with av.open(source, format="lavfi") as pictures, av.open(path, "w") as container:
        video = container.add_stream("libx264", rate=_FPS, options={"preset": "fast"})
        video.width, video.height = (int(side) for side in _SIZE.split("x"))
        video.pix_fmt, video.gop_size = "yuv420p", keyframe_every
        for number, picture in zip(range(_FRAMES), pictures.decode(video=0), strict=False):
            frame = picture.reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, _FPS)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))


def main() -> None:
    """Measure and print."""
    for name, seconds in anyio.run(measure).items():
        sys.stdout.write(
            f"{name:32} check {seconds['check']:.3f} s, with picture and sound {seconds['both']:.3f} s of CPU\n"
        )


if __name__ == "__main__":
    main()
