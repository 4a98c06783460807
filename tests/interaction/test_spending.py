"""Caps, duplicates and the person's yes, as a client sees them."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import mcp_types as types
import pytest
from mcp import Client
from mcp.client.context import ClientRequestContext

from tests.interaction.conftest import QUICK, Era, House, a_house
from tests.interaction.test_one_video import REQUEST, job_in, make, text_of
from video_mcp.jobs.approvals import Approvals, Decision
from video_mcp.jobs.store.ledger import open_ledger
from video_mcp.server.app import create_server

pytestmark = pytest.mark.anyio


async def test_an_equal_request_is_answered_with_the_video_that_exists(house: House) -> None:
    async with house.connect() as client:
        first = await make(client)
        second = await make(client)
        paid_again = await make(client, allow_duplicate=True)
    assert (second.video_id, second.duplicate_of) == (first.video_id, first.video_id)
    assert second.file == first.file
    assert "allow_duplicate" in (second.warnings or [""])[0]
    assert paid_again.video_id != first.video_id
    assert paid_again.duplicate_of is None
    assert len(house.simulator.jobs) == 2


async def test_another_request_is_another_video(house: House) -> None:
    async with house.connect() as client:
        first = await make(client)
        other = await make(client, aspect_ratio="9:16")
    assert first.video_id != other.video_id


async def test_a_cap_refuses_before_anything_is_sent(tmp_path: Path, era: Era) -> None:
    async with a_house(tmp_path, era, max_videos_per_day=1) as house, house.connect() as client:
        await make(client)
        result = await client.call_tool("create_video", {**REQUEST, "prompt": "one more"})
    assert result.is_error
    assert "VIDEO_MCP_MAX_VIDEOS_PER_DAY allows 1 videos" in text_of(result)
    assert result.structured_content is not None
    assert result.structured_content["charged"] == "no"
    assert len(house.simulator.jobs) == 1


async def test_the_answer_and_the_dry_run_tell_the_estimate(tmp_path: Path, era: Era) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text('[models."kling-v2-6"]\nper_second = 0.1\n', encoding="utf-8")
    async with a_house(tmp_path, era, prices=prices) as house, house.connect() as client:
        dry = await client.call_tool("create_video", {**REQUEST, "dry_run": True})
        made = await make(client)
    assert "Estimated cost: 0.50 USD" in text_of(dry)
    assert made.estimated_cost is not None
    assert made.estimated_cost.startswith("0.50 USD")


@pytest.mark.parametrize(("agrees", "videos"), [(True, 1), (False, 0)])
async def test_the_person_is_asked_before_money_is_spent(tmp_path: Path, era: Era, agrees: bool, videos: int) -> None:
    asked: list[str] = []

    async def answer(
        context: ClientRequestContext, params: types.ElicitRequestParams
    ) -> types.ElicitResult | types.ErrorData:
        asked.append(params.message)
        return types.ElicitResult(action="accept", content={"agree": agrees})

    async with a_house(tmp_path, era, confirm="always") as house:
        async with Client(create_server(house.settings), mode=era, elicitation_callback=answer) as client:
            result = await client.call_tool("create_video", REQUEST)
        assert len(house.simulator.jobs) == videos
    assert len(asked) == 1
    assert "kling-v2-6" in asked[0]
    assert result.is_error is not agrees


async def test_a_client_that_cannot_ask_gets_a_token_that_a_second_call_repeats(tmp_path: Path, era: Era) -> None:
    async with a_house(tmp_path, era, confirm="agent") as house, house.connect() as client:
        first = await client.call_tool("create_video", REQUEST)
        assert first.structured_content is not None
        token = first.structured_content["confirmation_token"]
        other = await client.call_tool(
            "create_video", {**REQUEST, "prompt": "something else", "options": {"confirmation_token": token}}
        )
        assert len(house.simulator.jobs) == 0
        second = job_in(await client.call_tool("create_video", {**REQUEST, "options": {"confirmation_token": token}}))
    assert first.is_error
    assert first.structured_content["error"]["code"] == "needs_confirmation"
    assert token in text_of(first)
    assert other.is_error
    assert second.status == "completed"


async def test_without_a_client_that_can_ask_a_person_decides_in_a_terminal(tmp_path: Path, era: Era) -> None:
    async with a_house(tmp_path, era, confirm="always") as house, house.connect() as client:
        first = await client.call_tool("create_video", REQUEST)
        refused = job_in(first)
        assert (refused.status, refused.charged) == ("queued", "no")
        assert "video-mcp approve" in text_of(first)
        assert "confirmation_token" not in (first.structured_content or {})
        again = job_in(await client.call_tool("create_video", REQUEST))
        assert again.video_id == refused.video_id
        await decide(house, "no")
        ended = job_in(await client.call_tool("get_video_status", {"video_id": refused.video_id, "wait_seconds": 60}))
        waiting = job_in(await client.call_tool("create_video", REQUEST))
        assert len(house.simulator.jobs) == 0
        await decide(house, "yes")
        made = job_in(await client.call_tool("get_video_status", {"video_id": waiting.video_id, "wait_seconds": 60}))
        another = job_in(await client.call_tool("create_video", {**REQUEST, "allow_duplicate": True}))
    assert (ended.status, ended.charged, ended.error and ended.error.code) == ("failed", "no", "declined")
    assert (made.status, made.charged) == ("completed", "yes")
    assert (another.status, another.charged) == ("queued", "no")
    assert len(house.simulator.jobs) == 1


async def decide(house: House, decision: Decision) -> None:
    """Decide as `video-mcp approve` does, from another process's view of the ledger."""
    async with open_ledger(house.settings.ledger_url, house.settings.ledger_path) as ledger:
        approvals = Approvals(ledger, now=time.time)
        (pending,) = await approvals.pending()
        await approvals.decide(pending, decision)


async def test_a_cheap_video_is_made_without_asking(tmp_path: Path, era: Era) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text('[models."kling-v2-6"]\nper_second = 0.1\n', encoding="utf-8")
    async with a_house(tmp_path, era, prices=prices, confirm="over:0.60") as house, house.connect() as client:
        cheap = await make(client)
        dear = await client.call_tool("create_video", {**REQUEST, "seconds": 10})
    assert cheap.status == "completed"
    assert job_in(dear).charged == "no"
    assert "1.00 USD" in text_of(dear)


async def test_an_agents_word_is_wanted_only_above_the_amount_that_is_set(tmp_path: Path, era: Era) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text('[models."kling-v2-6"]\nper_second = 0.1\n', encoding="utf-8")
    dear: dict[str, object] = {**REQUEST, "seconds": 10}
    async with a_house(tmp_path, era, prices=prices, confirm="agent:over:0.60") as house, house.connect() as client:
        cheap = await make(client)
        asked = await client.call_tool("create_video", dear)
        assert len(house.simulator.jobs) == 1
        assert asked.structured_content is not None
        token = asked.structured_content["confirmation_token"]
        agreed = job_in(await client.call_tool("create_video", {**dear, "options": {"confirmation_token": token}}))
    assert cheap.status == "completed"
    assert asked.structured_content["error"]["code"] == "needs_confirmation"
    assert (agreed.status, len(house.simulator.jobs)) == ("completed", 2)


async def test_a_gateways_own_id_is_adopted(house: House) -> None:
    async with house.connect() as client:
        made = await make(client)
    upstream_id = house.simulator.jobs[0].id
    (house.settings.home / "ledger.sqlite3").unlink()
    async with house.connect() as client:
        adopted = job_in(await client.call_tool("get_video_status", {"video_id": upstream_id, "wait_seconds": 45}))
        again = job_in(await client.call_tool("fetch_video", {"video_id": upstream_id}))
    assert adopted.status == "completed"
    assert adopted.video_id not in {made.video_id, upstream_id}
    assert again.video_id == adopted.video_id
    assert adopted.file is not None
    assert len(house.simulator.jobs) == 1


async def test_the_gateways_own_price_list_counts_before_the_vendors(tmp_path: Path, era: Era) -> None:
    priced = replace(QUICK, call_prices_usd={"kling-video": 0.35})
    async with a_house(tmp_path, era, priced, max_cost_per_day=0.5) as house, house.connect() as client:
        made = await make(client)
        again = await client.call_tool("create_video", {**REQUEST, "prompt": "another"})
    assert made.estimated_cost is not None
    assert made.estimated_cost.startswith("0.35 USD (an estimate: a call, by the gateway's own price list")
    assert again.is_error
    assert "VIDEO_MCP_MAX_COST_PER_DAY" in text_of(again)
    assert len(house.simulator.requests.matching("GET", "/api/pricing")) == 1
