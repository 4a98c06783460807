"""Every answer is valid by its tool's output schema, and our ids become the gateway's where it needs its own."""

from __future__ import annotations

import json
from typing import cast

import jsonschema
import mcp_types as types
import pytest
from pydantic import JsonValue

from tests.interaction.conftest import House
from tests.interaction.test_one_video import REQUEST, job_in, make

pytestmark = pytest.mark.anyio


async def test_every_answer_is_valid_by_the_output_schema_of_its_tool(house: House) -> None:
    async with house.connect() as client:
        schemas = {tool.name: tool.output_schema for tool in (await client.list_tools()).tools}
        made = await make(client)
        calls: list[tuple[str, dict[str, object]]] = [
            ("create_video", REQUEST),
            ("create_video", {**REQUEST, "seconds": 7}),
            ("create_video", {**REQUEST, "prompt": "Nothing good [fail]"}),
            ("create_video", {**REQUEST, "dry_run": True}),
            ("create_video", {**REQUEST, "prompt": "Another boat", "wait_seconds": 0}),
            ("get_video_status", {"video_id": made.video_id}),
            ("get_video_status", {"video_id": "video_of_nobody"}),
            ("get_video_status", {}),
            ("fetch_video", {"video_id": made.video_id, "preview": "poster"}),
            ("fetch_video", {"video_id": made.video_id, "save_as": "/no/such/place.mp4"}),
            ("list_models", {}),
            ("list_models", {"model": "kling-v3"}),
            ("list_models", {"model": "no such model"}),
        ]
        answers = [(name, await client.call_tool(name, arguments)) for name, arguments in calls]
    for name, answer in answers:
        jsonschema.validate(cast("JsonValue", answer.structured_content), cast("dict[str, object]", schemas[name]))


async def test_a_clip_to_extend_is_named_as_the_gateway_names_it(house: House) -> None:
    clip: dict[str, object] = {"model": "kling-v1-6", "prompt": "A paper boat", "seconds": 5}
    async with house.connect() as client:
        made = job_in(await client.call_tool("create_video", clip))
        about = (await client.read_resource(f"video://{made.video_id}")).contents[0]
        assert isinstance(about, types.TextResourceContents)
        upstream_id = cast("dict[str, JsonValue]", json.loads(about.text))["upstream_id"]
        for reference in (made.video_id, f"video://{made.video_id}/content", str(upstream_id)):
            extend: dict[str, object] = {"model": "kling-v1-6", "mode": "extend", "source_video": reference}
            extended = await client.call_tool("create_video", {**extend, "prompt": f"It sails on, {reference}"})
            assert job_in(extended).status == "completed", extended.structured_content
        for unknown in ("video_0123456789abcdef0123", "video://video_0123456789abcdef0123/content"):
            refused = await client.call_tool(
                "create_video",
                {"model": "kling-v1-6", "mode": "extend", "prompt": "On", "options": {"video_id": unknown}},
            )
            assert refused.is_error
        own = {"mode": "extend", "options": {"video_id": f"video://{made.video_id}/content"}}
        by_option = await client.call_tool("create_video", {"model": "kling-v1-6", "prompt": "And on", **own})
        assert job_in(by_option).status == "completed", by_option.structured_content
    bodies = [one.fields for one in house.simulator.requests.matching("POST", "/v1/videos")][1:]
    assert upstream_id != made.video_id
    assert [body["video_id"] for body in bodies] == [upstream_id] * 4
