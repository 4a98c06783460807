"""What the gateway tells rarely changes: it is asked rarely and remembered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import anyio

from video_mcp.errors import GatewayError

_KEPT_SECONDS = 600.0
_KEPT_AFTER_FAILURE_SECONDS = 60.0
_PATIENCE_SECONDS = 5.0

T = TypeVar("T")


class Remembered(Generic[T]):
    """An answer of the gateway's, kept for ten minutes; a gateway that does not say is asked again after one."""

    def __init__(self, ask: Callable[[], Awaitable[T]], *, now: Callable[[], float]) -> None:
        self._ask = ask
        self._now = now
        self._value: T | None = None
        self._until = 0.0

    async def get(self) -> T | None:
        """Return the answer; None when the gateway does not say."""
        if self._now() >= self._until:
            self._value = await self._asked()
            kept = _KEPT_SECONDS if self._value is not None else _KEPT_AFTER_FAILURE_SECONDS
            self._until = self._now() + kept
        return self._value

    async def _asked(self) -> T | None:
        with anyio.move_on_after(_PATIENCE_SECONDS):
            try:
                return await self._ask()
            except GatewayError:
                return None
        return None
