"""HTTP connections in pools of one: a pool looks through all of its connections for each request, twice.

With 64 polls under way that look costs more than the poll.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import anyio
import httpx2

_UNUSED_SECONDS = 30.0


class _Pool:
    """One pool, whether a request is under way in it, and when the last one began."""

    def __init__(self, transport: httpx2.AsyncBaseTransport) -> None:
        self.transport = transport
        self.is_busy = False
        self.used_at = anyio.current_time()

    def is_unused(self, seconds: float) -> bool:
        """Tell whether nothing has gone through it for so long."""
        return not self.is_busy and anyio.current_time() - self.used_at > seconds


class SmallPools(httpx2.AsyncBaseTransport):
    """Sends each request through the first pool that is free, so that few requests keep few connections."""

    def __init__(
        self, new_pool: Callable[[], httpx2.AsyncBaseTransport], *, unused_seconds: float = _UNUSED_SECONDS
    ) -> None:
        self._new_pool = new_pool
        self._unused_seconds = unused_seconds
        self._pools: list[_Pool] = []

    def __len__(self) -> int:
        """Return how many pools are open."""
        return len(self._pools)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request."""
        pool = await self._free_pool()
        pool.is_busy = True
        pool.used_at = anyio.current_time()
        try:
            response = await pool.transport.handle_async_request(request)
        except BaseException:
            pool.is_busy = False
            raise
        response.stream = _Body(response.stream, pool)
        return response

    async def aclose(self) -> None:
        """Close every connection."""
        for pool in self._pools:
            await pool.transport.aclose()

    async def _free_pool(self) -> _Pool:
        while self._pools and self._pools[-1].is_unused(self._unused_seconds) and len(self._pools) > 1:
            await self._pools.pop().transport.aclose()
        for pool in self._pools:
            if not pool.is_busy:
                return pool
        self._pools.append(_Pool(self._new_pool()))
        return self._pools[-1]


class _Body(httpx2.AsyncByteStream):
    """A response's body; its pool is free again once it is closed."""

    def __init__(self, body: httpx2.SyncByteStream | httpx2.AsyncByteStream, pool: _Pool) -> None:
        if not isinstance(body, httpx2.AsyncByteStream):
            raise TypeError("the pool answered without a loop")
        self._body = body
        self._pool: _Pool | None = pool

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._body:
            yield chunk

    async def aclose(self) -> None:
        """Give the connection back."""
        pool, self._pool = self._pool, None
        try:
            await self._body.aclose()
        finally:  # and not before, or the next request would open a second connection beside this one
            if pool is not None:
                pool.is_busy = False
