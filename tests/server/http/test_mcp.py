"""MCP over HTTP, in both protocol eras, with real clients."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp_types import TextContent

from tests.server.http.serving import BOAT, MCP_HEADERS, SLOW, Era, a_site, message, until
from video_mcp.server.app import create_server
from video_mcp.settings import Settings

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["auto", "legacy"], ids=["2026-07-28", "2025-11-25"])
def era(request: pytest.FixtureRequest) -> Era:
    return request.param


async def test_a_video_with_progress_without_auth_on_this_machine(tmp_path: Path, era: Era) -> None:
    heard: list[float] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append(progress)

    async with a_site(tmp_path) as site, site.connect(era) as client:
        with anyio.fail_after(60):
            made = await client.call_tool("create_video", BOAT, progress_callback=hear)
            assert made.structured_content is not None
            assert made.structured_content["status"] == "completed"
            listed = await client.call_tool("get_video_status", {})
        assert listed.structured_content is not None
        assert [video["video_id"] for video in listed.structured_content["videos"]] == [
            made.structured_content["video_id"]
        ]
    assert heard
    assert heard == sorted(heard)


async def test_a_client_of_2025_is_promised_no_events_that_it_cannot_hear(tmp_path: Path) -> None:
    async with a_site(tmp_path) as site, site.connect("legacy") as old, site.connect("auto") as new:
        assert old.server_capabilities.resources is not None
        assert not old.server_capabilities.resources.subscribe
        assert not old.server_capabilities.resources.list_changed
        assert new.server_capabilities.resources is not None
        assert new.server_capabilities.resources.subscribe


async def test_a_2026_client_hears_of_the_end_and_of_the_end_of_the_stream(tmp_path: Path) -> None:
    async with a_site(tmp_path) as site, site.connect() as client:
        made = await client.call_tool("create_video", {**BOAT, "wait_seconds": 0})
        assert made.structured_content is not None
        uri = f"video://{made.structured_content['video_id']}"
        with anyio.fail_after(60):
            async with client.listen(resource_subscriptions=[uri]) as events:
                async for _event in events:
                    break
                await site.opened.finish(at_most_seconds=10)
                async for _event in events:
                    pass


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
async def test_there_is_no_stream_to_open_and_no_session_to_delete(tmp_path: Path, method: str) -> None:
    async with a_site(tmp_path) as site, site.http() as http:
        answer = await http.request(method, "/mcp", headers=MCP_HEADERS)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_a_body_over_the_limit_is_refused_and_one_with_an_image_is_not(tmp_path: Path) -> None:
    async with a_site(tmp_path, max_request_bytes=6 * 1024**2) as site, site.http() as http:
        large = message("ping", _meta={"padding": "x" * 5 * 1024**2})
        assert (await http.post("/mcp", json=large, headers=MCP_HEADERS)).status_code == 200
        larger = message("ping", _meta={"padding": "x" * 7 * 1024**2})
        assert (await http.post("/mcp", json=larger, headers=MCP_HEADERS)).status_code == 413


@pytest.mark.parametrize("path", ["/mcp", "/healthz", "/readyz", "/unknown"])
async def test_every_route_is_closed_to_other_names_and_pages(tmp_path: Path, path: str) -> None:
    async with a_site(tmp_path, public_url="http://localhost") as site, site.http() as http:
        for headers, status in (
            ({"Host": "evil.example"}, 421),
            ({"Host": "evil.example", "Origin": "https://evil.example"}, 421),
            ({"Origin": "https://evil.example"}, 403),
            ({"Origin": "null"}, 403),
        ):
            assert (await http.get(path, headers=headers)).status_code == status, headers
        assert (await http.get(path, headers={"Host": "LOCALHOST:443"})).status_code not in {403, 421}


async def test_probes_may_name_a_replica_by_its_address(tmp_path: Path) -> None:
    async with a_site(tmp_path) as site, site.http() as http:
        assert (await http.get("/healthz", headers={"Host": "10.1.2.3:8000"})).json() == {"status": "alive"}
        assert (await http.get("/readyz", headers={"Host": "[fd00::7]"})).json() == {"status": "ready"}
        assert (await http.get("/mcp", headers={"Host": "10.1.2.3:8000"})).status_code == 421


async def test_a_server_that_cannot_spend_is_not_ready_and_says_why_in_a_word(tmp_path: Path) -> None:
    async with a_site(tmp_path, base_url=None) as site, site.http() as http:
        answer = await http.get("/readyz")
        assert (answer.status_code, answer.json()) == (503, {"status": "not ready", "reason": "configuration"})


async def test_a_server_without_its_ledger_is_not_ready(tmp_path: Path) -> None:
    (tmp_path / "home" / "ledger.sqlite3").mkdir(parents=True)
    async with a_site(tmp_path) as site, site.http() as http:
        answer = await http.get("/readyz")
        assert (answer.status_code, answer.json()["reason"]) == (503, "ledger")


async def test_a_server_that_leaves_is_not_ready_and_answers_every_wait(tmp_path: Path, era: Era) -> None:
    answers: list[dict[str, Any]] = []
    async with a_site(tmp_path, SLOW) as site, site.connect(era) as client, site.http() as http:

        async def wait(tool: str, arguments: dict[str, Any]) -> None:
            answer = await client.call_tool(tool, arguments)
            assert answer.structured_content is not None
            answers.append(answer.structured_content)

        with anyio.fail_after(120):
            made = await client.call_tool("create_video", {**BOAT, "wait_seconds": 0})
            assert made.structured_content is not None
            video_id = made.structured_content["video_id"]
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(wait, "create_video", {**BOAT, "wait_seconds": 600, "seconds": 10})
                tasks.start_soon(wait, "get_video_status", {"video_id": video_id, "wait_seconds": 600})
                tasks.start_soon(wait, "get_video_status", {"wait_seconds": 600})
                tasks.start_soon(wait, "fetch_video", {"video_id": video_id, "wait_seconds": 600})
                await until(lambda: len(site.simulator.jobs) == 2)
                await site.opened.finish(at_most_seconds=60)
        assert (await http.get("/readyz")).json() == {"status": "not ready", "reason": "draining"}
    assert {answer.get("status", "listed") for answer in answers} <= {"listed", "in_progress", "queued"}
    assert len(answers) == 4


def test_the_schema_of_a_call_is_known_without_a_listing(tmp_path: Path) -> None:
    server = create_server(Settings(home=tmp_path))
    assert server.get_tool_input_schema is not None
    schema = server.get_tool_input_schema("create_video")
    assert schema is not None
    assert "prompt" in schema["properties"]
    assert server.get_tool_input_schema("none") is None


async def test_an_unforeseen_tool_is_refused_as_on_stdio(tmp_path: Path, era: Era) -> None:
    async with a_site(tmp_path) as site, site.connect(era) as client:
        listed = await client.call_tool("list_models", {"family": "veo"})
        assert isinstance(listed.content[0], TextContent)
        assert not listed.is_error
