"""A simulator that listens."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory

import anyio

from video_mcp.simulator.app import SimulatorApp
from video_mcp.simulator.callbacks import Callbacks
from video_mcp.simulator.clip_shelf import ClipShelf
from video_mcp.simulator.config import Clock, SimulatorConfig
from video_mcp.simulator.faults import FaultPlan
from video_mcp.simulator.gateway import Gateway, Origins
from video_mcp.simulator.jobs import Job
from video_mcp.simulator.listener import bound_socket, serving
from video_mcp.simulator.record import Origin, RequestLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulator:
    """A running simulator.

    Attributes:
        base_url: Where it listens, without `/v1`.
        api_key: The key that it accepts.
        requests: What it was sent so far.
        faults: What goes wrong next.
        gateway: Its jobs; `jobs` is the short way.
        callbacks: What it tells its clients by itself.
    """

    base_url: str
    api_key: str
    requests: RequestLog
    faults: FaultPlan
    gateway: Gateway
    callbacks: Callbacks

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Every accepted job, oldest first: what the user would be charged for."""
        return tuple(self.gateway.jobs)

    def finish_renders(self) -> None:
        """End every render that goes on, now."""
        self.gateway.finish_renders()

    def hold_renders(self) -> AbstractContextManager[None]:
        """Let no job that begins in the block end before the block does, and every open one then."""
        return self.gateway.hold_renders()

    @property
    def leaked_keys(self) -> int:
        """How many requests for a signed link carried an Authorization header, which none ever should."""
        links = (one for one in self.requests if one.path.startswith("/media/"))
        return sum(one.authorization != "absent" for one in links)


@asynccontextmanager
async def run_simulator(
    config: SimulatorConfig | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    clock: Clock = time.time,
) -> AsyncGenerator[Simulator, None]:
    """Run a simulator while the block runs; port 0 takes a free one. Needs anyio's asyncio backend."""
    config = config or SimulatorConfig()
    async with AsyncExitStack() as stack:
        folder = config.clip_folder or stack.enter_context(TemporaryDirectory(prefix="video-mcp-simulator-"))
        shelf = ClipShelf(Path(folder))
        gateway_socket = stack.enter_context(bound_socket(host, port))
        media_socket = stack.enter_context(bound_socket(host, 0))
        origins = Origins(
            gateway=_url(host, gateway_socket),
            media=_url(host, media_socket),
            other_host=_url("localhost", media_socket),
            gateway_by_name=_url("localhost", gateway_socket),
        )
        gateway = Gateway(config, clock, origins, shelf)
        simulator = Simulator(
            base_url=origins.gateway,
            api_key=config.api_key,
            requests=RequestLog(),
            faults=FaultPlan(),
            gateway=gateway,
            callbacks=Callbacks(gateway, clock),
        )
        await stack.enter_async_context(serving(_app(simulator, config, clock, "gateway"), gateway_socket))
        await stack.enter_async_context(serving(_app(simulator, config, clock, "media"), media_socket))
        # First to run at the end: the listeners wait for requests, and those for their clips.
        stack.callback(shelf.stop)
        if config.calls_back:
            tasks = await stack.enter_async_context(anyio.create_task_group())
            stack.callback(tasks.cancel_scope.cancel)
            tasks.start_soon(simulator.callbacks.run)
        yield simulator


def _app(simulator: Simulator, config: SimulatorConfig, clock: Clock, origin: Origin) -> SimulatorApp:
    return SimulatorApp(
        config=config,
        clock=clock,
        gateway=simulator.gateway,
        faults=simulator.faults,
        log=simulator.requests,
        origin=origin,
    )


def _url(host: str, bound: socket) -> str:
    name = "127.0.0.1" if host in ("", "0.0.0.0") else host
    name = f"[{name}]" if ":" in name else name
    return f"http://{name}:{bound.getsockname()[1]}"
