"""What `list_models` and the catalogue's resources show. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import cast

from video_mcp.errors import InvalidRequest
from video_mcp.families.catalog import Catalog
from video_mcp.families.examples import example, limits_in_words
from video_mcp.families.messages import listed, refusal
from video_mcp.families.params import Family
from video_mcp.families.prices.estimate import price_per_second_usd
from video_mcp.families.schemas import model_schema
from video_mcp.families.spec import CHOSEN_FIELDS, MODES, Choice, ChosenField, MediaField, ModelSpec
from video_mcp.families.validation.model_ids import find_model
from video_mcp.server.arguments import ListArguments
from video_mcp.types import JsonObject

_PRICES = "id: modes; seconds; vendor's price a second. family or mode shows more of each."
_REFERENCES: tuple[MediaField, ...] = ("reference_images", "reference_videos", "reference_audios")


def list_models(catalog: Catalog, arguments: ListArguments, usable: Collection[str] | None) -> tuple[str, JsonObject]:
    """Return the requested models, as text and structured; `usable` are the ids that the key may use, if known.

    Raises:
        InvalidRequest: If no model, family or mode is called so.
    """
    if arguments.model is not None:
        family, spec = find_model(catalog, arguments.model)
        return _in_full(family, spec, usable)
    specs = _filtered(catalog, arguments)
    is_filtered = arguments.family is not None or arguments.mode is not None
    rows = [(summary_of if is_filtered else short_row)(spec, usable) for spec in specs]
    return "\n".join([_PRICES, *(_as_line(row) for row in rows)]), {"models": [*rows]}


def catalog_json(catalog: Catalog) -> JsonObject:
    """Return the catalogue as its resource shows it."""
    return {"models": [summary_of(spec, None) for spec in catalog.models()]}


def model_json(catalog: Catalog, model: str) -> JsonObject:
    """Return one model in full, as its resource shows it.

    Raises:
        InvalidRequest: If no model is called so.
    """
    family, spec = find_model(catalog, model)
    return _in_full(family, spec, None)[1]


def _in_full(family: Family, spec: ModelSpec, usable: Collection[str] | None) -> tuple[str, JsonObject]:
    """Return one model's summary, limits, schema and one working example a mode."""
    limits, row = limits_in_words(spec), summary_of(spec, usable)
    examples = {mode: example(spec, mode) for mode in spec.modes}
    full: JsonObject = {
        **row,
        "limits": [*limits],
        "examples": cast("JsonObject", examples),
        "schema": model_schema(spec, family),
    }
    working = [f"Example, {mode}: {json.dumps(arguments, ensure_ascii=False)}" for mode, arguments in examples.items()]
    return "\n".join([_as_line(row), *(f"- {line}" for line in limits), *working]), {"models": [full]}


def _filtered(catalog: Catalog, arguments: ListArguments) -> tuple[ModelSpec, ...]:
    family = _family_name(catalog, arguments.family)
    if arguments.mode is not None and arguments.mode not in MODES:
        message = f"{arguments.mode} is not a mode; modes are {listed(MODES)}."
        raise InvalidRequest([refusal("mode", message, value=arguments.mode)])
    specs = catalog.models(family=family, mode=arguments.mode)
    if not specs:
        others = listed(catalog.supporting(arguments.mode)) if arguments.mode in MODES else "no model"
        raise InvalidRequest([refusal("mode", f"No {family} model knows {arguments.mode}; {others} would.")])
    return specs


def _family_name(catalog: Catalog, word: str | None) -> str | None:
    """Return the family that a word means: its name, or what people call it.

    Raises:
        InvalidRequest: If no family is called so.
    """
    if word is None:
        return None
    named = [family.name for family in catalog.families]
    found = word if word in named else None
    called = catalog.family_called(word) if found is None else None
    if found is None and called is None:
        message = f"No model has family {word}; families are {listed(named)}."
        raise InvalidRequest([refusal("family", message, value=word)])
    return found or (called.name if called is not None else None)


def summary_of(spec: ModelSpec, usable: Collection[str] | None) -> JsonObject:
    """Return a model's row: what it takes, in short."""
    row: JsonObject = {"id": spec.id, "family": spec.shown_family, "modes": [*spec.modes]}
    for name in CHOSEN_FIELDS:
        values = values_of(spec, name)
        if values:
            row[name] = listed(values)
    references = [f"{most} {name.removeprefix('reference_')}" for name in _REFERENCES if (most := _most(spec, name))]
    if references:
        row["references"] = ", ".join(references)
    row["audio"] = spec.audio
    price = price_per_second_usd(spec)
    if price is not None:
        row["usd_per_second"] = round(price, 3)
    if spec.lifecycle.state != "current":
        row["lifecycle"] = spec.lifecycle.note or spec.lifecycle.state
    if usable is not None:
        row["usable"] = spec.id in usable or spec.model_on_wire in usable
    return row


def short_row(spec: ModelSpec, usable: Collection[str] | None) -> JsonObject:
    """Return a model's row in the list of all: what it makes, for how long, at what price."""
    row = summary_of(spec, usable)
    row["lifecycle"] = spec.lifecycle.state if "lifecycle" in row else None
    row["usable"] = False if row.get("usable") is False else None
    names = ("id", "modes", "seconds", "usd_per_second", "lifecycle", "usable")
    return {name: row[name] for name in names if row.get(name) is not None}


def _most(spec: ModelSpec, name: MediaField) -> int:
    return max((facts.media[name].limit for facts in spec.modes.values() if name in facts.media), default=0)


def row_text(spec: ModelSpec) -> str:
    """Return a model's row as text."""
    return _as_line(summary_of(spec, None))


def _as_line(row: JsonObject) -> str:
    modes = row["modes"]
    parts = [f"{row['id']}: {' '.join(str(mode) for mode in modes) if isinstance(modes, list) else ''}"]
    parts += [str(row[name]) for name in CHOSEN_FIELDS if name in row]
    parts += [f"{name} {row[name]}" for name in ("references", "audio") if name in row]
    parts += [f"${row['usd_per_second']}/s"] if "usd_per_second" in row else []
    parts += [str(row["lifecycle"])] if "lifecycle" in row else []
    parts += ["not for this key"] if row.get("usable") is False else []
    return "; ".join(parts)


def values_of(spec: ModelSpec, name: ChosenField) -> list[Choice]:
    """Return the values of a field that some mode of this model takes without a warning."""
    values: list[Choice] = []
    for facts in spec.modes.values():
        choices = facts.choices().get(name)
        values += choices.allowed if choices is not None else ()
    numbers = sorted({value for value in values if isinstance(value, int)})
    return [*numbers, *dict.fromkeys(value for value in values if isinstance(value, str))]
