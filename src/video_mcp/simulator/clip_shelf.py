"""Finished clips: each is encoded once, in a thread, when its bytes are first asked for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import anyio
import anyio.to_thread

from video_mcp.simulator.clip import ClipPlan, render_clip


@dataclass(frozen=True, slots=True)
class Clip:
    """An encoded file and its entity tag."""

    path: Path
    etag: str


class ClipShelf:
    """Encode clips into a folder; requests for one plan share one encoding."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._locks: dict[str, anyio.Lock] = {}
        self._clips: dict[str, Clip] = {}
        self._stop = Event()

    async def clip(self, plan: ClipPlan) -> Clip:
        """Return a plan's file, encoding it when it is new."""
        async with self._locks.setdefault(plan.key, anyio.Lock()):
            if plan.key not in self._clips:
                self._clips[plan.key] = await self._encoded(plan)
            return self._clips[plan.key]

    def stop(self) -> None:
        """Let running encodings end within a frame."""
        self._stop.set()

    async def _encoded(self, plan: ClipPlan) -> Clip:
        path = self._folder / f"{plan.key}.mp4"
        await anyio.to_thread.run_sync(render_clip, plan, path, self._stop)
        content = await anyio.Path(path).read_bytes()
        return Clip(path, f'"{hashlib.sha256(content).hexdigest()[:32]}"')
