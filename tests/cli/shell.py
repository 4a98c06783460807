"""The real command in a process of its own, as a person's shell starts it."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import anyio
from anyio.abc import Process

from video_mcp.simulator import Simulator, SimulatorConfig

QUICK = SimulatorConfig(render_seconds=0.3, max_side=160, poll_after_ms=100)
MOST_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Outcome:
    code: int
    stdout: str
    stderr: str

    @property
    def answer(self) -> dict[str, object]:
        assert self.stdout, self.stderr
        return cast("dict[str, object]", json.loads(self.stdout))


@dataclass(frozen=True, slots=True)
class Shell:
    """A folder to work in, and the variables that are set there."""

    folder: Path
    variables: Mapping[str, str]

    def setting(self, **more: str) -> Shell:
        return Shell(
            self.folder, {**self.variables, **{f"VIDEO_MCP_{name.upper()}": text for name, text in more.items()}}
        )

    async def run(self, *words: str) -> Outcome:
        async with await self._start(*words) as process:
            return await self._outcome(process)

    async def interrupt(self, *words: str, when: Callable[[], bool]) -> Outcome:
        """Press Ctrl-C as soon as `when` is true."""
        # A parent that ignores Ctrl-C, such as nohup, hands that on to every process below it.
        ignored = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            started = await self._start(*words)
        finally:
            signal.signal(signal.SIGINT, ignored)
        async with started as process:
            with anyio.fail_after(MOST_SECONDS):
                while not when():  # noqa: ASYNC110 - the simulator's log has no event to wait for
                    await anyio.sleep(0.02)
            process.send_signal(signal.SIGINT)
            return await self._outcome(process)

    async def _start(self, *words: str) -> Process:
        command = [sys.executable, "-m", "video_mcp", *words]
        return await anyio.open_process(command, stdin=None, cwd=self.folder, env=self.variables)

    async def _outcome(self, process: Process) -> Outcome:
        said: dict[str, str] = {}

        async def read(name: str) -> None:
            stream = process.stdout if name == "stdout" else process.stderr
            assert stream is not None
            said[name] = b"".join([chunk async for chunk in stream]).decode(errors="replace")

        limit = anyio.CancelScope(deadline=anyio.current_time() + MOST_SECONDS)
        async with anyio.create_task_group() as readers:
            readers.start_soon(read, "stdout")
            readers.start_soon(read, "stderr")
            with limit:
                await process.wait()
            if limit.cancelled_caught:
                process.send_signal(signal.SIGABRT)  # with PYTHONFAULTHANDLER it says where it hangs
        assert not limit.cancelled_caught, f"it did not end:\n{said['stderr']}"
        key = self.variables.get("VIDEO_MCP_API_KEY", QUICK.api_key)
        assert key not in said["stdout"] + said["stderr"]
        return Outcome(await process.wait(), said["stdout"], said["stderr"])


def a_shell(folder: Path, simulator: Simulator | None = None) -> Shell:
    whole = os.environ  # noqa: TID251 - what a shell hands on
    inherited = {name: whole[name] for name in whole if name.startswith(("PATH", "COVERAGE_", "SYSTEMROOT"))}
    own = {
        "HOME": str(folder),
        "PYTHONFAULTHANDLER": "1",
        "VIDEO_MCP_HOME": str(folder / "home"),
        "VIDEO_MCP_OUTPUT_DIR": str(folder / "videos"),
    }
    gateway = {"VIDEO_MCP_BASE_URL": simulator.base_url, "VIDEO_MCP_API_KEY": simulator.api_key} if simulator else {}
    return Shell(folder, {**inherited, **own, **gateway})
