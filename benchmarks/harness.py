"""What the benchmarks share: the cheap gateway as a process of its own, and clips to deliver."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx2


class Gateway:
    """The cheap gateway of this run."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    async def set(self, **settings: float) -> None:
        """Change what it answers."""
        async with httpx2.AsyncClient(verify=False) as client:
            await client.get(f"{self.url}/settings", params={name: str(value) for name, value in settings.items()})

    async def counts(self) -> dict[str, float]:
        """Return what it was asked so far."""
        async with httpx2.AsyncClient(verify=False) as client:
            return (await client.get(f"{self.url}/counts")).json()


@contextmanager
def a_gateway(video: Path | None = None) -> Generator[Gateway]:
    """Run the cheap gateway, whose every video is one file."""
    command = [sys.executable, "-m", "benchmarks.gateway", *([str(video)] if video is not None else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as gateway:
        assert gateway.stdout is not None
        try:
            yield Gateway(int(gateway.stdout.readline()))
        finally:
            gateway.terminate()
