"""One gigabyte to disk: the product's downloader beside the same HTTP client alone, and curl. Run as a program.

Each runs in a process of its own, so that its memory is its own too.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import anyio
import anyio.to_thread
import httpx2

from benchmarks.clips import small_clip
from benchmarks.harness import Gateway, a_gateway
from benchmarks.samples import Samples, gathered
from video_mcp.gateway.addresses import AddressGuard
from video_mcp.gateway.download import Downloader
from video_mcp.gateway.part_file import PartFile
from video_mcp.gateway.transport import open_clients
from video_mcp.media.sniff import may_be_media

FLOOR = "HTTP client alone"
_ROUNDS = 3
_BYTES = 1_000_000_000
_TIMEOUT_SECONDS = 60.0


async def _client_alone(url: str, path: Path, *, is_synced: bool = False) -> None:
    """Write what arrives and hash it, as the product does, without anything that makes it safe."""
    digest = hashlib.sha256()
    async with httpx2.AsyncClient(verify=False, timeout=_TIMEOUT_SECONDS) as client, client.stream("GET", url) as got:
        with path.open("wb") as file:
            async for chunk in got.aiter_bytes():
                digest.update(chunk)
                file.write(chunk)
            if is_synced:
                file.flush()
                await anyio.to_thread.run_sync(os.fsync, file.fileno())


async def _client_synced(url: str, path: Path) -> None:
    """Do the same, and wait for the disk at the end as the product does."""
    await _client_alone(url, path, is_synced=True)


async def _product(url: str, path: Path) -> None:
    base_url = url.rpartition("/")[0]
    async with open_clients(timeout_seconds=_TIMEOUT_SECONDS, user_agent="bench") as clients:
        downloader = Downloader(
            clients.files,
            base_url=base_url,
            api_key="key",
            max_bytes=2 * _BYTES,
            looks_like_video=may_be_media,
            guard=AddressGuard(base_url),
        )
        await downloader.fetch(url, PartFile(path))


_FETCHES: Mapping[str, Callable[[str, Path], Awaitable[None]]] = MappingProxyType(
    {FLOOR: _client_alone, "HTTP client, synced at the end": _client_synced, "video-mcp": _product}
)


def measure(gateway: Gateway) -> dict[str, Samples]:
    """Return for each the seconds of the clock and of the processor, and how much memory grew, of several in turn."""
    anyio.run(lambda: gateway.set(big_bytes=_BYTES))
    return gathered([_round(f"{gateway.url}/big") for _ in range(_ROUNDS)])


def _round(url: str) -> dict[str, dict[str, float]]:
    found = {name: _in_a_process(name, url) for name in _FETCHES}
    curl = shutil.which("curl")
    return {**found, "curl": _curl(curl, url)} if curl is not None else found


def _in_a_process(name: str, url: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.downloads", name, url]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout)


def _curl(curl: str, url: str) -> dict[str, float]:
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([curl, "--silent", "--output", f"{folder}/clip.mp4", url], check=True, timeout=300)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall_seconds": time.monotonic() - begun, "cpu_seconds": cpu}


def run() -> dict[str, Samples]:
    """Measure beside a gateway of its own."""
    with tempfile.TemporaryDirectory() as folder, a_gateway(small_clip(Path(folder))) as gateway:
        return measure(gateway)


def _peak_mb() -> float:
    """Return the most memory that this program ever had; what rusage says begins with its parent's."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def main() -> None:
    """Measure all; or, with a name and an address, one of them in this process, and print what was found."""
    if len(sys.argv) == 1:
        sys.stdout.write(f"{json.dumps(run())}\n")
        return
    fetch = _FETCHES[sys.argv[1]]
    with tempfile.TemporaryDirectory() as folder:
        anyio.run(fetch, f"{sys.argv[2]}?bytes=100000", Path(folder) / "warm.part")
        memory, cpu, begun = _peak_mb(), os.times(), time.monotonic()
        anyio.run(fetch, sys.argv[2], Path(folder) / "clip.mp4.part")
        wall, after = time.monotonic() - begun, os.times()
    cpu_seconds = after.user + after.system - cpu.user - cpu.system
    found = {"wall_seconds": wall, "cpu_seconds": cpu_seconds, "memory_growth_mb": _peak_mb() - memory}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
