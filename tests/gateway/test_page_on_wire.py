"""Every field that the gateway's page names goes out, field by field, and the page itself says which those are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest
from pydantic import JsonValue

from tests.families.samples import ask
from tests.families.validation.test_gateway_page import PAGE
from video_mcp.gateway.dialects import wire_body
from video_mcp.types import JsonObject

PAGE_TEXT = Path(__file__).parents[2].parent / "shared" / "facts" / "gateway-page.txt"
NAMES = frozenset(row[0] for row in PAGE) | {"model", "mode"}

# Where a field goes out in other words: a length as text or number, a size as ratio and resolution, sound as on or off.
SAID_OTHERWISE: dict[str, tuple[str, ...]] = {
    "seconds": ("6",),
    "duration": ("6",),
    "resolution": ("1080p",),
    "image_url": ("first.png",),
    "input_reference": ("first.png",),
    "content": ("first.png",),
    "width": ("1080p", "9:16"),
    "height": ("720p", "16:9"),
    "camera_control": ("forward_up",),
    "image_list": ("first.png",),
}


@pytest.mark.parametrize(("field", "model", "value", "beside", "_expected"), PAGE, ids=[row[0] for row in PAGE])
def test_a_field_of_the_page_is_sent(
    field: str, model: str, value: JsonValue, beside: JsonObject, _expected: JsonObject
) -> None:
    given = beside.get("options")
    options: JsonObject = {**(given if isinstance(given, dict) else {}), field: value}
    rest = {name: other for name, other in beside.items() if name != "options"}
    prompt = "" if field == "prompt" else "Rain."
    body = wire_body(ask(model, {"prompt": prompt, "options": options, **rest}), "gateway").json
    sent = json.dumps(body, ensure_ascii=False)
    words = SAID_OTHERWISE.get(field) or tuple(leaves(value))
    assert all(word in sent for word in words), f"{field} is not in {sent}"


def leaves(value: JsonValue) -> Iterable[str]:
    """Return the values inside a value, as JSON writes them."""
    if isinstance(value, dict):
        return [leaf for child in value.values() for leaf in leaves(child)]
    if isinstance(value, list):
        return [leaf for child in value for leaf in leaves(child)]
    return [value if isinstance(value, str) else json.dumps(value)]


@pytest.mark.skipif(not PAGE_TEXT.exists(), reason="the gateway's page lies in ../shared, which is not here")
@pytest.mark.parametrize("heading", ["Common compatibility parameters:", "Kling common extended parameters:"])
def test_the_page_names_no_field_that_is_not_tried_here(heading: str) -> None:
    lines = PAGE_TEXT.read_text(encoding="utf-8").splitlines()
    run_together = lines[lines.index(heading) + 1]
    assert segmented(run_together), f"{run_together} holds a field that is missing here"


@pytest.mark.skipif(not PAGE_TEXT.exists(), reason="the gateway's page lies in ../shared, which is not here")
def test_the_pages_core_parameters_are_tried_here() -> None:
    text = PAGE_TEXT.read_text(encoding="utf-8")
    (core,) = re.findall(r"^Core parameters:\n(.*)$", text, re.MULTILINE)
    named = set(re.findall(r"(model|prompt|seconds|duration|size|mode): (?:string|number)", core))
    assert named == {"model", "prompt", "seconds", "duration", "size", "mode"}
    assert named <= NAMES


def segmented(text: str) -> bool:
    """Tell whether a run of names without spaces is made of names that we know."""

    @cache
    def rest_is_known(start: int) -> bool:
        if start == len(text):
            return True
        return any(text.startswith(name, start) and rest_is_known(start + len(name)) for name in NAMES)

    return rest_is_known(0)


def test_a_name_that_nobody_tries_is_noticed() -> None:
    assert segmented("aspect_ratioratioquality")
    assert not segmented("aspect_ratiobrightnessquality")
