"""A client that declares everything is promised everything, in both eras, and each promise has a method behind it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interaction.conftest import a_house
from tests.interaction.wire import TASKS, Message, Refused, Wire, modern, wire

pytestmark = pytest.mark.anyio

UI = "io.modelcontextprotocol/ui"
EVERYTHING: Message = {
    "elicitation": {"form": {}, "url": {}},
    "sampling": {},
    "roots": {"listChanged": True},
    "extensions": {TASKS: {}, UI: {"mimeTypes": ["text/html;profile=mcp-app"]}},
}
PROMISED: Message = {
    "completions": {},
    "prompts": {"listChanged": False},
    "resources": {"listChanged": True, "subscribe": True},
    "tools": {"listChanged": False},
}
MODEL_OF_CATALOG: Message = {
    "ref": {"type": "ref/resource", "uri": "models://{model}"},
    "argument": {"name": "model", "value": "kling"},
}
BEHIND: dict[str, tuple[tuple[str, Message], ...]] = {
    "completions": (("completion/complete", MODEL_OF_CATALOG),),
    "prompts": (("prompts/list", {}), ("prompts/get", {"name": "what_will_it_cost"})),
    "resources": (
        ("resources/list", {}),
        ("resources/templates/list", {}),
        ("resources/read", {"uri": "models://catalog"}),
        ("resources/read", {"uri": "ui://video/player"}),
    ),
    "tools": (("tools/list", {}), ("tools/call", {"name": "list_models", "arguments": {}})),
}


async def test_all_capabilities_of_the_2026_era(tmp_path: Path) -> None:
    async with a_house(tmp_path, "auto") as house, modern(house.settings, **EVERYTHING) as client:
        found = await client.request("server/discover")
        await _each_is_served(client, found["capabilities"])
        for method in ("tasks/get", "tasks/cancel", "tasks/update"):
            with pytest.raises(Refused) as refused:
                await client.request(method, taskId="task_unknown", inputResponses={})
            assert refused.value.code == -32602  # served, and of no such task
    assert found["capabilities"] == {**PROMISED, "extensions": {TASKS: {}, UI: {}}}
    assert "2026-07-28" in found["supportedVersions"]


async def test_all_capabilities_of_the_2025_era(tmp_path: Path) -> None:
    async with a_house(tmp_path, "legacy") as house, wire(house.settings) as client:
        info = {"name": "everything", "version": "1"}
        begun = await client.request(
            "initialize", protocolVersion="2025-11-25", capabilities=EVERYTHING, clientInfo=info
        )
        await client.notify("notifications/initialized")
        await _each_is_served(client, begun["capabilities"])
        await client.request("ping")
        await client.request("resources/subscribe", uri="models://catalog")
        await client.request("resources/unsubscribe", uri="models://catalog")
    # That era knows no extensions of a server: a host of MCP Apps finds the player at the tools.
    assert begun["capabilities"] == PROMISED


async def _each_is_served(client: Wire, capabilities: Message) -> None:
    """Call what is behind each capability; `logging` is not promised, as both eras have deprecated it."""
    for name in capabilities.keys() - {"extensions"}:
        for method, params in BEHIND[name]:
            assert await client.request(method, **params), method
    tools = (await client.request("tools/list"))["tools"]
    assert {tool["_meta"]["ui"]["resourceUri"] for tool in tools if "_meta" in tool} == {"ui://video/player"}
