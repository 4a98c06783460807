"""A running simulator, a clock that tests move by hand, and a plain HTTP client."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2

from video_mcp.simulator import Simulator, SimulatorConfig, run_simulator

RENDER_SECONDS = 10.0
SMALL = SimulatorConfig(render_seconds=RENDER_SECONDS, max_side=64)


@dataclass(slots=True)
class ManualClock:
    """A clock that stands still until a test moves it."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float = RENDER_SECONDS) -> None:
        self.now += seconds


@dataclass(slots=True)
class Visit:
    """A simulator, its clock, and a client that holds its key."""

    simulator: Simulator
    clock: ManualClock
    client: httpx2.AsyncClient

    async def post(self, **fields: object) -> httpx2.Response:
        return await self.client.post("/v1/videos", json=creation(**fields))

    async def created(self, **fields: object) -> str:
        answer = await self.post(**fields)
        assert answer.status_code == httpx2.codes.OK, answer.text
        return str(answer.json()["id"])

    async def finished(self, **fields: object) -> str:
        video_id = await self.created(**fields)
        self.clock.advance()
        return video_id

    async def status(self, video_id: str) -> httpx2.Response:
        return await self.client.get(f"/v1/videos/{video_id}")

    async def link(self, video_id: str) -> str:
        return str((await self.status(video_id)).json()["video_url"])

    async def content(self, video_id: str, **headers: str) -> httpx2.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.get(f"/v1/videos/{video_id}/content", headers=named)


def creation(**fields: object) -> dict[str, object]:
    """A request that is accepted, with the fields that a test cares about."""
    return {"model": "sora-2", "prompt": "a cat", "seconds": "4", **fields}


@asynccontextmanager
async def visiting(config: SimulatorConfig = SMALL) -> AsyncGenerator[Visit, None]:
    """Start a simulator with a manual clock."""
    clock = ManualClock()
    async with run_simulator(config, clock=clock) as simulator:
        headers = {"Authorization": f"Bearer {simulator.api_key}"}
        # Plain HTTP on loopback: loading certificates would cost each test 60 ms.
        async with httpx2.AsyncClient(
            base_url=simulator.base_url, headers=headers, verify=False, timeout=60.0
        ) as client:
            yield Visit(simulator, clock, client)
