"""Raw messages between a client and a real server, as they stand on the wire."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCNotification, JSONRPCRequest

from video_mcp.server.app import create_server
from video_mcp.settings import Settings

Message = dict[str, Any]
TASKS = "io.modelcontextprotocol/tasks"


class Refused(Exception):
    """The answer was a JSON-RPC error."""

    def __init__(self, error: Message) -> None:
        super().__init__(error["message"])
        self.code: int = error["code"]
        self.data: Any = error.get("data")


class Wire:
    """A client that reads and writes bare messages; `meta` goes with each request."""

    def __init__(
        self,
        send: MemoryObjectSendStream[SessionMessage | Exception],
        receive: MemoryObjectReceiveStream[SessionMessage],
        meta: Message,
    ) -> None:
        self._send = send
        self._receive = receive
        self._meta = meta
        self._last_id = 0
        self.requests: list[Message] = []
        self.notifications: list[Message] = []

    async def notify(self, method: str) -> None:
        await self._send.send(SessionMessage(JSONRPCNotification(jsonrpc="2.0", method=method)))

    async def request(self, method: str, **params: object) -> Message:
        """Return the result of a request; what comes before it is kept."""
        self._last_id += 1
        if self._meta:
            params["_meta"] = self._meta
        request = JSONRPCRequest(jsonrpc="2.0", id=self._last_id, method=method, params=params)
        self.requests.append(request.model_dump(by_alias=True, mode="json"))
        await self._send.send(SessionMessage(request))
        with anyio.fail_after(60):
            while True:
                received = (await self._receive.receive()).message
                message = cast("Message", json.loads(received.model_dump_json(by_alias=True, exclude_unset=True)))
                if message.get("id") != self._last_id:
                    self.notifications.append(message)
                    continue
                if "error" in message:
                    raise Refused(message["error"])
                return cast("Message", message["result"])


@asynccontextmanager
async def wire(settings: Settings, meta: Message | None = None) -> AsyncGenerator[Wire]:
    """Open a connection on which nothing has been said so far."""
    server = create_server(settings)
    to_server, from_client = anyio.create_memory_object_stream[SessionMessage | Exception](100)
    to_client, from_server = anyio.create_memory_object_stream[SessionMessage](100)
    async with to_server, from_client, to_client, from_server, anyio.create_task_group() as tasks:
        tasks.start_soon(server.run, from_client, to_client, server.create_initialization_options())
        yield Wire(to_server, from_server, meta or {})
        tasks.cancel_scope.cancel()


@asynccontextmanager
async def handshaken(settings: Settings, version: str) -> AsyncGenerator[Wire]:
    """Open a connection of the 2025 era or before."""
    async with wire(settings) as opened:
        client = {"name": "old", "version": "1"}
        begun = await opened.request("initialize", protocolVersion=version, capabilities={}, clientInfo=client)
        assert begun["protocolVersion"] == version
        await opened.notify("notifications/initialized")
        yield opened


@asynccontextmanager
async def modern(settings: Settings, **capabilities: object) -> AsyncGenerator[Wire]:
    """Open a connection of the 2026 era, whose requests declare these capabilities."""
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": capabilities,
        "io.modelcontextprotocol/clientInfo": {"name": "new", "version": "1"},
    }
    async with wire(settings, meta) as opened:
        yield opened
