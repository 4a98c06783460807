"""Ceilings, names for jobs, and going on from an earlier video."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interaction.conftest import Era, House, a_house
from tests.interaction.test_one_video import REQUEST, job_in, make, text_of
from video_mcp.simulator import SimulatorConfig

pytestmark = pytest.mark.anyio

SLOW = SimulatorConfig(render_seconds=60, max_side=96, poll_after_ms=50)


async def test_a_call_sets_its_own_ceiling(tmp_path: Path, era: Era) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text('[models."kling-v2-6"]\nper_second = 0.1\n', encoding="utf-8")
    async with a_house(tmp_path, era, prices=prices) as house, house.connect() as client:
        dear = await client.call_tool("create_video", {**REQUEST, "options": {"max_cost_usd": 0.4}})
        unknown = await client.call_tool(
            "create_video", {"model": "kling-v1", "prompt": "x", "options": {"max_cost_usd": 9}}
        )
        assert len(house.simulator.jobs) == 0
        within = job_in(await client.call_tool("create_video", {**REQUEST, "options": {"max_cost_usd": 0.5}}))
        again = job_in(await client.call_tool("create_video", {**REQUEST, "options": {"max_cost_usd": 0.1}}))
    assert dear.is_error
    assert "max_cost_usd=0.4" in text_of(dear)
    assert unknown.is_error
    assert "unknown" in text_of(unknown)
    assert within.status == "completed"
    assert again.duplicate_of == within.video_id


async def test_no_more_videos_are_open_than_allowed(tmp_path: Path, era: Era) -> None:
    async with a_house(tmp_path, era, SLOW, max_open_videos=1) as house, house.connect() as client:
        await make(client, wait_seconds=0)
        waiting = job_in(await client.call_tool("create_video", {**REQUEST, "prompt": "another", "wait_seconds": 0}))
        assert len(house.simulator.jobs) == 1
    assert (waiting.status, waiting.charged) == ("queued", "no")
    assert "get_video_status" in (waiting.next_action or "")


async def test_the_callers_own_name_for_a_job_means_one_request(house: House) -> None:
    named = {**REQUEST, "options": {"external_task_id": "scene-7"}}
    async with house.connect() as client:
        first = job_in(await client.call_tool("create_video", named))
        same = job_in(await client.call_tool("create_video", {**named, "allow_duplicate": True}))
        other = await client.call_tool("create_video", {**named, "prompt": "something else"})
    assert same.video_id == first.video_id
    assert other.is_error
    assert first.video_id in text_of(other)
    assert other.structured_content is not None
    assert other.structured_content["charged"] == "no"
    assert len(house.simulator.jobs) == 1


@pytest.mark.parametrize("form", ["{}", "video://{}", "video://{}/content", "video://{}/last_frame"])
async def test_an_image_may_be_the_last_frame_of_an_earlier_video_in_any_spelling(
    tmp_path: Path, era: Era, form: str
) -> None:
    async with a_house(tmp_path, era, validation="off") as house, house.connect() as client:
        made = await make(client)
        following = await make(client, prompt="It goes on", image=form.format(made.video_id))
    assert following.status == "completed"
    assert len(house.simulator.jobs) == 2
