"""What list_models shows of one model: schema, examples and limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, cast

import pytest
from jsonschema import Draft202012Validator, ValidationError

from tests.families.samples import CATALOG, FIRST, LAST, PROMPT, findings
from video_mcp.families.examples import example, limits_in_words
from video_mcp.families.params import Family
from video_mcp.families.schemas import model_schema
from video_mcp.families.spec import Mode, ModelSpec
from video_mcp.families.validation.check import check_request
from video_mcp.types import JsonObject


class Validator(Protocol):
    """What we use of jsonschema, whose own annotations are loose."""

    def iter_errors(self, instance: JsonObject) -> Iterator[ValidationError]: ...


MODELS = [pytest.param(family, spec, id=spec.id) for family in CATALOG.families for spec in family.models]
MODES = [
    pytest.param(family, spec, mode, id=f"{spec.id}-{mode}")
    for family in CATALOG.families
    for spec in family.models
    for mode in spec.modes
]


def _problems(schema: JsonObject, arguments: JsonObject) -> list[str]:
    validator = cast("Validator", Draft202012Validator(schema))
    return [error.message for error in validator.iter_errors(arguments)]


@pytest.mark.parametrize(("family", "spec"), MODELS)
def test_a_models_schema_is_a_closed_schema(family: Family, spec: ModelSpec) -> None:
    schema = model_schema(spec, family)
    Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False
    assert _problems(schema, {"model": "another"})


@pytest.mark.parametrize(("family", "spec", "mode"), MODES)
def test_every_example_fits_its_schema(family: Family, spec: ModelSpec, mode: Mode) -> None:
    assert _problems(model_schema(spec, family), example(spec, mode)) == []


@pytest.mark.parametrize(("family", "spec", "mode"), MODES)
def test_every_example_is_taken_in_its_mode(family: Family, spec: ModelSpec, mode: Mode) -> None:
    request = check_request(CATALOG, example(spec, mode), "strict")
    assert (request.mode, request.spec.family) == (mode, family.name)


@pytest.mark.parametrize(
    ("model", "arguments"),
    [
        ("veo3.1", {"seconds": 5}),
        ("veo3.1", {"mode": "i2v"}),
        ("veo3.1", {"mode": "t2v", "image": FIRST}),
        ("veo3.1", {"mode": "reference_images", "reference_images": [FIRST] * 4}),
        ("veo3.1", {"mode": "reference_images", "reference_images": [FIRST], "seconds": 6}),
        ("veo3.1", {"reference_videos": [FIRST]}),
        ("kling-v2-master", {"image": FIRST, "end_image": LAST}),
        ("veo3.1", {"mode": "extend"}),
        ("veo3.1", {"options": {"cfg_scale": 1}}),
        ("kling-video", {}),
        ("kling-v1-6", {"mode": "extend"}),
        ("kling-v2-6", {"audio": True, "image": FIRST, "end_image": LAST}),
        ("kling-v2-6", {"image": FIRST, "end_image": LAST, "options": {"kling_quality": "std"}}),
        ("kling-v2-6", {"options": {"kling_quality": "4k"}}),
        ("kling-v2-6", {"options": {"voice_list": [{"voice_id": "a"}]}}),
        ("kling-v2-6", {"options": {"multi_shot": True}}),
        ("hailuo-video", {"resolution": "1080p", "seconds": 10}),
        ("viduq3-turbo", {"mode": "reference_images", "reference_images": [FIRST], "audio": False,
                          "options": {"off_peak": True}}),
        ("gemini-omni", {"mode": "r2v"}),
        ("doubao-seedance-1-5-pro-251215", {"options": {"draft": True, "return_last_frame": True}}),
    ],
)  # fmt: skip
def test_what_the_check_refuses_the_schema_refuses_too(model: str, arguments: JsonObject) -> None:
    found = CATALOG.find(model)
    assert found is not None
    whole: JsonObject = {"model": model, "prompt": PROMPT, **arguments}
    assert findings(model, arguments)
    assert _problems(model_schema(found[1], found[0]), whole)


def test_limits_read_as_lines() -> None:
    found = CATALOG.find("hailuo-video")
    assert found is not None
    lines = limits_in_words(found[1])
    assert lines[0] == "t2v: seconds 6 or 10 (default 6); resolution 768p or 1080p (default 768p)"
    assert "resolution 1080p goes with seconds 6 (every Hailuo model renders 1080p at 6 s only)." in lines
    assert "Prompt up to 2000 characters." in lines
    assert lines[-1] == "The prompt may hold camera commands in [brackets]."


@pytest.mark.parametrize(("family", "spec"), MODELS)
def test_every_model_has_a_line_for_each_mode(family: Family, spec: ModelSpec) -> None:
    lines = limits_in_words(spec)
    assert [line.split(":")[0].split(" ")[0] for line in lines[: len(spec.modes)]] == list(spec.modes), family.name
