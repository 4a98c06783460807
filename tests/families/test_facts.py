"""Our tables against the collected facts, model by model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from tests.families.samples import CATALOG
from video_mcp.families.prices.published import PRICES
from video_mcp.families.spec import Choice, ModelSpec
from video_mcp.types import JsonObject

FACTS = Path(__file__).parents[2].parent / "shared" / "facts"
pytestmark = pytest.mark.skipif(not FACTS.is_dir(), reason="the collected facts lie beside the repository, not in it")


def _models() -> Iterator[tuple[str, JsonObject]]:
    if FACTS.is_dir():
        whole = json.loads((FACTS / "families.json").read_text(encoding="utf-8"))
        for family in whole["families"]:
            for model in family["models"]:
                yield model.get("model_name") or model["id"], model


MODELS = [pytest.param(name, model, id=name) for name, model in _models()]


def _spec(name: str) -> ModelSpec:
    found = CATALOG.find(name)
    assert found is not None, f"{name} is not in the catalogue"
    return found[1]


def _choices(spec: ModelSpec, field: str) -> tuple[set[Choice], set[Choice]]:
    """Return what any mode allows of a field, and what some mode only tolerates."""
    found = [choices for facts in spec.modes.values() for name, choices in facts.choices().items() if name == field]
    allowed = {value for choices in found for value in choices.allowed}
    return allowed, {value for choices in found for value in choices.tolerated} - allowed


def _value(fact: object) -> JsonObject:
    """Return the value of a fact, which may stand bare or beside its sources."""
    if not isinstance(fact, dict):
        return {}
    whole = cast("JsonObject", fact)
    inner = whole.get("value", whole)
    return inner if isinstance(inner, dict) else {}


def _set(value: object) -> set[Choice]:
    return set(cast("list[Choice]", value)) if isinstance(value, list) else set()


def _lower(value: object) -> set[Choice]:
    """Return words in lower case: the vendors' own letter case belongs to the wire."""
    return {word.lower() if isinstance(word, str) else word for word in _set(value)}


def _range(value: object) -> set[Choice]:
    if not isinstance(value, dict):
        return set()
    bounds = cast("dict[str, int]", value)
    return set(range(bounds["min"], bounds["max"] + 1))


def test_every_model_of_the_facts_and_no_other_is_in_the_catalogue() -> None:
    known = {spec.id for spec in CATALOG.models() if spec.family != "generic"}
    assert known == {name for name, _ in _models()} | {"kling-video"}


def test_every_model_of_the_gateways_page_is_in_the_catalogue() -> None:
    page = (FACTS / "gateway-page.txt").read_text(encoding="utf-8")
    (listed,) = [line for line in page.splitlines() if line.startswith("sora-2, sora-2-pro, ")]
    ids = [word.split(" ")[0] for word in listed.split(", ")]
    assert len(ids) == 33
    assert [model for model in ids if CATALOG.find(model) is None] == []


@pytest.mark.parametrize(("name", "facts"), MODELS)
def test_seconds_agree(name: str, facts: JsonObject) -> None:
    duration = cast("JsonObject", facts["duration"])
    allowed, tolerated = _choices(_spec(name), "seconds")
    sure = _set(duration.get("safe_values") or duration.get("values")) or _range(duration.get("range"))
    assert allowed == sure | _set(duration.get("special"))
    unsure = _range(duration.get("range")) | _range(duration.get("warn_range")) | _range(duration.get("official_range"))
    assert tolerated == (unsure | _set(duration.get("warn_values"))) - allowed
    first = next(iter(_spec(name).modes.values())).seconds
    if duration.get("default") is not None:
        assert first is not None
        assert first.default == duration["default"]


@pytest.mark.parametrize(("name", "facts"), MODELS)
def test_resolutions_agree(name: str, facts: JsonObject) -> None:
    spec = _spec(name)
    expected = _value(facts.get("resolution"))
    if spec.family == "sora":
        size = _value(facts["size"])
        assert _choices(spec, "size")[0] == _set(size["values"])
        assert _set(size["warn_values"]) <= _choices(spec, "size")[1]
        return
    if spec.family == "kling":
        rendered = {("4k" if value == "2160p" else str(value)) for value in expected.values() if value != []}
        named = {value for value in rendered if value.endswith(("p", "k"))}
        assert _choices(spec, "resolution")[0] == named
        return
    assert _choices(spec, "resolution") == (_lower(expected["values"]), _lower(expected.get("warn_values")))


@pytest.mark.parametrize(("name", "facts"), MODELS)
def test_ratios_agree(name: str, facts: JsonObject) -> None:
    spec = _spec(name)
    expected = _value(facts.get("aspect_ratio"))
    allowed, tolerated = _choices(spec, "aspect_ratio")
    if spec.family == "vidu":
        assert allowed == _set(expected["t2v"])
        assert spec.modes["reference_images"].aspect_ratio is not None
        assert set(spec.modes["reference_images"].aspect_ratio.allowed) == _set(expected["reference_images"])
        return
    if name == "veo3.1-components":  # 9:16 with references is a reseller's offer
        assert (allowed, tolerated) == ({"16:9", "9:16"}, set())
        return
    if name == "doubao-seedance-1-0-lite-t2v-250428":  # text alone has nothing to adapt to
        assert (allowed, tolerated) == (_set(expected["values"]) - {"adaptive"}, {"adaptive", "9:21"})
        return
    if name == "grok-video-3":  # 4:3 and 3:4 work on its sister model: warned of, not refused
        assert (allowed, tolerated) == (_set(expected["values"]), {"4:3", "3:4"})
        return
    if name == "kling-v1-5" or name == "kling-v2-1":
        assert allowed == _set(expected["values"])  # in multi_i2v
        return
    assert (allowed, tolerated) == (_set(expected.get("values")), _set(expected.get("warn_values")))


@pytest.mark.parametrize(("name", "facts"), MODELS)
def test_the_default_ratio_of_text_agrees(name: str, facts: JsonObject) -> None:
    expected = _value(facts.get("aspect_ratio")).get("default")
    text = _spec(name).modes.get("t2v")
    if expected is not None and text is not None and text.aspect_ratio is not None:
        assert text.aspect_ratio.default == expected


SAID_OTHERWISE = {
    "kling": {"i2v_first_last", "reference_images"},
    "seedance": {"edit", "extend"},
    "grok": {"reference_material"},
    "hailuo": {"reference_material"},
}
"""Modes that a family translates: `normalize` turns them into another one."""


@pytest.mark.parametrize(("name", "facts"), MODELS)
def test_modes_agree(name: str, facts: JsonObject) -> None:
    spec = _spec(name)
    modes = cast("dict[str, JsonObject]", facts["modes"])
    for mode, fact in modes.items():
        if mode in SAID_OTHERWISE.get(spec.family, set()):
            continue
        known = {str(known): mode_facts for known, mode_facts in spec.modes.items()}
        if fact.get("supported") is not False:
            assert mode in known, mode
            # Kling's extend asks for a clip, not for media
            assert not (fact.get("severity") == "warn" and spec.family == "kling") or known[mode].warning, mode
        elif fact["severity_if_asked"] == "refuse":
            assert mode not in known, mode
        else:
            assert known[mode].warning if mode in known else spec.denied[mode].severity == "warn", mode


@pytest.mark.parametrize(("name", "facts"), MODELS)
def test_numbers_of_images_agree(name: str, facts: JsonObject) -> None:
    spec = _spec(name)
    modes = cast("dict[str, JsonObject]", facts["modes"])
    for mode, mode_facts in spec.modes.items():
        fact = modes.get(mode, {})
        images = fact.get("images")
        if fact.get("supported") is False or not isinstance(images, dict) or mode == "i2v" or spec.family == "kling":
            continue
        counts = [count for field, count in mode_facts.media.items() if "image" in field and count.most]
        if name == "gemini-omni" and mode == "r2v":  # the image may stand in either field
            counts = [mode_facts.media["reference_images"]]
        assert sum(count.most for count in counts) == images["max"], mode


@pytest.mark.parametrize(("name", "facts"), MODELS)
def test_prices_agree(name: str, facts: JsonObject) -> None:
    rates = _value(facts.get("price_usd_per_second"))
    if rates:
        per_second = {tier: rate for tier, rate in rates.items() if tier != "input_image"}
        assert PRICES[name].per_second == per_second
        assert PRICES[name].per_input_image == rates.get("input_image", 0)


def test_every_price_belongs_to_a_model() -> None:
    assert [model for model in PRICES if CATALOG.find(model) is None] == []


OURS = {
    "alibaba_docs",
    "ark_docs",
    "gateway_list",
    "google_omni",
    "grok_resellers",
    "self_hosted",
    "sister_gateway",
    "veo_resellers",
}
"""Sources that `families/sources.py` names otherwise than the collected facts do."""


def test_every_fact_that_refuses_names_a_source() -> None:
    known = set(json.loads((FACTS / "families.json").read_text(encoding="utf-8"))["meta"]["sources"]) | OURS
    used = {spec.lifecycle.source for spec in CATALOG.models() if spec.lifecycle.state != "current"}
    for spec in CATALOG.models():
        used |= {denial.source for denial in spec.denied.values()} | {
            dependency.source for dependency in spec.dependencies
        }
        used |= {limits.source for limits in spec.media_limits.values()}
        used |= {facts.source for facts in spec.modes.values()}
        used |= {choices.source for facts in spec.modes.values() for choices in facts.choices().values()}
        used |= {choices.source for choices in spec.option_choices.values()}
    assert used <= known
    assert {price.source for price in PRICES.values()} <= known
