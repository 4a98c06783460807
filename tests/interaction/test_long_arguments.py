"""An argument of any length is repeated briefly, or not at all."""

from __future__ import annotations

import pytest

from tests.interaction.conftest import House

pytestmark = pytest.mark.anyio

LONG = "x" * 1_000_000


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("list_models", {"model": LONG}),
        ("list_models", {"family": LONG}),
        ("list_models", {"mode": LONG}),
        ("list_models", {LONG: 1}),
        ("create_video", {"model": LONG, "prompt": "a"}),
        ("create_video", {"model": "sora-2", "prompt": "a", "mode": LONG}),
        ("create_video", {"model": "sora-2", "prompt": "a", "image": LONG}),
        ("create_video", {"model": "sora-2", "prompt": "a", "options": {LONG: 1}}),
        ("get_video_status", {"video_id": LONG}),
        ("fetch_video", {"video_id": LONG, "save_as": LONG}),
    ],
)
async def test_a_long_argument_is_not_repeated(house: House, tool: str, arguments: dict[str, object]) -> None:
    async with house.connect() as client:
        result = await client.call_tool(tool, arguments)

    assert result.is_error
    assert len(result.model_dump_json()) < 20_000
