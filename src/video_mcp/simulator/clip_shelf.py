"""Finished clips: each is encoded once, in a thread, when its bytes are first requested."""

from __future__ import annotations

import hashlib
import secrets
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
    """Encode clips into a folder, which simulators may share; requests for one plan share one encoding."""

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
        if not await anyio.Path(path).exists():
            await anyio.to_thread.run_sync(self._encode, plan, path)
        content = await anyio.Path(path).read_bytes()
        return Clip(path, f'"{hashlib.sha256(content).hexdigest()[:32]}"')

    def _encode(self, plan: ClipPlan, path: Path) -> None:
        """Encode under another name first: whoever shares the folder sees whole clips only."""
        self._folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{secrets.token_hex(4)}.part")
        try:
            render_clip(plan, part, self._stop)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
