"""What more replicas on one PostgreSQL bring: creates and polls a second, and what each costs. Prints a table.

Run it as `python -m benchmarks.replicas`; it needs the wheels of the group `test`. CPU and counts say more than rates
on a machine that does other work beside: the clients, the gateway and the database share its cores.
"""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from subprocess import PIPE
from tempfile import TemporaryDirectory

import anyio
import anyio.to_thread
import httpx2
import psycopg
from prometheus_client.parser import text_string_to_metric_families

from deploy.local.postgresql import free_port, run_postgresql
from deploy.local.replica import Replica
from video_mcp.jobs.store.versions import upgrade_database

_NUMBERS = (1, 2, 3)
_JOBS = 300
_CLIENTS = 12
_SECONDS = 20.0
_HEADERS = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-11-25"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What has been counted up to a moment, over all replicas."""

    at: float
    cpu_seconds: float
    creates: float
    polls: float
    transactions: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was measured with so many replicas: while jobs were created, and while they were polled."""

    number: int
    created: tuple[Sample, Sample]
    polled: tuple[Sample, Sample]


def main() -> None:
    """Measure and print."""
    with TemporaryDirectory(prefix="video-mcp-replicas-") as folder, run_postgresql() as server:
        outcomes = [anyio.run(_measure, Path(folder), server, number) for number in _NUMBERS]
    sys.stdout.write("\n".join(_table(outcomes)) + "\n")


async def _measure(folder: Path, server: str, number: int) -> Outcome:
    database = f"replicas_{number}"
    await anyio.to_thread.run_sync(_execute, f"{server}/postgres", f"CREATE DATABASE {database}")
    url = f"{server}/{database}"
    await upgrade_database(url, None)
    async with _gateway() as base_url, _replicas(folder / database, url, base_url, number) as replicas:
        sample = partial(_sample, replicas, url)
        async with httpx2.AsyncClient(timeout=300) as client:
            for replica in replicas:  # what is loaded at the first call is no part of a call
                (await client.get(f"{replica.origin}/readyz")).raise_for_status()
            before = await sample(client)
            await _create_all(client, replicas)
            created = await sample(client)
            await anyio.sleep(_SECONDS)
            return Outcome(number=number, created=(before, created), polled=(created, await sample(client)))


@asynccontextmanager
async def _gateway() -> AsyncGenerator[str]:
    command = [sys.executable, "-m", "benchmarks.gateway"]
    async with await anyio.open_process(command, stdout=PIPE, stderr=None) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{(await process.stdout.receive()).decode().strip()}"
        finally:
            process.kill()


@asynccontextmanager
async def _replicas(folder: Path, url: str, base_url: str, number: int) -> AsyncGenerator[Sequence[Replica]]:
    settings = {"BASE_URL": base_url, "API_KEY": "sk-benchmark", "DATABASE_URL": url, "LOG_LEVEL": "ERROR"}
    replicas = [Replica(folder=folder / f"{one}", port=free_port(), settings=settings) for one in range(number)]
    async with AsyncExitStack() as stack:
        for replica in replicas:
            await replica.start()
            stack.push_async_callback(replica.stop)
        yield replicas


async def _create_all(client: httpx2.AsyncClient, replicas: Sequence[Replica]) -> None:
    slots = anyio.CapacityLimiter(_CLIENTS)
    async with anyio.create_task_group() as tasks:
        for job in range(_JOBS):
            tasks.start_soon(_create, client, replicas[job % len(replicas)].origin, job, slots)


async def _create(client: httpx2.AsyncClient, origin: str, job: int, slots: anyio.CapacityLimiter) -> None:
    arguments = {"model": "kling-v2-6", "prompt": f"Take {job}", "seconds": 5, "wait_seconds": 0}
    call = {"name": "create_video", "arguments": arguments}
    message = {"jsonrpc": "2.0", "id": job, "method": "tools/call", "params": call}
    async with slots:
        answer = await client.post(f"{origin}/mcp", json=message, headers=_HEADERS)
    if '"isError":true' in answer.text or answer.is_error:
        raise RuntimeError(answer.text)


async def _sample(replicas: Sequence[Replica], url: str, client: httpx2.AsyncClient) -> Sample:
    scraped = [_metrics((await client.get(f"{replica.origin}/metrics")).text) for replica in replicas]
    counts = "SELECT xact_commit, tup_inserted + tup_updated FROM pg_stat_database WHERE datname = current_database()"
    transactions, rows = await anyio.to_thread.run_sync(_execute, url, counts)
    return Sample(
        at=time.monotonic(),
        cpu_seconds=sum(one.get("process_cpu_seconds_total", 0.0) for one in scraped),
        creates=sum(one.get("video_mcp_submits_total", 0.0) for one in scraped),
        polls=sum(one.get("video_mcp_polls_total", 0.0) for one in scraped),
        transactions=transactions,
        rows=rows,
    )


def _metrics(text: str) -> dict[str, float]:
    """Return the sum of each metric over its labels."""
    sums: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            sums[sample.name] = sums.get(sample.name, 0.0) + sample.value
    return sums


def _execute(url: str, statement: str) -> tuple[int, ...]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return tuple(cursor.fetchone() or ()) if cursor.description else ()


def _table(outcomes: Sequence[Outcome]) -> list[str]:
    head = (
        "replicas",
        "creates/s",
        "CPU a create",
        "polls/s",
        "CPU a poll",
        "transactions a poll",
        "rows written a poll",
    )
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *map(_row, outcomes)]


def _row(outcome: Outcome) -> str:
    (before, made), (_, after) = outcome.created, outcome.polled
    creates, polls = max(1.0, made.creates - before.creates), max(1.0, after.polls - made.polls)
    cells = (
        f"{outcome.number}",
        f"{creates / (made.at - before.at):.1f}",
        f"{1000 * (made.cpu_seconds - before.cpu_seconds) / creates:.1f} ms",
        f"{polls / (after.at - made.at):.1f}",
        f"{1000 * (after.cpu_seconds - made.cpu_seconds) / polls:.1f} ms",
        f"{(after.transactions - made.transactions) / polls:.2f}",
        f"{(after.rows - made.rows) / polls:.2f}",
    )
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
