"""Many open jobs in one process: polls made of those due, CPU a poll, and the loop's own lag. Run as a program.

The floor is the HTTP client's GET at the same pace against the same gateway, in the same run. With downloads, the
loop's lag is also that of the time in which they all run.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import fmean, quantiles

import anyio
from sqlalchemy import insert

from benchmarks import bare_gets
from benchmarks.bare_gets import Pace
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
_SLICES = 5
_LAG_SECONDS = 4.0
# Up to so many jobs the client's GETs run beside the polls, at the same speed of the machine; of more, after them.
_MOST_BESIDE = 1000
_BIG_BYTES = 250_000_000


async def measure(count: int, seconds: float, gateway: Gateway, downloads: int = 0) -> dict[str, list[float]]:
    """Return what polling so many jobs costs, in slices of the time; and the loop's lag, with downloads beside too."""
    await gateway.set(big_bytes=_BIG_BYTES)
    address = f"{gateway.url}/v1/videos/bare_1"
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
        async with open_runtime(settings, Effects()) as runtime:
            begin_at = time.time() + 1.5 * _INTERVAL_SECONDS  # every job has had its first turn by then
            rate, slice_seconds = count / _INTERVAL_SECONDS, seconds / _SLICES
            pace = Pace(rate=rate, begin_at=begin_at, slice_seconds=slice_seconds, slices=_SLICES)
            bare = await bare_gets.begin(address, pace) if count <= _MOST_BESIDE else None
            await anyio.sleep(begin_at - time.time())
            found = await _polled(gateway, pace)
            found["loop_lag_p99_seconds"] = [await _lag(lambda began_at: time.monotonic() - began_at < _LAG_SECONDS)]
            if downloads:
                found["loop_lag_beside_p99_seconds"] = [await _lag_beside(runtime, downloads)]
        if bare is None:
            bare = await bare_gets.begin(
                address, replace(pace, begin_at=time.time() + 2, slice_seconds=slice_seconds / 2)
            )
        found |= await bare_gets.result(bare)
        found["cpu_seconds_a_get_at_once"] = [await bare_gets.one_after_another(address)]
    return found


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


async def _polled(gateway: Gateway, pace: Pace) -> dict[str, list[float]]:
    """Count polls and their CPU in each slice; asking the gateway is no part of it."""
    polls, cores, costs, rates = (await gateway.counts())["polls"], list[float](), list[float](), list[float]()
    for _ in range(pace.slices):
        begun, cpu = time.monotonic(), time.process_time()
        await anyio.sleep(pace.slice_seconds)
        spent, wall = time.process_time() - cpu, time.monotonic() - begun
        before, polls = polls, (await gateway.counts())["polls"]
        made = polls - before
        rates.append(made / wall)
        cores.append(spent / wall)
        costs.append(spent / max(made, 1))
    return {
        "polls_a_second": rates,
        "share_of_due": [min(1.0, fmean(rates) / pace.rate)],
        "cores": cores,
        "cpu_seconds_a_poll": costs,
    }


async def _lag_beside(runtime: Runtime, downloads: int) -> float:
    """Return the loop's lag while so many videos are downloaded."""
    videos = [_job(-1 - number, time.time(), Rendered(upstream_id=f"big_{number}")) for number in range(downloads)]
    for job in videos:
        await runtime.ledger.insert(job, owner="nobody", lease_until=0.0)
    open_videos = {job.id for job in videos}

    async def follow(video_id: str) -> None:
        await runtime.service.wait(video_id, wait_seconds=600, report=_silent)
        open_videos.discard(video_id)

    lag = 0.0
    async with anyio.create_task_group() as tasks:
        for video_id in tuple(open_videos):
            tasks.start_soon(follow, video_id)
        lag = await _lag(lambda _began_at: len(open_videos) == downloads)
        tasks.cancel_scope.cancel()
    return lag


async def _silent(_progress: Progress) -> None:
    """Report nothing."""


async def _lag(goes_on: Callable[[float], bool]) -> float:
    """Return the loop's lag at the 99th percentile."""
    lags, began_at = list[float](), time.monotonic()
    while goes_on(began_at):
        asleep_at = time.monotonic()
        await anyio.sleep(0.02)
        lags.append(time.monotonic() - asleep_at - 0.02)
    return quantiles(lags, n=100)[98]


def run(count: int, seconds: float, downloads: int = 0) -> dict[str, list[float]]:
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
