"""When something goes wrong on the way, the video is told of and can be had later."""

from __future__ import annotations

import pytest

from tests.interaction.conftest import House
from tests.interaction.test_one_video import job_in, make, text_of
from video_mcp.simulator import Fault

pytestmark = pytest.mark.anyio


async def test_a_video_that_cannot_be_brought_home_is_fetched_later(house: House) -> None:
    house.simulator.faults.arm(
        Fault(on="link", kind="json_200", times=None), Fault(on="content", kind="json_200", times=None)
    )
    async with house.connect() as client:
        undelivered = await make(client)
        house.simulator.faults.clear()
        fetched = job_in(await client.call_tool("fetch_video", {"video_id": undelivered.video_id}))
    assert (undelivered.status, undelivered.charged) == ("in_progress", "yes")
    assert undelivered.error is not None
    assert undelivered.next_action is not None
    assert undelivered.next_action.startswith("Call fetch_video")
    assert (fetched.status, fetched.error) == ("completed", None)
    assert len(house.simulator.jobs) == 1


async def test_a_key_that_is_refused_while_polling_stops_with_advice_and_can_go_on(house: House) -> None:
    house.simulator.faults.arm(Fault(on="status", kind="unauthorized", times=1))
    async with house.connect() as client:
        stopped = await make(client)
        ended = job_in(await client.call_tool("get_video_status", {"video_id": stopped.video_id, "wait_seconds": 45}))
    assert stopped.status in {"queued", "in_progress"}
    assert stopped.error is not None
    assert "VIDEO_MCP_API_KEY" in (stopped.error.advice or "")
    assert (ended.status, ended.error) == ("completed", None)


async def test_an_unknown_video_claims_no_progress(house: House) -> None:
    house.simulator.faults.arm(Fault(on="create", kind="drop_answer"))
    async with house.connect() as client:
        lost = await make(client)
        listed = await client.call_tool("get_video_status", {"video_id": lost.video_id})
    assert (lost.status, lost.progress) == ("unknown", None)
    assert "unknown" in text_of(listed)
