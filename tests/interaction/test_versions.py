"""Each version of the protocol gets answers that it can read; raw messages, as a client of that time would see them."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import anyio
import pytest
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCNotification, JSONRPCRequest
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS

from tests.interaction.conftest import House, a_house
from video_mcp.server.app import create_server

pytestmark = pytest.mark.anyio

BLOCKS = {
    "2024-11-05": {"text", "image", "resource"},
    "2025-03-26": {"text", "image", "audio", "resource"},
    "2025-06-18": {"text", "image", "audio", "resource", "resource_link"},
    "2025-11-25": {"text", "image", "audio", "resource", "resource_link"},
}
Message = dict[str, Any]


class Wire:
    """A client that reads and writes bare messages."""

    def __init__(
        self,
        send: MemoryObjectSendStream[SessionMessage | Exception],
        receive: MemoryObjectReceiveStream[SessionMessage],
    ) -> None:
        self._send = send
        self._receive = receive
        self._last_id = 0
        self.notifications: list[Message] = []

    async def notify(self, method: str) -> None:
        await self._send.send(SessionMessage(JSONRPCNotification(jsonrpc="2.0", method=method)))

    async def request(self, method: str, **params: object) -> Message:
        """Return the result of a request; what comes before it is kept."""
        self._last_id += 1
        request = JSONRPCRequest(jsonrpc="2.0", id=self._last_id, method=method, params=params)
        await self._send.send(SessionMessage(request))
        with anyio.fail_after(60):
            while True:
                received = (await self._receive.receive()).message
                message = cast("Message", json.loads(received.model_dump_json(by_alias=True, exclude_none=True)))
                if message.get("id") == self._last_id:
                    assert "error" not in message, message
                    return cast("Message", message["result"])
                self.notifications.append(message)


@asynccontextmanager
async def connected(house: House, version: str) -> AsyncGenerator[Wire]:
    server = create_server(house.settings)
    to_server, from_client = anyio.create_memory_object_stream[SessionMessage | Exception](100)
    to_client, from_server = anyio.create_memory_object_stream[SessionMessage](100)
    async with to_server, from_client, to_client, from_server, anyio.create_task_group() as tasks:
        tasks.start_soon(server.run, from_client, to_client, server.create_initialization_options())
        wire = Wire(to_server, from_server)
        client = {"name": "old", "version": "1"}
        begun = await wire.request("initialize", protocolVersion=version, capabilities={}, clientInfo=client)
        assert begun["protocolVersion"] == version
        await wire.notify("notifications/initialized")
        yield wire
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize("version", HANDSHAKE_PROTOCOL_VERSIONS)
async def test_every_answer_is_made_of_blocks_that_its_version_knows(tmp_path: Path, version: str) -> None:
    request = {"model": "kling-v2-6", "prompt": "A paper boat", "seconds": 5}
    async with a_house(tmp_path, "legacy") as house, connected(house, version) as wire:
        made = await wire.request(
            "tools/call", name="create_video", arguments=request, _meta={"progressToken": "token"}
        )
        video_id = made["structuredContent"]["video_id"]
        answers = [
            made,
            await wire.request("tools/call", name="get_video_status", arguments={"video_id": video_id}),
            await wire.request("tools/call", name="fetch_video", arguments={"video_id": video_id, "preview": "poster"}),
        ]
    kinds = {block["type"] for answer in answers for block in answer["content"]}
    assert kinds <= BLOCKS[version]
    assert {"text", "image"} <= kinds
    assert ("resource_link" in kinds) == (version >= "2025-06-18")
    assert all(str(tmp_path) in answer["content"][0]["text"] for answer in answers)
    progress = [note["params"] for note in wire.notifications if note["method"] == "notifications/progress"]
    assert all(note["progressToken"] == "token" for note in progress)
    assert video_id in progress[0]["message"]
