"""Connections for requests that are sent again and again: each carries one at a time and is kept for the next.

A client and its pool cost a poll as much again as the request itself, and are left out here.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable
from typing import cast

import anyio
import httpcore2
import httpx2

from video_mcp.gateway.connection_errors import as_client_errors

_UNUSED_SECONDS = 30.0
# To look whether the server has closed a connection costs a tenth of a poll.
_SURELY_OPEN_SECONDS = 1.0


class _Connection:
    """One connection, and when it was last in use."""

    def __init__(self, connection: httpcore2.AsyncConnectionInterface) -> None:
        self._connection = connection
        self.is_new = True
        self.used_at = anyio.current_time()

    def is_open(self) -> bool:
        """Tell whether it takes another request."""
        if not self._connection.is_available():
            return False
        return self.unused_seconds() < _SURELY_OPEN_SECONDS or not self._connection.has_expired()

    def unused_seconds(self) -> float:
        return anyio.current_time() - self.used_at

    async def send(self, request: httpcore2.Request) -> httpcore2.Response:
        return await self._connection.handle_async_request(request)

    async def aclose(self) -> None:
        await self._connection.aclose()


class PollConnections:
    """Sends each GET on a connection that is free, the one used last first, so that few requests keep few."""

    def __init__(
        self,
        new_connection: Callable[[], httpcore2.AsyncConnectionInterface],
        *,
        unused_seconds: float = _UNUSED_SECONDS,
    ) -> None:
        self._new_connection = new_connection
        self._unused_seconds = unused_seconds
        self._free: list[_Connection] = []

    def __len__(self) -> int:
        """Return how many connections are kept for the next requests."""
        return len(self._free)

    async def get(self, request: httpcore2.Request) -> httpx2.Response:
        """Send one GET; its response has to be closed.

        On a kept connection that turns out to be closed it is sent again, on a new one.

        Raises:
            httpx2.TransportError: No answer came.
        """
        connection = await self._take()
        with as_client_errors():
            try:
                response = await self._send(connection, request)
            except (httpcore2.RemoteProtocolError, httpcore2.ReadError, httpcore2.WriteError):
                if connection.is_new:
                    raise
                connection = _Connection(self._new_connection())
                response = await self._send(connection, request)
        body = _Body(response, connection, self._free)
        extensions = cast("dict[str, object]", response.extensions)  # pyright: ignore[reportUnknownMemberType] - half typed
        return httpx2.Response(response.status, headers=response.headers, stream=body, extensions=extensions)

    async def aclose(self) -> None:
        """Close every connection, also when the task is cancelled."""
        with anyio.CancelScope(shield=True):
            while self._free:
                await self._free.pop().aclose()

    async def _send(self, connection: _Connection, request: httpcore2.Request) -> httpcore2.Response:
        try:
            return await connection.send(request)
        except BaseException:
            with anyio.CancelScope(shield=True):  # or a cancelled connect would leave its socket behind
                await connection.aclose()
            raise

    async def _take(self) -> _Connection:
        if len(self._free) > 1 and self._free[0].unused_seconds() > self._unused_seconds:
            await self._free.pop(0).aclose()
        while self._free:
            connection = self._free.pop()
            if connection.is_open():
                return connection
            await connection.aclose()
        return _Connection(self._new_connection())


class _Body(httpx2.AsyncByteStream):
    """A response's body; its connection is free again once it is closed."""

    def __init__(self, response: httpcore2.Response, connection: _Connection, free: list[_Connection]) -> None:
        if not isinstance(response.stream, AsyncIterable):
            raise TypeError("the connection answered without a loop")
        self._response = response
        self._chunks = response.stream
        self._connection: _Connection | None = connection
        self._free = free

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with as_client_errors():
            async for chunk in self._chunks:
                yield chunk

    async def aclose(self) -> None:
        """Give the connection back."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            await self._response.aclose()
        except BaseException:
            with anyio.CancelScope(shield=True):
                await connection.aclose()
            raise
        connection.is_new = False
        connection.used_at = anyio.current_time()
        self._free.append(connection)
