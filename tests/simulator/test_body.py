"""The spellings of a body that proxies and clients produce."""

from __future__ import annotations

import pytest

from video_mcp.simulator.body import add_form_field
from video_mcp.simulator.values import JsonValue
from video_mcp.types import JsonObject


@pytest.mark.parametrize(
    ("pairs", "fields"),
    [
        ([("seconds", "8")], {"seconds": "8"}),
        ([("image_urls[]", "a"), ("image_urls[]", "b")], {"image_urls": ["a", "b"]}),
        ([("images", "a"), ("images", "b")], {"images": ["a", "b"]}),
        (
            [("image_list[][image]", "a"), ("image_list[][image]", "b")],
            {"image_list": [{"image": "a"}, {"image": "b"}]},
        ),
        ([("input_reference[image_url]", "a")], {"input_reference": {"image_url": "a"}}),
        ([("metadata[seed]", "5"), ("metadata[mode]", "pro")], {"metadata": {"seed": "5", "mode": "pro"}}),
        ([("metadata", '{"seed": 5}')], {"metadata": {"seed": 5}}),
        ([("content", '[{"type": "text"}]')], {"content": [{"type": "text"}]}),
        ([("prompt", "{not json")], {"prompt": "{not json"}),
        ([("[odd", "a")], {"[odd": "a"}),
    ],
)
def test_form_fields_become_values_lists_and_objects(pairs: list[tuple[str, str]], fields: JsonValue) -> None:
    read: JsonObject = {}
    for name, text in pairs:
        add_form_field(read, name, text)
    assert read == fields
