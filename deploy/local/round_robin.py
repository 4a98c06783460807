"""A proxy in front of replicas: each request goes to the next one, and past one that is down."""

from __future__ import annotations

import itertools
import socket
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial

import anyio
import httpx2
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from uvicorn import Config, Server

_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "host"})


class RoundRobin:
    """The application: it streams what a replica answers, and keeps no state of a client."""

    def __init__(self, origins: Sequence[str], client: httpx2.AsyncClient) -> None:
        self._origins = origins
        self._next = itertools.cycle(range(len(origins)))
        self._client = client

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on; a replica that takes no connection has not seen it."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        body = await request.body()
        for _ in self._origins:
            origin = self._origins[next(self._next)]
            passed_on = self._client.build_request(
                request.method,
                f"{origin}{request.url.path}" + (f"?{request.url.query}" if request.url.query else ""),
                headers=[(name, value) for name, value in request.headers.items() if name not in _HOP_BY_HOP],
                content=body,
            )
            try:
                answer = await self._client.send(passed_on, stream=True)
            except httpx2.ConnectError:
                continue
            except httpx2.TransportError:
                break  # it may have been taken: whether to repeat is for the caller to say
            try:
                await _streamed(answer)(scope, receive, send)
            finally:
                await answer.aclose()
            return
        await Response("no replica answers", status_code=502)(scope, receive, send)


def _streamed(answer: httpx2.Response) -> StreamingResponse:
    headers = {name: value for name, value in answer.headers.items() if name not in _HOP_BY_HOP}
    return StreamingResponse(answer.aiter_raw(), status_code=answer.status_code, headers=headers)


class _Server(Server):
    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave the signals to whoever runs the proxy."""
        yield


@asynccontextmanager
async def run_round_robin(origins: Sequence[str]) -> AsyncGenerator[str]:
    """Run the proxy and return its address."""
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=0)
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as bound:
        async with httpx2.AsyncClient(timeout=None, limits=limits) as client, anyio.create_task_group() as tasks:
            config = Config(RoundRobin(origins, client), log_config=None, access_log=False, lifespan="off", ws="none")
            server = _Server(config)
            tasks.start_soon(partial(server.serve, sockets=[bound]))
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
            server.should_exit = server.force_exit = True
