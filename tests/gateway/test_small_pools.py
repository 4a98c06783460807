"""Connections in pools of one: as many as there are requests at once, and kept for those that follow."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio
import httpx2
import pytest
from anyio.abc import SocketStream
from anyio.streams.buffered import BufferedByteReceiveStream

from video_mcp.gateway.small_pools import SmallPools

pytestmark = pytest.mark.anyio

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


@dataclass(slots=True)
class Server:
    """Counts connections; with `wait_for` it answers when so many requests are there at once."""

    port: int = 0
    connections: int = 0
    waiting: int = 0
    wait_for: int = 0
    cuts: bool = False
    received: anyio.Event = field(default_factory=anyio.Event)
    all_there: anyio.Event = field(default_factory=anyio.Event)

    async def serve(self, stream: SocketStream) -> None:
        self.connections += 1
        buffered = BufferedByteReceiveStream(stream)
        async with stream:
            try:
                while True:
                    await buffered.receive_until(b"\r\n\r\n", 65_536)
                    if self.cuts:
                        return
                    self.waiting += 1
                    self.received.set()
                    if self.waiting >= self.wait_for:
                        self.all_there.set()
                    await self.all_there.wait()
                    await stream.send(ANSWER)
            except (anyio.IncompleteRead, anyio.BrokenResourceError):
                return


@asynccontextmanager
async def running(server: Server, *, unused_seconds: float = 30.0) -> AsyncGenerator[SmallPools]:
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    server.port = listener.extra(anyio.abc.SocketAttribute.local_port)
    limits = httpx2.Limits(keepalive_expiry=None)  # a slow machine may rest longer than a connection is kept
    pools = SmallPools(lambda: httpx2.AsyncHTTPTransport(trust_env=False, limits=limits), unused_seconds=unused_seconds)
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, server.serve)
        yield pools
        await pools.aclose()
        tasks.cancel_scope.cancel()


async def get(server: Server, pools: SmallPools) -> bytes:
    request = httpx2.Request("GET", f"http://127.0.0.1:{server.port}/")
    response = await pools.handle_async_request(request)
    return await response.aread()


async def test_requests_one_after_another_share_one_connection() -> None:
    server = Server()
    async with running(server) as pools:
        assert [await get(server, pools) for _ in range(5)] == [b"{}"] * 5
    assert server.connections == 1


async def test_requests_at_once_have_a_connection_each_and_the_next_ones_use_those_again() -> None:
    server = Server(wait_for=6)
    async with running(server) as pools:
        for _ in range(2):
            async with anyio.create_task_group() as tasks:
                for _ in range(6):
                    tasks.start_soon(get, server, pools)
    assert (server.connections, server.waiting) == (6, 12)


async def test_a_request_that_fails_or_is_cancelled_leaves_its_pool_free() -> None:
    server = Server(cuts=True)
    async with running(server) as pools:
        with pytest.raises(httpx2.RemoteProtocolError):
            await get(server, pools)
        server.cuts, server.wait_for = False, 2
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(get, server, pools)
            await server.received.wait()
            tasks.cancel_scope.cancel()
        assert await get(server, pools) == b"{}"
        assert len(pools) == 1


async def test_pools_that_nothing_has_used_for_a_while_are_closed() -> None:
    server = Server(wait_for=3)
    async with running(server, unused_seconds=0.05) as pools:
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(get, server, pools)
        assert len(pools) == 3
        await anyio.sleep(0.1)
        await get(server, pools)
        assert len(pools) == 1
    assert server.connections == 3
