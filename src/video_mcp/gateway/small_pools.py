"""HTTP connections in pools of a few: a pool looks through all of its connections for each request, twice.

With 64 polls under way that look costs more than the poll.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import anyio
import httpx2

_REQUESTS_A_POOL = 4
_UNUSED_SECONDS = 30.0


class _Pool:
    """One pool, how many requests it has under way, and when the last one began."""

    def __init__(self, transport: httpx2.AsyncBaseTransport) -> None:
        self.transport = transport
        self.under_way = 0
        self.used_at = anyio.current_time()

    @property
    def is_unused(self) -> bool:
        """Whether nothing has gone through it for a while."""
        return not self.under_way and anyio.current_time() - self.used_at > _UNUSED_SECONDS


class SmallPools(httpx2.AsyncBaseTransport):
    """Sends each request through the first pool that has room, so that few requests keep few connections."""

    def __init__(self, new_pool: Callable[[], httpx2.AsyncBaseTransport]) -> None:
        self._new_pool = new_pool
        self._pools: list[_Pool] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request."""
        pool = await self._pool_with_room()
        pool.under_way += 1
        pool.used_at = anyio.current_time()
        try:
            response = await pool.transport.handle_async_request(request)
        except BaseException:
            pool.under_way -= 1
            raise
        response.stream = _Body(response.stream, pool)
        return response

    async def aclose(self) -> None:
        """Close every connection."""
        for pool in self._pools:
            await pool.transport.aclose()

    async def _pool_with_room(self) -> _Pool:
        while self._pools and self._pools[-1].is_unused and len(self._pools) > 1:
            await self._pools.pop().transport.aclose()
        for pool in self._pools:
            if pool.under_way < _REQUESTS_A_POOL:
                return pool
        self._pools.append(_Pool(self._new_pool()))
        return self._pools[-1]


class _Body(httpx2.AsyncByteStream):
    """A response's body; its pool has room again once it is closed."""

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
        if pool is not None:
            pool.under_way -= 1
        await self._body.aclose()
