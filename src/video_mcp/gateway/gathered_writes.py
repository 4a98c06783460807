"""Writes to a file in large pieces: each write is a hop to a thread, which costs more than the write itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

import anyio

from video_mcp.gateway.part_file import on_disk

_GATHERED_BYTES = 1024 * 1024
_GATHERED_SECONDS = 0.05


class GatheredWrites:
    """Gathers what arrives until it is a mebibyte, or until the last write is 50 ms ago."""

    def __init__(self, file: BinaryIO, *, now: Callable[[], float] = anyio.current_time) -> None:
        self._file = file
        self._now = now
        self._gathered = bytearray()
        self._written_at = float("-inf")

    async def add(self, chunk: bytes) -> None:
        """Take bytes, and write them with all that was gathered when it is time.

        Raises:
            StorageFull: The disk is full.
            OutputRefused: The operating system does not let us write there.
        """
        self._gathered += chunk
        is_late = self._now() - self._written_at > _GATHERED_SECONDS
        if is_late or len(self._gathered) >= _GATHERED_BYTES:
            await self.flush()

    async def flush(self) -> None:
        """Write what is gathered.

        Raises:
            StorageFull: The disk is full.
            OutputRefused: The operating system does not let us write there.
        """
        gathered, self._gathered = self._gathered, bytearray()
        if gathered:
            await on_disk(self._file.write, gathered)
            self._written_at = self._now()
