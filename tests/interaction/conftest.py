"""A real server and a real client in one process, against the simulator."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import anyio
import pytest
from mcp import Client

from video_mcp.server.answer_models import VideoJob
from video_mcp.server.app import create_server
from video_mcp.settings import Settings, load_settings
from video_mcp.simulator import Simulator, SimulatorConfig, run_simulator

Era = Literal["auto", "legacy"]
QUICK = SimulatorConfig(render_seconds=0.2, max_side=96, poll_after_ms=50)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A simulated gateway, and clients of servers that share one home."""

    simulator: Simulator
    settings: Settings
    connect: Callable[[], AbstractAsyncContextManager[Client]]

    async def polled(self, *, times: int) -> None:
        """Return once the gateway was asked so many times more; what was begun before is under way by then."""
        wanted = len(self.simulator.requests) + times
        with anyio.fail_after(120):
            while len(self.simulator.requests) < wanted:  # noqa: ASYNC110 - the simulator has no event to wait for
                await anyio.sleep(0.02)

    def let_files_age(self) -> None:
        """Let an hour pass in which nobody asked for a video's file."""
        ledger = self.settings.ledger_path
        assert ledger is not None
        with closing(sqlite3.connect(ledger, timeout=20)) as connection, connection:
            connection.execute("UPDATE jobs SET fetched_at = fetched_at - 3600")


def path_of(job: VideoJob) -> str:
    """Return the path of a finished video's file on this machine."""
    assert job.file is not None
    assert job.file.path is not None
    return job.file.path


@pytest.fixture(params=["auto", "legacy"], ids=["2026-07-28", "2025-11-25"])
def era(request: pytest.FixtureRequest) -> Era:
    return request.param


@asynccontextmanager
async def a_house(
    folder: Path, era: Era, config: SimulatorConfig = QUICK, **overrides: object
) -> AsyncGenerator[House]:
    async with run_simulator(replace(config, clip_folder=folder.parent / "clips")) as simulator:
        known: dict[str, object] = {
            "base_url": simulator.base_url,
            "api_key": simulator.api_key,
            "home": folder / "home",
            "output_dir": folder / "videos",
        }
        settings = load_settings(**{**known, **overrides})
        yield House(simulator=simulator, settings=settings, connect=lambda: Client(create_server(settings), mode=era))


@pytest.fixture
async def house(tmp_path: Path, era: Era) -> AsyncGenerator[House]:
    async with a_house(tmp_path, era) as built:
        yield built
