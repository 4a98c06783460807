"""Uvicorn's HTTP protocol on a socket in the current event loop, without uvicorn's server.

The server would install signal handlers, log, and take 0.2 s to stop; the protocol alone does none of it.
"""

from __future__ import annotations

import asyncio  # noqa: TID251 - uvicorn's protocols live on an asyncio loop
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from typing import cast

import anyio
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from video_mcp.simulator.transmission import TRANSPORT_KEY


def bound_socket(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


@asynccontextmanager
async def serving(app: ASGIApp, bound: socket.socket) -> AsyncGenerator[None, None]:
    """Serve an application on a socket while the block runs, then end every connection at once."""
    running: set[anyio.CancelScope] = set()
    config = Config(
        partial(_cancellable, app, running),
        interface="asgi3",
        lifespan="off",
        ws="none",
        log_config=None,
        proxy_headers=False,
    )
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Protocol(config, state, {}), sock=bound)
    try:
        yield
    finally:
        with anyio.CancelScope(shield=True):
            server.close()
            await _end_connections(state, running)


async def _end_connections(state: ServerState, running: set[anyio.CancelScope]) -> None:
    for connection in tuple(state.connections):
        # Every protocol here is _Protocol; the state is typed for uvicorn's other ones too.
        cast("_Protocol", connection).transport.abort()
    await anyio.lowlevel.checkpoint()
    for scope in tuple(running):
        scope.cancel()
    await asyncio.gather(*state.tasks, return_exceptions=True)


async def _cancellable(
    app: ASGIApp, running: set[anyio.CancelScope], scope: Scope, receive: Receive, send: Send
) -> None:
    with anyio.CancelScope() as cancel_scope:
        running.add(cancel_scope)
        try:
            await app(scope, receive, send)
        finally:
            running.discard(cancel_scope)


class _Protocol(H11Protocol):
    """Leave the connection's transport in each request's scope, for answers that break it; log no access."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it too
        super().connection_made(transport)
        self.access_log = False
        self.app = partial(self._with_transport, self.app)

    async def _with_transport(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("extensions", {})[TRANSPORT_KEY] = self.transport
        await app(scope, receive, send)
