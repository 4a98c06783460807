"""What an agent is asked for, through the real server: the calls it takes, the bytes they cost, the next step named."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import mcp_types as types
import pytest
from mcp import Client
from PIL import Image

from tests.interaction.conftest import a_house
from tests.interaction.test_one_video import job_in, text_of
from video_mcp.server.results import VideoJob
from video_mcp.simulator import SimulatorConfig

pytestmark = pytest.mark.anyio

READABLE = SimulatorConfig(render_seconds=0.2, max_side=400, poll_after_ms=50)
BOAT: dict[str, object] = {"model": "kling-v2-6", "prompt": "A paper boat", "seconds": 5}


@dataclass(slots=True)
class Agent:
    """Calls tools and counts what enters its context."""

    client: Client
    calls: int = 0
    bytes: int = 0
    texts: list[str] = field(default_factory=list[str])

    async def call(self, tool: str, **arguments: object) -> types.CallToolResult:
        with anyio.fail_after(120):
            result = await self.client.call_tool(tool, arguments)
        self.calls += 1
        self.texts.append(text_of(result))
        self.bytes += len(self.texts[-1].encode()) + len(json.dumps(result.structured_content).encode())
        return result

    async def make(self, **changes: object) -> VideoJob:
        result = await self.call("create_video", **{**BOAT, **changes})
        assert not result.is_error, self.texts[-1]
        return job_in(result)

    async def refused(self, tool: str, *words: str, **arguments: object) -> None:
        """Call a tool that must refuse and name each of these words."""
        result = await self.call(tool, **arguments)
        assert result.is_error, self.texts[-1]
        assert "Charged: no" in self.texts[-1]
        for word in words:
            assert word in self.texts[-1], (word, self.texts[-1])


@pytest.fixture
async def agent(tmp_path: Path) -> AsyncGenerator[Agent]:
    async with a_house(tmp_path, "auto", READABLE, validation="strict") as house, house.connect() as client:
        yield Agent(client)


async def test_one_video(agent: Agent) -> None:
    assert (await agent.make()).status == "completed"
    assert (agent.calls, agent.bytes <= 1100) == (1, True)


async def test_a_video_that_takes_longer_than_the_call(agent: Agent) -> None:
    begun = await agent.make(wait_seconds=0)
    assert f"Call get_video_status with video_id {begun.video_id}" in agent.texts[-1]
    ended = job_in(await agent.call("get_video_status", video_id=begun.video_id))
    assert (ended.status, agent.calls) == ("completed", 2)


async def test_an_id_that_was_lost_and_what_was_spent(agent: Agent) -> None:
    made = await agent.make()
    await agent.call("get_video_status")
    assert made.video_id in agent.texts[-1]
    assert "Last 24 hours: 1 videos, 5 s" in agent.texts[-1]


async def test_the_cheapest_model_is_found_in_one_call(agent: Agent) -> None:
    listed = (await agent.call("list_models")).structured_content
    assert listed is not None
    priced = [row for row in listed["models"] if "usd_per_second" in row]
    cheapest = min(priced, key=lambda row: row["usd_per_second"])["id"]
    assert agent.bytes <= 9_500
    dry = await agent.call("create_video", model=cheapest, prompt="A boat", dry_run=True)
    assert not dry.is_error or "mode" in agent.texts[-1]


@pytest.mark.parametrize(
    ("word", "offered"),
    [
        ("seedance", "doubao-seedance-2-0-260128"),
        ("hailuo 02", "hailuo-video"),
        ("minimax", "hailuo-video"),
        ("veo", "veo3.1"),
    ],
)
async def test_a_family_word_is_answered_with_its_current_models(agent: Agent, word: str, offered: str) -> None:
    await agent.refused("create_video", offered, model=word, prompt="A boat")
    dry = await agent.call("create_video", model=offered, prompt="A boat", dry_run=True)
    assert not dry.is_error, agent.texts[-1]


async def test_a_length_that_the_model_lacks_is_answered_with_the_nearest(agent: Agent) -> None:
    await agent.refused("create_video", "Nearest: 5", **{**BOAT, "seconds": 7})
    assert (await agent.make(seconds=5)).status == "completed"


async def test_four_variants_are_four_calls(agent: Agent) -> None:
    await agent.refused("create_video", "allow_duplicate", **{**BOAT, "n": 4})
    ids = {(await agent.make(allow_duplicate=True)).video_id for _variant in range(4)}
    assert len(ids) == 4


async def test_a_wrong_mode_is_answered_with_the_modes(agent: Agent) -> None:
    await agent.refused("create_video", "i2v", "t2v", **{**BOAT, "mode": "img2vid"})
    await agent.refused("list_models", "i2v", "extend", mode="img2vid")


async def test_a_photo_outside_the_folders_is_answered_with_the_setting(
    agent: Agent, tmp_path_factory: pytest.TempPathFactory
) -> None:
    photo = tmp_path_factory.mktemp("elsewhere") / "photo.png"
    Image.new("RGB", (640, 360), "teal").save(photo)
    await agent.refused("create_video", "VIDEO_MCP_INPUT_DIRS", **{**BOAT, "image": str(photo)})


async def test_a_clip_that_goes_on_where_another_ends(agent: Agent) -> None:
    first = await agent.make()
    dry = await agent.call("create_video", **{**BOAT, "image": first.video_id, "dry_run": True})
    assert "Nothing was sent." in agent.texts[-1] or dry.is_error


async def test_an_equal_request_is_never_paid_twice_by_accident(agent: Agent) -> None:
    first, second = await agent.make(), await agent.make()
    assert second.duplicate_of == first.video_id
    assert "allow_duplicate" in agent.texts[-1]


async def test_a_refused_prompt_says_what_to_change(agent: Agent) -> None:
    result = await agent.call("create_video", **{**BOAT, "prompt": "[fail] a boat"})
    assert result.is_error
    assert "prompt" in agent.texts[-1]
