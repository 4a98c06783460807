"""The JSON Schema (2020-12) of one model's arguments, as exact as a schema can be."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import cast

from pydantic import JsonValue

from video_mcp.families.further_rules import further_rules
from video_mcp.families.mode_schemas import LIST_FIELDS, at_places, modes_schema, with_choices
from video_mcp.families.params import CANONICAL_FIELDS, Family
from video_mcp.families.spec import CHOSEN_FIELDS, MEDIA_FIELDS, Choices, ChosenField, Denial, MediaField, ModelSpec
from video_mcp.families.validation.library_assets import takes_assets
from video_mcp.types import JsonObject

_NOT_BLANK = "\\S"
_OPEN_CHOICES: Mapping[str, JsonObject] = {
    "seconds": {"type": "integer", "minimum": -1, "maximum": 3600, "not": {"const": 0}},
    "resolution": {"type": "string", "pattern": "^[1-9][0-9]{0,4}[pk]$"},
    "aspect_ratio": {"type": "string", "pattern": "^([1-9][0-9]?:[1-9][0-9]?|adaptive)$"},
    "size": {"type": "string", "pattern": "^[1-9][0-9]{1,4}x[1-9][0-9]{1,4}$"},
}
_HOW_TO_READ = (
    "What create_video takes for {model}: a request fits one branch of anyOf, and each branch is a mode. "
    "An empty string, list or object is a field that was not given. Values that are listed but unusual come with a "
    "warning. Other names and spellings of these fields and words are taken too."
)
_FURTHER_RULES = " Rules that a schema cannot state: {count}. "


def model_schema(spec: ModelSpec, family: Family) -> JsonObject:
    """Return the whole JSON Schema of one model's arguments, nested as `create_video` takes them."""
    definitions: JsonObject = {"media": _media_reference(spec)}
    properties, options = _properties(spec, family, definitions)
    versions = [found for found in family.models if found.id in spec.versions]
    branches: list[JsonValue] = [_version_branch(version, family, properties, options) for version in versions]
    needed: list[JsonValue] = ["model", "options"] if versions else ["model"]
    inner: JsonObject = {"type": "object", "properties": options, "additionalProperties": False}
    if versions:
        inner["required"] = ["model_name"]
    schema: JsonObject = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": spec.id,
        "description": _HOW_TO_READ.format(model=spec.id) + _rules_in_words(spec, family),
        "type": "object",
        "properties": {**properties, "options": inner},
        "required": needed,
        "additionalProperties": False,
        **({"anyOf": branches} if branches else modes_schema(spec, family)),
    }
    return {**schema, "$defs": _used(definitions, schema)}


def _rules_in_words(spec: ModelSpec, family: Family) -> str:
    rules = further_rules(spec, family)
    return _FURTHER_RULES.format(count=len(rules)) + " ".join(
        f"({number}) {rule}" for number, rule in enumerate(rules, start=1)
    )


def _version_branch(version: ModelSpec, family: Family, properties: JsonObject, options: JsonObject) -> JsonObject:
    """Return what a version takes of what all of them take, and its modes."""
    own, own_options = _properties(version, family, {"media": {}})
    fields = {name: own.get(name, False) for name in properties if own.get(name, False) != properties[name]}
    fields |= {name: own_options.get(name, False) for name in options if own_options.get(name) != options[name]}
    fields = {name: value for name, value in fields.items() if name not in {"model", "mode"}}
    return {
        "title": version.id,
        **at_places({**fields, "model_name": {"const": version.id}}, ["model_name"]),
        **modes_schema(version, family),
    }


def _properties(spec: ModelSpec, family: Family, definitions: JsonObject) -> tuple[JsonObject, JsonObject]:
    """Return the fields at the top and those in `options`, each with every value that some mode takes."""
    whole = cast("JsonObject", family.params.model_json_schema())
    definitions |= cast("JsonObject", whole.get("$defs", {}))
    fields = cast("dict[str, JsonObject]", whole["properties"])
    top: JsonObject = {"model": {"const": spec.id}, "mode": {"enum": list[JsonValue](spec.modes)}}
    for name, schema in fields.items():
        if name in CANONICAL_FIELDS:
            top[name] = _canonical_field(spec, family, name, _without_null(schema))
    top["audio"] = _audio(spec, family)
    options = {name: _option(spec, name, _without_null(schema)) for name, schema in fields.items()}
    kept = {name: value for name, value in options.items() if name not in CANONICAL_FIELDS and value is not False}
    return {name: value for name, value in top.items() if value is not False}, kept


def _canonical_field(spec: ModelSpec, family: Family, name: str, schema: JsonObject) -> JsonValue:
    if name in MEDIA_FIELDS:
        return _media_field(spec, next(field for field in MEDIA_FIELDS if field == name), schema)
    if name == "prompt":
        return {**schema, "pattern": _NOT_BLANK}
    if name not in CHOSEN_FIELDS:
        return schema
    instead = family.params.narrowed(spec, next(iter(spec.modes))).get(name)
    if instead is not None:
        return {**schema, **cast("JsonObject", instead)}
    choices = [found for facts in _all_modes(spec, family) for field, found in facts.items() if field == name]
    if choices:
        return with_choices(schema, choices)
    return {**schema, **_OPEN_CHOICES[name]} if any(facts.open_choices for facts in spec.modes.values()) else False


def _all_modes(spec: ModelSpec, family: Family) -> list[Mapping[ChosenField, Choices]]:
    specs = [found for found in family.models if found.id in spec.versions] or [spec]
    return [facts.choices() for found in specs for facts in found.modes.values()]


def _media_field(spec: ModelSpec, name: MediaField, schema: JsonObject) -> JsonValue:
    limit = max((facts.media[name].limit for facts in spec.modes.values() if name in facts.media), default=0)
    if not limit:
        return False
    described: JsonObject = {"description": schema.get("description", "")}
    if name not in LIST_FIELDS:
        return {**described, "$ref": "#/$defs/media"}
    return {**described, "type": "array", "items": {"$ref": "#/$defs/media"}, "minItems": 1, "maxItems": limit}


def _media_reference(spec: ModelSpec) -> JsonObject:
    """Return what stands for a file: a path, an `https:` or `data:` address, an earlier video, an asset where known."""
    text: JsonObject = {"type": "string", "pattern": _NOT_BLANK}
    return text if any(takes_assets(spec, name) for name in MEDIA_FIELDS) else {**text, "not": {"pattern": "^asset://"}}


def _audio(spec: ModelSpec, family: Family) -> JsonValue:
    """Return the switch where there is one, and otherwise the one value that is true of the model."""
    denied = spec.denied.get("audio")
    if "audio" in family.params.model_fields and spec.audio == "switch" and denied is None:
        return {"type": "boolean", "description": family.params.model_fields["audio"].description or ""}
    return {"const": spec.audio == "always"}


def _option(spec: ModelSpec, name: str, schema: JsonObject) -> JsonValue:
    if name == "model_name":
        return {"enum": list[JsonValue](spec.versions)} if spec.versions else {"const": spec.id}
    if _refuses(spec.denied.get(name)):
        return {"const": False} if schema.get("type") == "boolean" else False
    choices = spec.option_choices.get(name)
    return with_choices(schema, [choices] if choices else [])


def _refuses(denial: Denial | None) -> bool:
    return denial is not None and denial.severity == "refuse"


def _without_null(schema: JsonObject) -> JsonObject:
    """Say optional as absent rather than null, the way `create_video` means it."""
    rest: JsonObject = {key: value for key, value in schema.items() if key not in {"default", "title", "anyOf"}}
    any_of = schema.get("anyOf")
    if not isinstance(any_of, list):
        return rest
    kinds = [kind for kind in any_of if isinstance(kind, dict) and kind.get("type") != "null"]
    return {**rest, **kinds[0]} if len(kinds) == 1 else {**rest, "anyOf": list[JsonValue](kinds)}


def _used(definitions: JsonObject, schema: JsonObject) -> JsonObject:
    """Return the definitions that a schema refers to, and those that they refer to."""
    wanted = set(re.findall(r'"#/\$defs/(\w+)"', json.dumps(schema)))
    used: JsonObject = {}
    while wanted - set(used):
        used |= {name: definitions[name] for name in wanted}
        wanted |= set(re.findall(r'"#/\$defs/(\w+)"', json.dumps(used)))
    return used
