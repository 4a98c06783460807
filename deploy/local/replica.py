"""A replica: the real `video-mcp serve --http` as a process of this machine, to be killed and started again."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL

import anyio
from anyio.abc import Process

_START_SECONDS = 300.0
_PREFIX = "VIDEO_MCP_"


@dataclass(slots=True, kw_only=True)
class Replica:
    """One replica with a port, a disk and a log of its own; `settings` are its variables without their prefix."""

    folder: Path
    port: int
    settings: Mapping[str, str]
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    process: Process | None = None

    @property
    def origin(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it, and return once it takes requests."""
        await anyio.Path(self.folder).mkdir(parents=True, exist_ok=True)
        own = {"HOME": str(self.folder / "home"), "OUTPUT_DIR": str(self.folder / "videos"), **self.settings}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_PREFIX)}  # noqa: TID251 - a process inherits it
        env = {**inherited, **self.variables, **{f"{_PREFIX}{name}": value for name, value in own.items()}}
        command = [sys.executable, "-m", "video_mcp", "serve", "--http", "--port", str(self.port)]
        with (self.folder / "log").open("ab") as log:
            self.process = await anyio.open_process(command, env=env, stdin=DEVNULL, stdout=DEVNULL, stderr=log)
        with anyio.fail_after(_START_SECONDS):
            while not await self._listens():
                if self.process.returncode is not None:
                    raise RuntimeError(f"a replica did not start: {self.log()[-2000:]}")
                await anyio.sleep(0.05)

    async def kill(self) -> None:
        """End it as a power failure would."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def stop(self) -> None:
        """Let it give its leases back and end."""
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            with anyio.move_on_after(30):
                await self.process.wait()
            await self.kill()

    def log(self) -> str:
        """Return what it has logged."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    async def _listens(self) -> bool:
        try:
            stream = await anyio.connect_tcp("127.0.0.1", self.port)
        except OSError:
            return False
        await stream.aclose()
        return True
