"""Many videos at once in one process, from the create to the file: every file in the library, one POST for each.

`python -m benchmarks.many_videos 10000` creates them all before the first becomes ready.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream
from sqlalchemy import func, select

from benchmarks import delivery_parts
from benchmarks.clips import small_clip
from benchmarks.harness import Gateway, a_gateway
from video_mcp.jobs.composition import Runtime
from video_mcp.jobs.effects import Effects
from video_mcp.jobs.job import Job
from video_mcp.jobs.request import CreateRequest
from video_mcp.jobs.runtime import open_runtime
from video_mcp.jobs.store.tables import jobs_table
from video_mcp.settings import load_settings
from video_mcp.types import LOCAL_PRINCIPAL

_CREATES_AT_ONCE = 16
_HINT_SECONDS = 60.0
_READY_A_SECOND = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Phase:
    """How long one phase took, in seconds of the clock and of the processor."""

    wall_seconds: float
    cpu_seconds: float


async def measure(count: int, gateway: Gateway, *, hint_seconds: float = _HINT_SECONDS) -> dict[str, float]:
    """Return what so many videos cost, and what became of them."""
    await gateway.set(hint_ms=1000 * hint_seconds)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        settings = load_settings(base_url=gateway.url, api_key="key", home=home, output_dir=home / "videos")
        async with open_runtime(settings, Effects()) as runtime:
            begun = _now()
            await _create(runtime, count)
            created, most_open = _since(begun), await _count(runtime, "rendering")
            begun = _now()
            ready_from = time.time()
            await gateway.set(ready_from=ready_from, ready_rate=_READY_A_SECOND, hint_ms=min(5000, 1000 * hint_seconds))
            await _until(runtime, "completed", count)
            finished = _since(begun)
            lags, steps = await _lags(runtime, ready_from)
        counts = await gateway.counts()
        parts = await delivery_parts.measure(gateway)
        files = sum(1 for path in (home / "videos").rglob("*.mp4") if path.stat().st_size)
    return {
        "videos": count,
        "open_at_once": most_open,
        "files": files,
        "posts": counts["posts"],
        "most_posts_of_one": counts["most_posts_of_one"],
        "polls": counts["polls"],
        "create_cpu_ms": 1000 * created.cpu_seconds / count,
        "finish_cpu_ms": 1000 * finished.cpu_seconds / count,
        "create_wall_seconds": created.wall_seconds,
        "finish_wall_seconds": finished.wall_seconds,
        "finish_cpu_ms_of_its_parts": 1000 * parts,
        "ready_to_file_p50_seconds": median(lags),
        "ready_to_file_p99_seconds": quantiles(lags, n=100)[98],
        "seen_ready_to_file_p50_seconds": median(steps),
        "seen_ready_to_file_p99_seconds": quantiles(steps, n=100)[98],
    }


async def _create(runtime: Runtime, count: int) -> None:
    send, receive = anyio.create_memory_object_stream[int](count)
    async with anyio.create_task_group() as tasks, send:
        for number in range(count):
            send.send_nowait(number)
        for _ in range(_CREATES_AT_ONCE):
            tasks.start_soon(_create_each, runtime, receive.clone())
        receive.close()
    await _until(runtime, "rendering", count)


async def _create_each(runtime: Runtime, numbers: MemoryObjectReceiveStream[int]) -> None:
    async with numbers:
        async for number in numbers:
            fields = {"model": "kling-v2-6", "prompt": f"A paper boat {number}", "seconds": 5}
            await runtime.service.submit(await runtime.service.prepare(CreateRequest(fields=fields)))


async def _count(runtime: Runtime, state: str) -> int:
    statement = select(func.count()).where(jobs_table.c.state == state)
    return await runtime.ledger.database.read(lambda connection: int(connection.execute(statement).scalar_one()))


async def _until(runtime: Runtime, state: str, count: int) -> None:
    """Return when so many jobs are in a state; how many are is said on the way."""
    while True:
        there = await _count(runtime, state)
        if there >= count:
            return
        sys.stderr.write(f"{there} of {count} {state}\n")
        await anyio.sleep(2.0)


async def _lags(runtime: Runtime, ready_from: float) -> tuple[list[float], list[float]]:
    """Return the seconds to the file in the library, from ready at the gateway and from the poll that saw it."""
    lags, steps = list[float](), list[float]()
    async for job in _all_jobs(runtime):
        number, finished_at = int((job.upstream_id or "").rpartition("_")[2]), job.finished_at or 0.0
        lags.append(finished_at - ready_from - number / _READY_A_SECOND)
        steps.append(finished_at - (job.rendered_at or 0.0))
    return lags, steps


async def _all_jobs(runtime: Runtime) -> AsyncIterator[Job]:
    before: tuple[float, str] | None = None
    while jobs := await runtime.ledger.newest_kept(500, before=before, principal=LOCAL_PRINCIPAL):
        for job in jobs:
            yield job
        before = jobs[-1].created_at, jobs[-1].id


def _now() -> tuple[float, float]:
    return time.monotonic(), time.process_time()


def _since(begun: tuple[float, float]) -> _Phase:
    wall, cpu = begun
    return _Phase(wall_seconds=time.monotonic() - wall, cpu_seconds=time.process_time() - cpu)


def run(count: int) -> dict[str, float]:
    """Make so many videos beside a gateway of their own."""
    with tempfile.TemporaryDirectory() as folder, a_gateway(small_clip(Path(folder))) as gateway:
        return anyio.run(measure, count, gateway)


def main() -> None:
    """Make as many videos as the command line says, and print what was found."""
    sys.stdout.write(f"{json.dumps(run(int(sys.argv[1])))}\n")


if __name__ == "__main__":
    main()
