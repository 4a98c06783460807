"""What a model's JSON Schema allows is taken; what it forbids is refused, or taken with a finding that says so."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from tests.families.refusal_rates import NO_HEALTH_CHECKS, SAMPLES, measure, validator_of
from tests.families.samples import CATALOG, CLIP, FIRST, SOUND
from video_mcp.errors import InvalidRequest
from video_mcp.families.examples import example
from video_mcp.families.params import CANONICAL_FIELDS, Family
from video_mcp.families.schemas import model_schema
from video_mcp.families.spec import Mode, ModelSpec
from video_mcp.families.validation.check import check_request
from video_mcp.findings import Finding
from video_mcp.types import JsonObject

MODELS = [pytest.param(family, spec, id=spec.id) for family in CATALOG.families for spec in family.models]
MODES = [(spec.id, mode) for spec in CATALOG.models() for mode in spec.modes]
SCHEMAS = {spec.id: validator_of(model_schema(spec, family)) for family in CATALOG.families for spec in family.models}
CANONICAL = sorted(CANONICAL_FIELDS - {"model", "options", "mode"})
FIELDS = {
    spec.id: [*CANONICAL, *family.option_names(), *family.option_names(), "cfg_scale"]
    for family in CATALOG.families
    for spec in family.models
}
WORDS = ["720p", "480p", "768p", "16:9", "9:21", "1280x720", "std", "4k", "flex", "t2v", "edit", "asset://a", "a"]
VALUES: st.SearchStrategy[JsonValue] = st.one_of(
    st.booleans(),
    st.integers(-5, 40),
    st.floats(-2, 20, allow_nan=False),
    st.sampled_from([FIRST, CLIP, SOUND, *WORDS]),
    st.lists(st.sampled_from([FIRST, CLIP]), min_size=1, max_size=11),
    st.sampled_from([{"type": "simple", "config": {"zoom": 5}}, {"type": "down_back"}, {"enabled": True}, {"a": 1}]),
    st.just([{"voice_id": "a"}]),
    st.just([{"index": 1, "prompt": "Rain.", "duration": 4}]),
)


@pytest.fixture
def samples(pytestconfig: pytest.Config) -> int:
    return SAMPLES * 10 if pytestconfig.getoption("--nightly") else SAMPLES


@pytest.mark.parametrize(("family", "spec"), MODELS)
def test_what_the_schema_allows_is_taken(family: Family, spec: ModelSpec, samples: int) -> None:
    measured = measure(spec, family, samples)
    assert measured.valid >= samples / 2
    assert measured.rate <= 0.01, measured.refusals


def _findings(arguments: JsonObject) -> tuple[Finding, ...] | None:
    """Return the warnings of a request that is taken, and None for one that is refused."""
    try:
        return check_request(CATALOG, arguments, "strict").warnings
    except InvalidRequest:
        return None


def _with_field(arguments: JsonObject, field: str, value: JsonValue) -> JsonObject:
    if field in CANONICAL_FIELDS:
        return {**arguments, field: value}
    options = arguments.get("options")
    return {**arguments, "options": {**(options if isinstance(options, dict) else {}), field: value}}


@settings(max_examples=700, deadline=None, database=None, derandomize=True, suppress_health_check=NO_HEALTH_CHECKS)
@given(
    of=st.sampled_from(MODES).flatmap(lambda of: st.tuples(st.just(of), st.sampled_from(FIELDS[of[0]]))), value=VALUES
)
def test_what_the_schema_forbids_is_never_taken_without_a_word(
    of: tuple[tuple[str, Mode], str], value: JsonValue
) -> None:
    (model, mode), field = of
    found = CATALOG.find(model)
    assert found is not None
    before = example(found[1], mode)
    changed = _with_field(before, field, value)
    if _is_the_same(changed, before, field) or SCHEMAS[model].is_valid(changed):
        return
    warnings = _findings(changed)
    if warnings is not None:
        known = {finding.message for finding in _findings(before) or ()}
        said = [finding for finding in warnings if finding.message not in known]
        assert any(field == finding.field or field in finding.message for finding in said), (changed, said)


def _is_the_same(changed: JsonObject, before: JsonObject, field: str) -> bool:
    """Return whether the value only spells otherwise what is sent without it: `4.0` for 4, or one file for a list."""
    try:
        sent, other = (check_request(CATALOG, one, "strict") for one in (changed, before))
    except InvalidRequest:
        return False
    one, two = (getattr(request.params, field, None) for request in (sent, other))
    return one == two or _spelled_otherwise(changed, one, field)


def _spelled_otherwise(changed: JsonObject, sent: object, field: str) -> bool:
    options = changed.get("options")
    raw = changed.get(field, options.get(field) if isinstance(options, dict) else None)
    if isinstance(sent, tuple):
        return cast("tuple[object, ...]", sent) == (raw,)
    if isinstance(raw, list):
        return raw == [sent]
    if isinstance(sent, bool) and raw in (0, 1):
        return sent == bool(raw)
    return type(raw) is not type(sent) and str(raw).lower().removesuffix(".0") == str(sent).lower().removesuffix(".0")
