"""A real HTTP server in this process, against the simulator, and clients of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

import anyio
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from video_mcp.server.http.app import HTTPServer, open_http_server
from video_mcp.server.http.serve import bound_socket, uvicorn_server
from video_mcp.settings import Settings, load_settings
from video_mcp.simulator import Simulator, SimulatorConfig, run_simulator

Era = Literal["auto", "legacy"]
QUICK = SimulatorConfig(render_seconds=0.2, max_side=64, poll_after_ms=50)
SLOW = SimulatorConfig(render_seconds=3600.0, max_side=64, poll_after_ms=50)
BOAT = {"model": "kling-v2-6", "prompt": "A paper boat", "seconds": 5}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A server that listens, and the gateway behind it."""

    url: str
    opened: HTTPServer
    simulator: Simulator
    settings: Settings

    @property
    def origin(self) -> str:
        return self.url.removesuffix("/mcp")

    @asynccontextmanager
    async def connect(self, era: Era = "auto", *, token: str | None = None) -> AsyncGenerator[Client]:
        headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=60) as http,
            Client(streamable_http_client(self.url, http_client=http), mode=era) as client,
        ):
            yield client

    def http(self, *, token: str | None = None) -> httpx2.AsyncClient:
        headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
        return httpx2.AsyncClient(headers=headers, base_url=self.origin, timeout=60)


@asynccontextmanager
async def a_site(folder: Path, config: SimulatorConfig = QUICK, **overrides: object) -> AsyncGenerator[Site]:
    async with run_simulator(replace(config, clip_folder=folder.parent / "clips")) as simulator:
        known: dict[str, object] = {
            "base_url": simulator.base_url,
            "api_key": simulator.api_key,
            "home": folder / "home",
            "output_dir": folder / "videos",
        }
        async with a_replica(load_settings(**{**known, **overrides}), simulator) as site:
            yield site


@asynccontextmanager
async def a_replica(settings: Settings, simulator: Simulator, host: str = "127.0.0.1") -> AsyncGenerator[Site]:
    with bound_socket(host, 0) as bound:
        async with open_http_server(settings, bind_host=host) as opened, anyio.create_task_group() as tasks:
            server = uvicorn_server(opened.app)
            tasks.start_soon(partial(server.serve, sockets=[bound]))
            url = f"http://127.0.0.1:{bound.getsockname()[1]}/mcp"
            yield Site(url=url, opened=opened, simulator=simulator, settings=settings)
            server.should_exit = server.force_exit = True


async def until(is_so: Callable[[], bool]) -> None:
    """Return when something is so."""
    with anyio.fail_after(120):
        while True:
            if is_so():
                return
            await anyio.sleep(0.02)


def message(method: str, **params: object) -> dict[str, object]:
    """Return a request of the 2025 era."""
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


MCP_HEADERS = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-11-25"}
