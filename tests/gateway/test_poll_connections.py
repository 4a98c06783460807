"""Connections of polls: as many as there are requests at once, and kept for those that follow."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio
import httpcore2
import httpx2
import pytest
from anyio.abc import SocketStream
from anyio.streams.buffered import BufferedByteReceiveStream

from video_mcp.gateway.poll_connections import PollConnections

pytestmark = pytest.mark.anyio

HOST = [(b"host", b"127.0.0.1")]
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


@dataclass(slots=True)
class Server:
    """Counts connections; with `wait_for` it answers when so many requests are there at once."""

    port: int = 0
    connections: int = 0
    waiting: int = 0
    disconnected: int = 0
    wait_for: int = 0
    cuts: bool = False
    cuts_next: bool = False
    closes: bool = False
    answer: bytes = ANSWER
    received: anyio.Event = field(default_factory=anyio.Event)
    ended: anyio.Event = field(default_factory=anyio.Event)
    all_there: anyio.Event = field(default_factory=anyio.Event)

    async def serve(self, stream: SocketStream) -> None:
        self.connections += 1
        buffered = BufferedByteReceiveStream(stream)
        async with stream:
            try:
                while True:
                    await buffered.receive_until(b"\r\n\r\n", 65_536)
                    if self.cuts or self.cuts_next:
                        self.cuts_next = False
                        return
                    self.waiting += 1
                    self.received.set()
                    if self.waiting >= self.wait_for:
                        self.all_there.set()
                    await self.all_there.wait()
                    await stream.send(self.answer)
                    if self.closes:
                        return
            except (anyio.IncompleteRead, anyio.BrokenResourceError):
                self.disconnected += 1
                if self.disconnected >= self.wait_for:
                    self.ended.set()


@asynccontextmanager
async def running(server: Server, *, unused_seconds: float = 30.0) -> AsyncGenerator[PollConnections]:
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    server.port = listener.extra(anyio.abc.SocketAttribute.local_port)
    origin = httpcore2.URL(f"http://127.0.0.1:{server.port}/").origin
    connections = PollConnections(lambda: httpcore2.AsyncHTTPConnection(origin), unused_seconds=unused_seconds)
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, server.serve)
        yield connections
        await connections.aclose()
        tasks.cancel_scope.cancel()


async def get(server: Server, connections: PollConnections) -> bytes:
    response = await connections.get(httpcore2.Request("GET", f"http://127.0.0.1:{server.port}/", headers=HOST))
    try:
        return await response.aread()
    finally:
        await response.aclose()


async def test_requests_one_after_another_share_one_connection() -> None:
    server = Server()
    async with running(server) as connections:
        assert [await get(server, connections) for _ in range(5)] == [b"{}"] * 5
    assert server.connections == 1


async def test_requests_at_once_have_a_connection_each_and_the_next_ones_use_those_again() -> None:
    server = Server(wait_for=6)
    async with running(server) as connections:
        for _ in range(2):
            async with anyio.create_task_group() as tasks:
                for _ in range(6):
                    tasks.start_soon(get, server, connections)
    assert (server.connections, server.waiting) == (6, 12)


async def test_a_request_that_fails_or_is_cancelled_closes_its_connection() -> None:
    server = Server(cuts=True)
    async with running(server) as connections:
        with pytest.raises(httpx2.RemoteProtocolError):
            await get(server, connections)
        server.cuts, server.wait_for = False, 2
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(get, server, connections)
            await server.received.wait()
            tasks.cancel_scope.cancel()
        assert len(connections) == 0
        assert await get(server, connections) == b"{}"
        assert len(connections) == 1
    assert server.connections == 3


async def test_a_kept_connection_that_was_closed_meanwhile_costs_no_request() -> None:
    server = Server()
    async with running(server) as connections:
        assert await get(server, connections) == b"{}"
        server.cuts_next = True
        assert await get(server, connections) == b"{}"
    assert (server.connections, server.waiting) == (2, 2)


async def test_a_response_that_is_cut_gives_no_connection_back() -> None:
    server = Server(answer=b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n{}", closes=True)
    async with running(server) as connections:
        with pytest.raises(httpx2.RemoteProtocolError):
            await get(server, connections)
        server.answer, server.closes = ANSWER, False
        assert await get(server, connections) == b"{}"


async def test_a_response_that_is_not_read_to_its_end_gives_no_connection_back() -> None:
    server = Server(answer=b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n{}")
    async with running(server) as connections:
        response = await connections.get(httpcore2.Request("GET", f"http://127.0.0.1:{server.port}/", headers=HOST))
        await response.aclose()
        server.answer = ANSWER
        assert await get(server, connections) == b"{}"
    assert server.connections == 2


async def test_a_response_that_is_closed_while_its_task_is_cancelled_leaves_no_socket_open() -> None:
    server = Server(answer=b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n{}")
    async with running(server) as connections:
        with anyio.CancelScope() as scope:
            response = await connections.get(httpcore2.Request("GET", f"http://127.0.0.1:{server.port}/", headers=HOST))
            scope.cancel()
            await response.aclose()
        with anyio.fail_after(60):
            await server.ended.wait()


async def test_every_connection_is_closed_at_the_end_of_a_cancelled_task_too() -> None:
    server = Server(wait_for=3)
    async with running(server) as connections:
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(get, server, connections)
        assert len(connections) == 3
        with anyio.CancelScope() as scope:
            scope.cancel()
            await connections.aclose()
        with anyio.fail_after(60):
            await server.ended.wait()


async def test_connections_that_nothing_has_used_for_a_while_are_closed() -> None:
    server = Server(wait_for=3)
    async with running(server, unused_seconds=0.05) as connections:
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(get, server, connections)
        assert len(connections) == 3
        await anyio.sleep(0.1)
        for _ in range(3):
            await get(server, connections)
        assert len(connections) == 1
    assert server.connections == 3
