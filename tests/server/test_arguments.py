"""How the tools' arguments are read."""

from __future__ import annotations

import pytest
from pydantic import JsonValue

from video_mcp.server.arguments import parse_create

LINK: dict[str, JsonValue] = {"type": "resource_link", "uri": "video://video_1/content", "name": "boat.mp4"}


@pytest.mark.parametrize(
    ("name", "given", "read"),
    [
        ("source_video", LINK, "video://video_1/content"),
        ("image", LINK, "video://video_1/content"),
        ("reference_images", [LINK, "a.png"], ["video://video_1/content", "a.png"]),
        ("image", "a.png", "a.png"),
        ("image", {"url": "https://example.com/a.png"}, {"url": "https://example.com/a.png"}),
        ("content", [LINK], [LINK]),
    ],
)
def test_a_resource_link_stands_for_its_address_where_a_medium_is_taken(
    name: str, given: JsonValue, read: JsonValue
) -> None:
    assert parse_create({"model": "kling-v3", name: given}).request.fields[name] == read
