"""What a model's JSON Schema cannot state stands in its description, one by one and counted."""

from __future__ import annotations

import re
from typing import cast

import pytest
from pydantic import JsonValue

from tests.families.refusal_rates import validator_of
from tests.families.samples import CATALOG, CLIP, FIRST, PROMPT, findings
from video_mcp.families.further_rules import further_rules
from video_mcp.families.params import Family
from video_mcp.families.schemas import model_schema
from video_mcp.families.spec import ModelSpec
from video_mcp.types import JsonObject

MODELS = [pytest.param(family, spec, id=spec.id) for family in CATALOG.families for spec in family.models]


def _found(model: str) -> tuple[Family, ModelSpec]:
    found = CATALOG.find(model)
    assert found is not None
    return found


@pytest.mark.parametrize(("family", "spec"), MODELS)
def test_each_rule_is_numbered_in_the_description(family: Family, spec: ModelSpec) -> None:
    rules = further_rules(spec, family)
    description = cast("str", model_schema(spec, family)["description"])
    assert f"Rules that a schema cannot state: {len(rules)}. (1) " in description
    assert all(f"({number}) {rule}" in description for number, rule in enumerate(rules, start=1))
    assert len(set(rules)) == len(rules)
    assert all(rule.endswith(".") for rule in rules)


@pytest.mark.parametrize(("family", "spec"), MODELS)
def test_each_field_with_limits_on_files_has_a_rule(family: Family, spec: ModelSpec) -> None:
    files = " ".join(rule for rule in further_rules(spec, family) if rule.startswith("A file in "))
    for name, limits in spec.media_limits.items():
        is_taken = any(facts.takes(name) for facts in spec.modes.values())
        has_limits = limits.formats or limits.max_seconds is not None
        assert bool(re.search(rf"\b{name}\b", files)) is bool(is_taken and has_limits), name


def test_a_rule_on_a_field_that_the_model_lacks_is_left_out() -> None:
    family, old = _found("kling-v1")
    _, new = _found("kling-v3")
    assert not any("multi_prompt" in rule for rule in further_rules(old, family))
    assert any("multi_prompt" in rule for rule in further_rules(new, family))


def _shots(seconds: int) -> JsonObject:
    shots: list[JsonValue] = [
        {"index": 1, "prompt": "Rain.", "duration": 2},
        {"index": 2, "prompt": "Sun.", "duration": 3},
    ]
    return {"seconds": seconds, "options": {"multi_shot": True, "multi_prompt": shots}}


def _content(*items: JsonObject) -> JsonObject:
    return {"mode": "reference_material", "options": {"content": list[JsonValue](items)}}


def _image(number: int) -> JsonObject:
    return {"type": "image_url", "image_url": {"url": f"{FIRST}?{number}"}, "role": "reference_image"}


VIDEO: JsonObject = {"type": "video_url", "video_url": {"url": CLIP}}


@pytest.mark.parametrize(
    ("model", "taken", "refused"),
    [
        pytest.param("kling-v3", _shots(5), _shots(6), id="multi_prompt"),
        pytest.param(
            "doubao-seedance-2-0-260128",
            _content(*map(_image, range(5)), VIDEO),
            _content(*map(_image, range(10)), VIDEO),
            id="content",
        ),
    ],
)
def test_where_the_schema_is_stricter_the_check_decides(model: str, taken: JsonObject, refused: JsonObject) -> None:
    family, spec = _found(model)
    is_valid = validator_of(model_schema(spec, family)).is_valid
    base: JsonObject = {"model": model, "prompt": PROMPT}
    assert not is_valid({**base, **taken})
    assert not is_valid({**base, **refused})
    assert findings(model, taken) == ()
    assert findings(model, refused)
