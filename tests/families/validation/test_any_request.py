"""Whatever a caller writes, the answer is a request or a refusal in words, and the nearest value is a way out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from tests.families.samples import CATALOG, FIRST, findings
from video_mcp.errors import InvalidRequest
from video_mcp.families.examples import example
from video_mcp.families.params import CANONICAL_FIELDS
from video_mcp.families.spec import CHOSEN_FIELDS, Choices, ModelSpec
from video_mcp.families.validation.check import check_request
from video_mcp.families.validation.normalize import GATEWAY_ALIASES
from video_mcp.findings import Finding
from video_mcp.types import JsonObject, Validation

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 99) | st.floats() | st.text(max_size=9) | st.just(FIRST),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=4,
)
OPTIONS = sorted({name for family in CATALOG.families for name in (*family.option_names(), *family.aliases)})
ARGUMENTS = st.dictionaries(st.sampled_from(sorted(CANONICAL_FIELDS - {"model", "options"})), VALUES, max_size=4)
FURTHER = st.dictionaries(st.sampled_from([*OPTIONS, *GATEWAY_ALIASES]) | st.text(max_size=9), VALUES, max_size=3)
LEVELS: list[Validation] = ["strict", "warn", "off"]


def _problems(finding: Finding) -> list[str]:
    """Return what is wrong with a finding's own words."""
    message = finding.message
    clear = message.endswith((".", "?")) and "  " not in message and len(message) < 1200
    own_words = not any(word in message for word in ("pydantic", "Input should", "validation error", "type="))
    return [] if finding.field and clear and own_words else [f"{finding.field!r}: {message}"]


@settings(max_examples=250, deadline=None, database=None)
@given(model=st.sampled_from(CATALOG.ids()), arguments=ARGUMENTS, options=FURTHER, validation=st.sampled_from(LEVELS))
def test_any_arguments_end_in_a_request_or_in_plain_words(
    model: str, arguments: JsonObject, options: JsonObject, validation: Validation
) -> None:
    whole: dict[str, JsonValue] = {"model": model, **arguments, "options": options}
    try:
        found = check_request(CATALOG, whole, validation).warnings
    except InvalidRequest as refused:
        found = refused.findings
        assert all(finding.severity == "refuse" for finding in found)
    assert [problem for finding in found for problem in _problems(finding)] == []


FOREIGN = ["0 ", "  t2v\n", "a\tb", "a  b", "\x1b[31mred", "a\u2028b", "\u200bno\u202ebody", "\x00", "\ud800"]
EVERY_FIELD = sorted({*(CANONICAL_FIELDS - {"options"}), *OPTIONS, *GATEWAY_ALIASES})


@pytest.mark.parametrize("text", FOREIGN)
@pytest.mark.parametrize("model", ["sora-2", "kling-v3", "doubao-seedance-2-0-260128", "viduq3-turbo", "my-wan"])
def test_words_of_the_caller_are_repeated_on_one_line(model: str, text: str) -> None:
    further: list[JsonObject] = [{name: text} for name in EVERY_FIELD]
    nested: list[JsonObject] = [{"metadata": {text: 1}}, {text: 1}, {"content": [{"type": text}]}]
    named: list[JsonObject] = [{"model": text}, {"model": model, "mode": text}]
    tried: list[JsonObject] = [{"model": model, "options": options} for options in (*further, *nested)]
    for arguments in (*tried, *named):
        try:
            found = check_request(CATALOG, arguments, "strict").warnings
        except InvalidRequest as refused:
            found = refused.findings
        assert [problem for finding in found for problem in _problems(finding)] == [], arguments
        assert all(finding.message.isprintable() for finding in found), arguments


def test_a_word_with_blanks_around_is_shown_without_them() -> None:
    (finding,) = (found for found in findings("veo3.1", {"mode": "0 "}) if found.field == "mode")
    assert finding.message.startswith("0 is not a mode. veo3.1 does t2v")


def _outside() -> list[tuple[ModelSpec, str, JsonObject]]:
    """Return requests that are one value off, for each choice of each mode of each model."""
    requests: list[tuple[ModelSpec, str, JsonObject]] = []
    for spec in CATALOG.models():
        for mode, facts in spec.modes.items():
            for name, choices in facts.choices().items():
                for value in _strangers(choices):
                    requests.append((spec, name, {**example(spec, mode), name: value}))  # noqa: PERF401
    return requests


def _strangers(choices: Choices) -> list[JsonValue]:
    numbers = [value for value in choices.allowed if isinstance(value, int)]
    known = {*choices.allowed, *choices.tolerated}
    wanted: list[JsonValue] = [0, max(numbers) + 20] if numbers else ["144p", "100:1"]
    return [value for value in wanted if value not in known]


@pytest.mark.parametrize("name", CHOSEN_FIELDS)
def test_the_nearest_value_of_a_refusal_is_taken(name: str) -> None:
    tried = 0
    for spec, field, arguments in _outside():
        if field != name:
            continue
        model = str(arguments["model"])
        rest = {key: value for key, value in arguments.items() if key not in {"model", "prompt"}}
        for finding in findings(model, rest):
            assert finding.field == field, spec.id
            if finding.nearest is not None:
                tried += 1
                assert findings(model, {**rest, field: finding.nearest}) == (), spec.id
    assert tried or name == "size"
