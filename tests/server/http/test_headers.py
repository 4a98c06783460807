"""In the 2026 era the headers that proxies route by must say what the message says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.interaction.wire import TASKS
from tests.server.http.serving import a_site

pytestmark = pytest.mark.anyio

MISMATCH, UNKNOWN_TASK = -32020, -32602
META: dict[str, Any] = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {"extensions": {TASKS: {}}},
    "io.modelcontextprotocol/clientInfo": {"name": "proxy", "version": "1"},
}
COMMON = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2026-07-28"}
NAMED: dict[str, tuple[str, dict[str, Any]]] = {
    "tools/call": ("list_models", {"name": "list_models", "arguments": {"family": "veo"}}),
    "resources/read": ("models://catalog", {"uri": "models://catalog"}),
    "prompts/get": ("what_will_it_cost", {"name": "what_will_it_cost"}),
    "tasks/get": ("task_unknown", {"taskId": "task_unknown"}),
    "tasks/cancel": ("task_unknown", {"taskId": "task_unknown"}),
    "tasks/update": ("task_unknown", {"taskId": "task_unknown", "inputResponses": {}}),
}


async def test_a_message_and_its_headers_agree_or_it_is_refused(tmp_path: Path) -> None:
    async with a_site(tmp_path) as site, site.http() as http:

        async def post(method: str, **headers: str) -> tuple[int, int | None]:
            """Return the status, and the code of the error if there is one."""
            body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**NAMED[method][1], "_meta": META}}
            answer = await http.post("/mcp", json=body, headers={**COMMON, **headers})
            return answer.status_code, answer.json().get("error", {}).get("code")

        for method, (name, _params) in NAMED.items():
            agreed = (400, UNKNOWN_TASK) if method.startswith("tasks/") else (200, None)
            assert (await post(method, **{"Mcp-Method": method, "Mcp-Name": name}))[1] == agreed[1], method
            for headers in (
                {"Mcp-Method": method, "Mcp-Name": f"{name}s"},
                {"Mcp-Method": method, "Mcp-Name": ""},
                {"Mcp-Method": method},
                {"Mcp-Method": "ping", "Mcp-Name": name},
                {"Mcp-Name": name},
            ):
                assert await post(method, **headers) == (400, MISMATCH), (method, headers)
