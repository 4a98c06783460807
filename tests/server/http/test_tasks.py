"""Two users' tasks over HTTP: neither sees, ends or answers what is the other's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.interaction.wire import TASKS
from tests.server.http.serving import BOAT, Site
from tests.server.http.test_principals import ALICE, BOB, READER, a_team

pytestmark = pytest.mark.anyio

NEVER_GIVEN = "0" * 32
YES = {"confirm": {"action": "accept", "content": {"agree": True}}}
_META: dict[str, Any] = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {"extensions": {TASKS: {}}, "elicitation": {"form": {}}},
    "io.modelcontextprotocol/clientInfo": {"name": "new", "version": "1"},
}


async def sent(site: Site, token: str, method: str, named: str, **params: object) -> tuple[int, dict[str, Any]]:
    """Send one message of the 2026 era; returns the status and the answer."""
    headers = {
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2026-07-28",
        "Mcp-Method": method,
        "Mcp-Name": named,
    }
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": _META}}
    async with site.http(token=token) as http:
        answer = await http.post("/mcp", json=body, headers=headers)
    return answer.status_code, message_in(answer)


def message_in(answer: httpx2.Response) -> dict[str, Any]:
    """Return the message of an answer, which comes as an event when the server took its time."""
    if not answer.headers["content-type"].startswith("text/event-stream"):
        return answer.json()
    events = [line.removeprefix("data:") for line in answer.text.splitlines() if line.startswith("data:")]
    return json.loads(events[-1])


async def test_anothers_task_answers_as_one_that_was_never_given_out(tmp_path: Path) -> None:
    async with a_team(tmp_path, confirm="always") as site:
        _, begun = await sent(site, ALICE, "tools/call", "create_video", name="create_video", arguments=BOAT)
        hers = begun["result"]["taskId"]
        calls: dict[str, dict[str, object]] = {
            "tasks/get": {},
            "tasks/cancel": {},
            "tasks/update": {"inputResponses": YES},
        }
        for method, params in calls.items():
            status, refused = await sent(site, BOB, method, hers, taskId=hers, **params)
            unknown_status, unknown = await sent(site, BOB, method, NEVER_GIVEN, taskId=NEVER_GIVEN, **params)
            assert "error" in refused
            assert status == unknown_status
            assert str(refused).replace(hers, "ID") == str(unknown).replace(NEVER_GIVEN, "ID"), method
        assert site.simulator.jobs == ()
        _, own = await sent(site, ALICE, "tasks/get", hers, taskId=hers)
        assert own["result"]["status"] == "input_required"
        await sent(site, ALICE, "tasks/update", hers, taskId=hers, inputResponses=YES)
        assert len(site.simulator.jobs) == 1


async def test_a_token_that_may_only_read_answers_no_task(tmp_path: Path) -> None:
    async with a_team(tmp_path, confirm="always") as site:
        status, refused = await sent(site, READER, "tasks/update", "any", taskId="any", inputResponses=YES)
        assert (status, refused["error"]) == (403, "insufficient_scope")
