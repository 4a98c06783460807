"""Each recipe is the text of a journey: the calls that the page shows are made as they are written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import cast

import anyio
import mcp_types as types
import pytest
from PIL import Image

from tests.docs.calls import calls_of, with_ids
from tests.docs.pages import ROOT, blocks_of
from tests.interaction.conftest import a_house
from tests.interaction.test_one_video import text_of
from video_mcp.families.catalog import default_catalog
from video_mcp.families.prices.estimate import price_per_second_usd
from video_mcp.simulator import SimulatorConfig
from video_mcp.types import JsonObject

PAGE = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
RECIPES = {
    section.splitlines()[0]: [calls_of(block.text) for block in blocks_of("", section) if block.language == "json"]
    for section in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
}
SMALL = SimulatorConfig(render_seconds=0.1, max_side=560, poll_after_ms=50)
CALLED = {title: blocks[0] for title, blocks in RECIPES.items() if blocks}


def test_the_page_has_the_recipes_that_people_look_for() -> None:
    assert list(RECIPES) == [
        "Animate my photo",
        "Continue a shot",
        "A film of three shots",
        "Four variants",
        "The cheapest model",
        "A batch at night",
        "What did I spend?",
        "Chain shots in Python",
    ]


def test_the_recipe_for_the_cheapest_model_names_the_cheapest_one() -> None:
    prices = {
        spec.id: price
        for spec in default_catalog().models(mode="t2v")
        if (price := price_per_second_usd(spec)) is not None
    }
    assert {str(call[1]["model"]) for call in CALLED["The cheapest model"][1:]} == {min(prices, key=prices.__getitem__)}


@pytest.mark.anyio
@pytest.mark.parametrize("title", CALLED)
async def test_its_calls_work_as_they_are_written(title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (640, 360), "teal").save(tmp_path / "photo.jpg")
    ids: list[str] = []
    sent = 0
    async with a_house(tmp_path, "auto", SMALL, input_dirs=[tmp_path]) as house, house.connect() as client:
        for tool, arguments in CALLED[title]:
            given = cast("dict[str, object]", with_ids(arguments, ids))
            with anyio.fail_after(120):
                result = await client.call_tool(tool, given)
            answer = answer_in(result)
            if tool == "create_video" and "video_id" in answer:
                sent += 1
                ids.append(str(answer["video_id"]))
        assert len(house.simulator.jobs) == sent, "every create that is not a dry run is one job"
    assert len(set(ids)) == sent


def answer_in(result: types.CallToolResult) -> JsonObject:
    assert not result.is_error, text_of(result)
    return cast("JsonObject", result.structured_content or {})
