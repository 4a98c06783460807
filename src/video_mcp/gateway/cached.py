"""Responses of the gateway that rarely change, kept for a while."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import anyio

from video_mcp.errors import GatewayError

_CACHE_SECONDS = 600.0
_CACHE_FAILURE_SECONDS = 60.0
_CACHE_TIMEOUT_SECONDS = 5.0

T = TypeVar("T")


class Cached(Generic[T]):
    """A response that rarely changes, cached for ten minutes; after a failure it is requested again after one."""

    def __init__(self, request: Callable[[], Awaitable[T]], *, now: Callable[[], float]) -> None:
        self._request = request
        self._now = now
        self._value: T | None = None
        self._until = 0.0

    async def get(self) -> T | None:
        """Return the value; None when the gateway does not say."""
        if self._now() >= self._until:
            self._value = await self._fetched()
            seconds = _CACHE_SECONDS if self._value is not None else _CACHE_FAILURE_SECONDS
            self._until = self._now() + seconds
        return self._value

    async def _fetched(self) -> T | None:
        with anyio.move_on_after(_CACHE_TIMEOUT_SECONDS):
            try:
                return await self._request()
            except GatewayError:
                return None
        return None
