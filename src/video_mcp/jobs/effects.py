"""What a service takes from the world: time, chance, names and its ledger."""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import anyio

from video_mcp import version
from video_mcp.jobs.lookup import VIDEO_ID_PREFIX
from video_mcp.jobs.store.ledger import Ledger
from video_mcp.jobs.telemetry import NoTelemetry, Telemetry


def new_video_id() -> str:
    """Return an id that cannot be guessed."""
    return f"{VIDEO_ID_PREFIX}{secrets.token_hex(10)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What the service takes from the world: time, chance, names, how long it holds a job, its ledger, who hears.

    `serves_files` says that this process answers at the links to its files.
    """

    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep
    jitter: Callable[[], float] = field(default_factory=lambda: secrets.SystemRandom().random)
    new_id: Callable[[], str] = new_video_id
    owner: str = field(default_factory=lambda: secrets.token_hex(8))
    lease_seconds: float = 15.0
    user_agent: str = field(default_factory=lambda: f"video-mcp/{version()}")
    serves_files: bool = False
    telemetry: Telemetry = field(default_factory=NoTelemetry)
    wrap_ledger: Callable[[Ledger], Ledger] = lambda ledger: ledger

    def lease_until(self) -> float:
        """Return when a lease that is taken now ends."""
        return self.now() + self.lease_seconds
