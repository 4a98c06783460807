"""The facts of modes and dependencies as conditions of a JSON Schema."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import JsonValue

from video_mcp.errors import FindingValue
from video_mcp.families.params import CANONICAL_FIELDS
from video_mcp.families.spec import MEDIA_FIELDS, Choices, Dependency, MediaField, Mode, ModeSpec
from video_mcp.types import JsonObject

LIST_FIELDS: frozenset[MediaField] = frozenset({"reference_images", "reference_videos", "reference_audios"})


def with_choices(schema: JsonObject, found: Iterable[Choices]) -> JsonObject:
    """Return a schema narrowed to the values that some choices allow or tolerate."""
    choices = list(found)
    if not choices:
        return schema
    values = dict.fromkeys(value for one in choices for value in (*one.allowed, *one.tolerated))
    return {**schema, "enum": list[JsonValue](values)}


def mode_condition(mode: Mode, facts: ModeSpec) -> JsonObject:
    """Return what holds where a mode is asked for: its media, its choices and what it needs."""
    properties: JsonObject = {name: _media(facts, name) for name in MEDIA_FIELDS}
    properties |= {name: with_choices({}, [choices]) for name, choices in facts.choices().items()}
    required: list[JsonValue] = ["prompt"] if facts.prompt_required else []
    required += [name for name, count in facts.media.items() if count.least]
    if facts.needs:
        required.append("options")
        properties["options"] = {"required": list[JsonValue](facts.needs)}
    then: JsonObject = {"properties": properties, "required": required}
    if facts.needs_one_of:
        then["anyOf"] = [_given(name, {}) for name in facts.needs_one_of]
    return {"if": {"properties": {"mode": {"const": mode}}, "required": ["mode"]}, "then": then}


def _media(facts: ModeSpec, name: MediaField) -> JsonValue:
    count = facts.media.get(name)
    if count is None or not count.limit:
        return False
    return {"minItems": count.least, "maxItems": count.limit} if name in LIST_FIELDS else True


def dependency_condition(dependency: Dependency) -> JsonObject:
    """Return what holds where a field has a value that another one hangs on."""
    when = _given(dependency.when, _among(dependency.values))
    if dependency.modes:
        when = _object(allOf=[when, _given("mode", _among(dependency.modes))])
    if not dependency.allowed:
        return {"if": when, "then": {"not": _given(dependency.then, {"not": {"const": False}})}}
    return {
        "if": when,
        "then": _given(dependency.then, _among(dependency.allowed), required=dependency.when_open == "refuse"),
    }


def _among(values: Iterable[FindingValue]) -> JsonObject:
    listed = list[JsonValue](values)
    return _object(enum=listed) if listed else {}


def _given(name: str, schema: JsonObject, *, required: bool = True) -> JsonObject:
    """Return the schema of a field wherever it stands, at the top or in `options`."""
    whole = schema
    for key in [name] if name in CANONICAL_FIELDS else [name, "options"]:
        properties = _object(**{key: whole})
        whole = _object(properties=properties, required=[key]) if required else _object(properties=properties)
    return whole


def _object(**members: JsonValue) -> JsonObject:
    return members
