"""A gateway knows the videos that it made; a client's own ids mean nothing to it, on the wire too."""

from __future__ import annotations

import httpx2
import pytest

from video_mcp.simulator import SimulatorConfig, run_simulator
from video_mcp.simulator.video_ids import unknown_video
from video_mcp.types import JsonObject

OURS = "video_0123456789abcdef0123"
UNKNOWN: dict[str, JsonObject] = {
    "an id of a stranger": {"video_id": "task_9"},
    "the client's own id": {"video_id": OURS},
    "the client's own address": {"video_id": f"video://{OURS}/content"},
    "in a container": {"metadata": {"video_id": "task_9"}},
    "as a medium": {"source_video": f"video://{OURS}/content"},
    "as a bare medium": {"image": OURS},
    "in a list": {"images": ["https://example.com/a.png", f"video://{OURS}/last-frame"]},
    "in content": {"content": [{"type": "video_url", "video_url": {"url": f"video://{OURS}"}}]},
}
KNOWN: dict[str, JsonObject] = {
    "its own id": {"video_id": "task_1"},
    "its own id in a container": {"metadata": {"task_id": "task_1"}},
    "a prompt about one": {"prompt": f"It goes on, video://{OURS}", "content": [{"type": "text", "text": OURS}]},
    "the client's own name for the job": {"external_task_id": OURS},
    "an address": {"image": "https://example.com/video_id.png"},
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_video_that_was_never_made_is_found_wherever_it_stands(name: str) -> None:
    assert unknown_video(UNKNOWN[name], {"task_1"}) is not None


@pytest.mark.parametrize("name", KNOWN)
def test_everything_else_passes(name: str) -> None:
    assert unknown_video(KNOWN[name], {"task_1"}) is None


@pytest.mark.anyio
async def test_an_extension_of_an_unknown_clip_is_refused_on_the_wire_and_of_a_known_one_accepted() -> None:
    clip = {"model": "kling-video", "model_name": "kling-v1-6", "prompt": "A boat", "duration": "5"}
    async with run_simulator(SimulatorConfig(render_seconds=0.1, max_side=64)) as simulator:
        headers = {"Authorization": f"Bearer {simulator.api_key}"}
        async with httpx2.AsyncClient(base_url=simulator.base_url, headers=headers, timeout=60) as client:
            made = (await client.post("/v1/videos", json=clip)).json()["id"]
            extension = {**clip, "mode": "extend"}
            refused = await client.post("/v1/videos", json={**extension, "video_id": OURS})
            assert len(simulator.jobs) == 1
            accepted = await client.post("/v1/videos", json={**extension, "video_id": made})
    assert refused.status_code == 400
    assert OURS in refused.text
    assert accepted.status_code == 200, accepted.text
