"""Text that no database takes is refused by the name of its field."""

from __future__ import annotations

import pytest
from pydantic import JsonValue

from video_mcp.errors import InvalidRequest
from video_mcp.families.validation.unwritable import unwritable
from video_mcp.server.arguments import FetchArguments, ListArguments, StatusArguments, parse, parse_create

BAD = {"NUL": ("a\x00b", "NUL"), "surrogate": ("a\ud800b", "lone surrogate")}
PLACES: dict[str, dict[str, JsonValue]] = {
    "prompt": {"prompt": "{}"},
    "negative_prompt": {"negative_prompt": "{}"},
    "image": {"image": "{}"},
    "reference_images": {"reference_images": ["fine", "{}"]},
    "options": {"options": {"camera_control": {"type": "{}"}}},
}


def filled(value: JsonValue, text: str) -> JsonValue:
    if isinstance(value, dict):
        return {name: filled(item, text) for name, item in value.items()}
    if isinstance(value, list):
        return [filled(item, text) for item in value]
    return text if value == "{}" else value


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("field", PLACES)
def test_such_text_is_refused_at_whatever_depth(field: str, bad: str) -> None:
    text, named = BAD[bad]
    (finding,) = unwritable({name: filled(value, text) for name, value in PLACES[field].items()})
    assert finding.field == field
    assert named in finding.message
    assert finding.message.isprintable()


def test_a_name_of_an_option_may_not_hold_it_either() -> None:
    assert [finding.field for finding in unwritable({"options": {"a\x00": 1}})] == ["options"]


def test_all_other_text_passes() -> None:
    assert unwritable({"prompt": "A 🦊, a line\nand a tab\t", "seed": 5, "options": {"n": None, "on": True}}) == []


@pytest.mark.parametrize("bad", BAD)
def test_every_tool_refuses_it_by_name(bad: str) -> None:
    text, named = BAD[bad]
    with pytest.raises(InvalidRequest, match=rf"video_id holds .*{named}"):
        parse(StatusArguments, {"video_id": text})
    with pytest.raises(InvalidRequest, match=rf"save_as holds .*{named}"):
        parse(FetchArguments, {"video_id": "video_1", "save_as": text})
    with pytest.raises(InvalidRequest, match=rf"model holds .*{named}"):
        parse(ListArguments, {"model": text})
    with pytest.raises(InvalidRequest, match=rf"prompt holds .*{named}"):
        parse_create({"model": "veo3", "prompt": text})
    with pytest.raises(InvalidRequest, match=rf"options holds .*{named}"):
        parse_create({"model": "veo3", "options": {"external_task_id": text}})
