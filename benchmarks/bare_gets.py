"""GETs of the HTTP client alone, as many a second as polls are due. Run as a program beside what it is compared with.

A process that does one thing a second finds cold caches each time: the same GET takes three times the CPU of one that
follows another at once.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from subprocess import PIPE

import anyio
import httpx2
from anyio.abc import Process

_AT_ONCE = 64
_GATHER_SECONDS = 0.02  # as polls that are due together are begun together
_ONE_AFTER_ANOTHER = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """So many GETs a second from a Unix time on, in slices of so many seconds."""

    rate: float
    begin_at: float
    slice_seconds: float
    slices: int


async def measure(address: str, pace: Pace) -> dict[str, list[float]]:
    """Return the CPU seconds of a GET, its JSON parsed, and how many were made a second, in each slice."""
    limits = httpx2.Limits(max_connections=_AT_ONCE, max_keepalive_connections=_AT_ONCE)
    async with httpx2.AsyncClient(verify=False, limits=limits) as client:
        await client.get(address)
        await anyio.sleep(max(0.0, pace.begin_at - time.time()))
        slices = [await _slice(client, address, pace) for _ in range(pace.slices)]
        return {"cpu_seconds_a_get": [cpu for cpu, _ in slices], "gets_a_second": [rate for _, rate in slices]}


async def _slice(client: httpx2.AsyncClient, address: str, pace: Pace) -> tuple[float, float]:
    begun, cpu, sent = time.monotonic(), time.process_time(), 0
    places = anyio.CapacityLimiter(_AT_ONCE)

    async def get() -> None:
        async with places:
            (await client.get(address)).json()

    async with anyio.create_task_group() as tasks:
        while sent < round(pace.rate * pace.slice_seconds):
            await anyio.sleep(max(_GATHER_SECONDS, begun + (sent + 1) / pace.rate - time.monotonic()))
            due = round((time.monotonic() - begun) * pace.rate)
            for _ in range(sent, due):
                tasks.start_soon(get)
            sent = max(sent, due)
    return (time.process_time() - cpu) / sent, sent / (time.monotonic() - begun)


async def one_after_another(address: str) -> float:
    """Return the CPU seconds of a GET that follows another at once."""
    async with httpx2.AsyncClient(verify=False) as client:
        await client.get(address)
        before = time.process_time()
        for _ in range(_ONE_AFTER_ANOTHER):
            (await client.get(address)).json()
        return (time.process_time() - before) / _ONE_AFTER_ANOTHER


async def begin(address: str, pace: Pace) -> Process:
    """Measure in a process of its own, whose result `result` reads."""
    numbers = (pace.rate, pace.begin_at, pace.slice_seconds, pace.slices)
    command = [sys.executable, "-m", "benchmarks.bare_gets", address, *map(str, numbers)]
    return await anyio.open_process(command, stdout=PIPE, stderr=None)


async def result(process: Process) -> dict[str, list[float]]:
    """Return what a process that was begun has measured, when it has ended."""
    assert process.stdout is not None
    async with process:
        return json.loads(b"".join([chunk async for chunk in process.stdout]))


def main() -> None:
    """Measure as the command line says, and print the CPU seconds of a GET in each slice."""
    address, rate, begin_at, slice_seconds, slices = sys.argv[1:]
    pace = Pace(rate=float(rate), begin_at=float(begin_at), slice_seconds=float(slice_seconds), slices=int(slices))
    sys.stdout.write(json.dumps(anyio.run(measure, address, pace)))


if __name__ == "__main__":
    main()
