"""Many open jobs in one process: polls made of those due, CPU a poll, and the loop's own lag. Run as a program.

The floor is a bare GET of the same client against the same gateway, in the same run. With downloads, the loop's lag is
that of the time in which they all run.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles

import anyio
import httpx2
from sqlalchemy import insert

from benchmarks.clips import small_clip
from benchmarks.harness import Gateway, a_gateway
from video_mcp.jobs.composition import Runtime
from video_mcp.jobs.effects import Effects
from video_mcp.jobs.job import Job, Rendered, Rendering
from video_mcp.jobs.progress import Progress
from video_mcp.jobs.runtime import open_runtime
from video_mcp.jobs.store.ledger import open_ledger
from video_mcp.jobs.store.rows import to_row
from video_mcp.jobs.store.tables import jobs_table
from video_mcp.settings import Settings, load_settings

_INTERVAL_SECONDS = 10.0
_GETS = 400
_BIG_BYTES = 250_000_000


async def measure(count: int, seconds: float, gateway: Gateway, downloads: int = 0) -> dict[str, float]:
    """Return what polling so many jobs costs; the loop's lag, with so many downloads beside it."""
    await gateway.set(big_bytes=_BIG_BYTES)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        settings = load_settings(
            base_url=gateway.url,
            api_key="key",
            home=home,
            output_dir=home / "videos",
            polls_at_once=64,
            downloads_at_once=max(downloads, 1),
        )
        await _fill(settings, count)
        floor = await _bare_get(gateway)
        polls, cpu, lags = await _polled(settings, gateway, seconds, downloads)
    wanted = count / _INTERVAL_SECONDS * seconds
    return {
        "open": count,
        "downloads": downloads,
        "polls_a_second": polls / seconds,
        "share_of_due": min(1.0, polls / wanted),
        "cores": cpu / seconds,
        "cpu_ms_a_poll": 1000 * cpu / max(polls, 1),
        "cpu_ms_a_get": 1000 * floor,
        "loop_lag_p99_ms": 1000 * quantiles(lags, n=100)[98],
    }


async def _fill(settings: Settings, count: int) -> None:
    now = time.time()
    async with open_ledger(settings.ledger_url, settings.ledger_path) as ledger:
        # Evenly over an interval, as jobs are that were created one by one; a new job is due when it is created.
        jobs = [_job(number, now + 3 + _INTERVAL_SECONDS * number / count) for number in range(count)]
        rows = [{**to_row(job), "due_at": job.created_at} for job in jobs]
        await ledger.database.write(lambda connection: connection.execute(insert(jobs_table), rows))


def _job(number: int, created_at: float, state: Rendering | Rendered | None = None) -> Job:
    return Job(
        id=f"video_{number}",
        model="kling-v2-6",
        family="kling",
        mode="t2v",
        prompt="A paper boat",
        expected_seconds=180.0,
        created_at=created_at,
        updated_at=created_at,
        fingerprint=f"{number:064d}",
        state=state or Rendering(upstream_id=f"task_{number}"),
    )


async def _bare_get(gateway: Gateway) -> float:
    """Return the CPU seconds of one GET with its JSON parsed."""
    async with httpx2.AsyncClient() as client:
        await client.get(f"{gateway.url}/v1/videos/task_1")
        before = time.process_time()
        for _ in range(_GETS):
            (await client.get(f"{gateway.url}/v1/videos/task_1")).json()
        return (time.process_time() - before) / _GETS


async def _polled(
    settings: Settings, gateway: Gateway, seconds: float, downloads: int
) -> tuple[int, float, list[float]]:
    """Poll for a while, counted from when every job has had its first turn."""
    async with open_runtime(settings, Effects()) as runtime:
        await anyio.sleep(_INTERVAL_SECONDS * 1.5)
        polls, cpu = (await gateway.counts())["polls"], time.process_time()
        await anyio.sleep(seconds)  # looking at the loop's lag would be most of what few jobs cost
        cpu = time.process_time() - cpu
        polls = (await gateway.counts())["polls"] - polls
        if downloads:
            return int(polls), cpu, await _lags_beside(runtime, downloads)
        return int(polls), cpu, await _lags(lambda began_at: time.monotonic() - began_at < seconds)


async def _lags_beside(runtime: Runtime, downloads: int) -> list[float]:
    """Return the loop's lags while so many videos are downloaded."""
    videos = [_job(-1 - number, time.time(), Rendered(upstream_id=f"big_{number}")) for number in range(downloads)]
    for job in videos:
        await runtime.ledger.insert(job, owner="nobody", lease_until=0.0)
    open_videos = {job.id for job in videos}

    async def follow(video_id: str) -> None:
        await runtime.service.wait(video_id, wait_seconds=600, report=_silent)
        open_videos.discard(video_id)

    lags = list[float]()
    async with anyio.create_task_group() as tasks:
        for video_id in tuple(open_videos):
            tasks.start_soon(follow, video_id)
        lags = await _lags(lambda _began_at: len(open_videos) == downloads)
        tasks.cancel_scope.cancel()
    return lags


async def _silent(_progress: Progress) -> None:
    """Report nothing."""


async def _lags(goes_on: Callable[[float], bool]) -> list[float]:
    lags, began_at = list[float](), time.monotonic()
    while goes_on(began_at):
        asleep_at = time.monotonic()
        await anyio.sleep(0.02)
        lags.append(time.monotonic() - asleep_at - 0.02)
    return lags


def run(count: int, seconds: float, downloads: int = 0) -> dict[str, float]:
    """Measure in a process of its own, so that each number of jobs begins alike."""
    command = [sys.executable, "-m", "benchmarks.open_jobs", str(count), str(seconds), str(downloads)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=2 * seconds + 300)
    return json.loads(done.stdout)


def main() -> None:
    """Measure as many jobs for as many seconds as the command line says, beside so many downloads, and print it."""
    count, seconds, *downloads = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder, a_gateway(small_clip(Path(folder))) as gateway:
        found = anyio.run(measure, int(count), float(seconds), gateway, int(next(iter(downloads), "0")))
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
