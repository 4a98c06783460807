"""What a delivery is made of, one part after another with nothing around it: two GETs, the bytes to disk, a look."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from pathlib import Path

import anyio
import anyio.to_thread
import httpx2

from benchmarks.harness import Gateway
from video_mcp.media.inspection import examine

_VIDEOS = 60


async def measure(gateway: Gateway) -> float:
    """Return the CPU seconds of one video's parts, as small videos have them."""
    with tempfile.TemporaryDirectory() as folder:
        async with httpx2.AsyncClient(verify=False) as client:
            await _one(client, gateway.url, Path(folder) / "warm.mp4")
            cpu = time.process_time()
            for number in range(_VIDEOS):
                await _one(client, gateway.url, Path(folder) / f"{number}.mp4")
            return (time.process_time() - cpu) / _VIDEOS


async def _one(client: httpx2.AsyncClient, url: str, path: Path) -> None:
    for _ in range(2):  # polled once while it renders and once when it is ready
        (await client.get(f"{url}/v1/videos/bare_1")).json()
    digest = hashlib.sha256()
    async with client.stream("GET", f"{url}/v1/videos/bare_1/content") as answer:
        with path.open("wb") as file:
            async for chunk in answer.aiter_bytes():
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            await anyio.to_thread.run_sync(os.fsync, file.fileno())
    await examine(path)
