"""Prompts and completions as clients of both eras get them."""

from __future__ import annotations

import mcp_types as types
import pytest
from mcp.shared.exceptions import MCPError

from tests.interaction.conftest import House
from tests.interaction.test_one_video import make

pytestmark = pytest.mark.anyio


async def test_a_prompt_is_listed_and_filled(house: House) -> None:
    async with house.connect() as client:
        prompts = (await client.list_prompts()).prompts
        filled = await client.get_prompt("make_video", {"idea": "a fox", "model": "kling-v2-6", "seconds": ""})
    assert "make_video" in [prompt.name for prompt in prompts]
    assert [message.role for message in filled.messages] == ["user"]
    content = filled.messages[0].content
    assert isinstance(content, types.TextContent)
    assert "What kling-v2-6 takes" in content.text
    assert not house.simulator.jobs


async def test_a_prompt_about_a_video_brings_its_prompt(house: House) -> None:
    async with house.connect() as client:
        made = await make(client)
        filled = await client.get_prompt("continue_video", {"video_id": made.video_id})
    content = filled.messages[0].content
    assert isinstance(content, types.TextContent)
    assert "A paper boat on a rainy street" in content.text


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("make_a_film", {}),
        ("make_video", {}),
        ("make_video", {"idea": "a fox", "model": "sora-9"}),
        ("continue_video", {"video_id": "nobody"}),
    ],
)
async def test_a_prompt_that_cannot_be_filled_is_refused(house: House, name: str, arguments: dict[str, str]) -> None:
    async with house.connect() as client:
        with pytest.raises(MCPError) as refused:
            await client.get_prompt(name, arguments)
    assert refused.value.error.code == types.INVALID_PARAMS


async def test_a_video_is_completed_by_what_it_shows(house: House) -> None:
    template = types.ResourceTemplateReference(type="ref/resource", uri="video://{video_id}/content")
    async with house.connect() as client:
        before = await client.complete(template, {"name": "video_id", "value": ""})
        made = await make(client)
        done = await client.complete(template, {"name": "video_id", "value": "boat"})
    assert before.completion.values == []
    assert done.completion.values == [made.video_id]


async def test_a_choice_follows_the_model_chosen_before(house: House) -> None:
    ref = types.PromptReference(type="ref/prompt", name="make_video")
    async with house.connect() as client:
        done = await client.complete(
            ref, {"name": "aspect_ratio", "value": "9"}, context_arguments={"model": "kling-v2-6"}
        )
    assert done.completion.values[0] == "9:16"
