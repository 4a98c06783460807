"""Many open jobs in one process: polls made of those due, CPU a poll, and the loop's own lag. Run as a program.

The floor is a bare GET of the same client against the same gateway, in the same run.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import quantiles

import anyio
import httpx2
from sqlalchemy import insert

from benchmarks.harness import Gateway, a_gateway
from video_mcp.jobs.effects import Effects
from video_mcp.jobs.job import Job, Rendering
from video_mcp.jobs.runtime import open_runtime
from video_mcp.jobs.store.ledger import open_ledger
from video_mcp.jobs.store.rows import to_row
from video_mcp.jobs.store.tables import jobs_table
from video_mcp.settings import Settings, load_settings

_INTERVAL_SECONDS = 10.0
_GETS = 400


async def measure(count: int, seconds: float, gateway: Gateway) -> dict[str, float]:
    """Return what polling so many jobs costs."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        settings = load_settings(
            base_url=gateway.url, api_key="key", home=home, output_dir=home / "videos", polls_at_once=64
        )
        await _fill(settings, count)
        floor = await _bare_get(gateway)
        polls, cpu, lags = await _polled(settings, gateway, seconds)
    wanted = count / _INTERVAL_SECONDS * seconds
    return {
        "open": count,
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


def _job(number: int, created_at: float) -> Job:
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
        state=Rendering(upstream_id=f"task_{number}"),
    )


async def _bare_get(gateway: Gateway) -> float:
    """Return the CPU seconds of one GET with its JSON parsed."""
    async with httpx2.AsyncClient() as client:
        await client.get(f"{gateway.url}/v1/videos/task_1")
        before = time.process_time()
        for _ in range(_GETS):
            (await client.get(f"{gateway.url}/v1/videos/task_1")).json()
        return (time.process_time() - before) / _GETS


async def _polled(settings: Settings, gateway: Gateway, seconds: float) -> tuple[int, float, list[float]]:
    """Poll for a while, counted from when every job has had its first turn."""
    lags = list[float]()
    async with open_runtime(settings, Effects()):
        await anyio.sleep(_INTERVAL_SECONDS * 1.5)
        polls, cpu, started = (await gateway.counts())["polls"], time.process_time(), time.monotonic()
        await anyio.sleep(seconds)  # looking at the loop's lag would be most of what few jobs cost
        cpu = time.process_time() - cpu
        polls = (await gateway.counts())["polls"] - polls
        started = time.monotonic()
        while time.monotonic() - started < seconds:
            asleep_at = time.monotonic()
            await anyio.sleep(0.02)
            lags.append(time.monotonic() - asleep_at - 0.02)
        return int(polls), cpu, lags


def run(count: int, seconds: float) -> dict[str, float]:
    """Measure in a process of its own, so that each number of jobs begins alike."""
    command = [sys.executable, "-m", "benchmarks.open_jobs", str(count), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 120)
    return json.loads(done.stdout)


def main() -> None:
    """Measure as many jobs for as many seconds as the command line says, and print what was found."""
    count, seconds = int(sys.argv[1]), float(sys.argv[2])
    with a_gateway() as gateway:
        found = anyio.run(measure, count, seconds, gateway)
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
