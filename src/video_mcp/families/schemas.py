"""One model for its readers: its JSON Schema, one working example for each mode, its limits in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from pydantic import JsonValue

from video_mcp.families.messages import listed
from video_mcp.families.params import CANONICAL_FIELDS, Family
from video_mcp.families.schema_conditions import LIST_FIELDS, dependency_condition, mode_condition, with_choices
from video_mcp.families.spec import MEDIA_FIELDS, MediaField, Mode, ModelSpec, ModeSpec
from video_mcp.families.validation.dependencies import dependency_in_words
from video_mcp.types import JsonObject

_EXAMPLE_FILES: dict[MediaField, str] = {
    "image": "https://example.com/first.png",
    "end_image": "https://example.com/last.png",
    "reference_images": "https://example.com/reference.png",
    "reference_videos": "https://example.com/reference.mp4",
    "reference_audios": "https://example.com/reference.wav",
    "source_video": "https://example.com/source.mp4",
}
_EXAMPLE_PROMPT = "A red fox crosses a snowy clearing at dawn; slow tracking shot, soft light, quiet wind."
_EXAMPLE_VERSION = "kling-v2-6"


def model_schema(spec: ModelSpec, family: Family) -> JsonObject:
    """Return the whole JSON Schema of one model's arguments, nested as `create_video` takes them.

    Conditions of a mode apply where the mode is given; without it, the media given decide.
    """
    whole = cast("JsonObject", family.params.model_json_schema())
    fields = cast("dict[str, JsonObject]", whole["properties"])
    definitions = whole.get("$defs")
    properties: JsonObject = {"model": {"const": spec.id}, "mode": {"enum": list[JsonValue](spec.modes)}}
    for name in _canonical(fields):
        properties[name] = _field_schema(spec, name, fields[name])
    properties["size"] = properties.get("size", {"type": "string", "description": "Pixels, such as 1280x720."})
    options = _options_schema(spec, fields)
    properties["options"] = options
    schema: JsonObject = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": spec.id,
        "type": "object",
        "properties": properties,
        "required": ["model", "options"] if "required" in options else ["model"],
        "additionalProperties": False,
        "allOf": [
            *(mode_condition(mode, facts) for mode, facts in spec.modes.items()),
            *(dependency_condition(dependency) for dependency in spec.dependencies if dependency.severity == "refuse"),
        ],
    }
    return {**schema, "$defs": definitions} if definitions else schema


def example(spec: ModelSpec, mode: Mode) -> JsonObject:
    """Return arguments for one mode that are refused nowhere: the fewest that the mode needs."""
    facts = spec.modes[mode]
    arguments: JsonObject = {"model": spec.id, "mode": mode}
    if facts.prompt_required:
        arguments["prompt"] = _EXAMPLE_PROMPT
    for name in _media_of_example(facts):
        file = _EXAMPLE_FILES[name]
        arguments[name] = [file] if name in LIST_FIELDS else file
    for name, choices in facts.choices().items():
        if choices.default is not None:
            arguments[name] = choices.default
    options: JsonObject = dict.fromkeys(facts.needs, "a-clip-id")
    if spec.needs_version:
        options["model_name"] = _EXAMPLE_VERSION
    return {**arguments, "options": options} if options else arguments


def limits_in_words(spec: ModelSpec) -> list[str]:
    """Return the limits of a model as short lines: one for each mode, then what hangs together, then notes."""
    lines = [_mode_in_words(mode, facts) for mode, facts in spec.modes.items()]
    lines += [f"{dependency_in_words(dependency)}." for dependency in spec.dependencies]
    lines += [f"No {name}: {denial.why}." for name, denial in spec.denied.items()]
    if spec.lifecycle.state != "current":
        lines.append(f"{spec.lifecycle.state.capitalize()}: {spec.lifecycle.note}.")
    if spec.prompt_max_chars is not None:
        lines.append(f"Prompt up to {spec.prompt_max_chars} characters.")
    return [*lines, *spec.notes]


def _canonical(fields: Iterable[str]) -> list[str]:
    return [name for name in fields if name in CANONICAL_FIELDS]


def _field_schema(spec: ModelSpec, name: str, schema: JsonObject) -> JsonValue:
    plain = _without_null(schema)
    for field in MEDIA_FIELDS:
        if name == field:
            counts = [facts.media[field].limit for facts in spec.modes.values() if field in facts.media]
            return _media_schema(field, max(counts, default=0), plain)
    choices = [found for facts in spec.modes.values() for field, found in facts.choices().items() if field == name]
    return with_choices(plain, choices)


def _media_schema(name: MediaField, limit: int, schema: JsonObject) -> JsonValue:
    if not limit:
        return False
    return {**schema, "maxItems": limit} if name in LIST_FIELDS else schema


def _options_schema(spec: ModelSpec, fields: dict[str, JsonObject]) -> JsonObject:
    properties: JsonObject = {}
    for name, schema in fields.items():
        denial = spec.denied.get(name)
        if name in CANONICAL_FIELDS or (denial is not None and denial.severity == "refuse"):
            continue
        choices = spec.option_choices.get(name)
        properties[name] = with_choices(_without_null(schema), [choices] if choices else [])
    options: JsonObject = {"type": "object", "properties": properties, "additionalProperties": False}
    if spec.needs_version:
        properties["model_name"] = {"enum": list[JsonValue](spec.versions)}
        options["required"] = ["model_name"]
    return options


def _without_null(schema: JsonObject) -> JsonObject:
    """Say optional as absent rather than null, the way `create_video` means it."""
    rest: JsonObject = {key: value for key, value in schema.items() if key not in {"default", "title", "anyOf"}}
    any_of = schema.get("anyOf")
    if not isinstance(any_of, list):
        return rest
    kinds = [kind for kind in any_of if isinstance(kind, dict) and kind.get("type") != "null"]
    return {**rest, **kinds[0]} if len(kinds) == 1 else {**rest, "anyOf": list[JsonValue](kinds)}


def _media_of_example(facts: ModeSpec) -> list[MediaField]:
    needed: list[MediaField] = [name for name, count in facts.media.items() if count.least]
    return needed or list(facts.needs_one_of)[-1:]


def _mode_in_words(mode: Mode, facts: ModeSpec) -> str:
    parts = [
        f"{name} {listed(choices.allowed)}" + (f" (default {choices.default})" if choices.default is not None else "")
        for name, choices in facts.choices().items()
    ]
    counts = [_count_in_words(name, count.least, count.most) for name, count in facts.media.items() if count.most]
    warned = f" ({facts.warning})" if facts.warning else ""
    limits = [*counts, *facts.needs, *parts]
    return f"{mode}{warned}: {'; '.join(limits) or 'no limits known'}"


def _count_in_words(name: MediaField, least: int, most: int) -> str:
    if least == most == 1:
        return name if name not in LIST_FIELDS else f"1 of {name}"
    if not least:
        return f"{name} possible" if most == 1 else f"up to {most} {name}"
    return f"{least} to {most} {name}"
