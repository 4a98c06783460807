"""Two replicas on one PostgreSQL behind a proxy that gives each request to the next: one server to its clients."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import anyio
import pytest
from mcp import Client
from mcp.client import ClientRequestContext
from mcp.client.streamable_http import streamable_http_client
from mcp_types import ElicitRequestParams, ElicitResult, ErrorData

from deploy.local.round_robin import run_round_robin
from tests.server.http.serving import BOAT, QUICK, Era, Site, a_replica, a_site

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def replicas(folder: Path, database_url: str, **settings: object) -> AsyncGenerator[tuple[Site, Site, Site]]:
    """Run two replicas, and give both and the proxy in front of them."""
    shared = {"database_url": database_url, "storage_url": f"file://{folder / 'bucket'}", **settings}
    async with (
        a_site(folder, QUICK, **shared) as one,
        a_replica(one.settings, one.simulator) as other,
        run_round_robin([one.origin, other.origin]) as proxy,
    ):
        yield one, other, replace(one, url=f"{proxy}/mcp")


@pytest.mark.parametrize("era", ["auto", "legacy"], ids=["2026-07-28", "2025-11-25"])
async def test_a_video_is_made_watched_and_fetched_on_whichever_replica(
    tmp_path: Path, database_url: str, era: Era
) -> None:
    heard: list[float] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append(progress)

    async with replicas(tmp_path, database_url) as (one, _, proxied), proxied.connect(era) as client:
        with anyio.fail_after(300):
            made = await client.call_tool("create_video", BOAT, progress_callback=hear)
            assert made.structured_content is not None
            video_id = made.structured_content["video_id"]
            for tool in ("get_video_status", "fetch_video", "get_video_status", "fetch_video"):
                answer = await client.call_tool(tool, {"video_id": video_id})
                assert answer.structured_content is not None
                assert answer.structured_content["status"] == "completed", answer
        assert len(one.simulator.jobs) == 1
    assert heard


async def test_the_user_is_asked_once_whichever_replica_gets_the_answer(tmp_path: Path, database_url: str) -> None:
    questions: list[str] = []

    async def agree(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult | ErrorData:
        questions.append(params.message)
        return ElicitResult(action="accept", content={"agree": True})

    async with replicas(tmp_path, database_url, confirm="always") as (one, _, proxied):
        # The version is pinned: a client that has no answer for ten seconds would take the server for an older one.
        async with Client(streamable_http_client(proxied.url), mode="2026-07-28", elicitation_callback=agree) as client:
            with anyio.fail_after(300):
                made = await client.call_tool("create_video", BOAT)
        assert made.structured_content is not None
        assert (made.structured_content["status"], len(questions)) == ("completed", 1)
        assert len(one.simulator.jobs) == 1


async def test_a_listener_at_one_replica_hears_of_a_video_made_at_the_other(tmp_path: Path, database_url: str) -> None:
    async with (
        replicas(tmp_path, database_url) as (one, other, _),
        one.connect() as maker,
        other.connect() as listener,
    ):
        with anyio.fail_after(300):
            async with listener.listen(resources_list_changed=True) as events:
                made = await maker.call_tool("create_video", BOAT)
                assert made.structured_content is not None
                await anext(aiter(events))
