"""Kling's rules that no table holds, as JSON Schemas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import JsonValue

from video_mcp.families.spec import Dependency, Mode
from video_mcp.families.vendors.kling.versions import Version
from video_mcp.types import JsonObject

_LONGEST_SECONDS = 15
_SHORTEST_SECONDS = 3
_MOST_SHOTS = 6


def camera_schema(version: Version, mode: Mode) -> JsonObject:
    """Return what `camera_control` takes in a mode: nothing outside the version's own."""
    if not version.camera_mode:
        return {}
    if mode != version.camera_mode:
        return {"camera_control": False}
    return {"camera_control": {"properties": {"type": {"const": "simple"}}}} if version.camera_mode == "i2v" else {}


def shots_schema() -> JsonObject:
    """Return several shots whose lengths surely add up to a length that there is; `seconds` follows from them."""
    by_count: list[JsonValue] = [_shots(count) for count in range(1, _MOST_SHOTS + 1)]
    return {"seconds": False, "multi_shot": {"const": True}, "multi_prompt": {"anyOf": by_count}}


def _shots(count: int) -> JsonObject:
    shortest = -(-_SHORTEST_SECONDS // count)
    seconds: JsonObject = {"minimum": shortest, "maximum": _LONGEST_SECONDS // count}
    return {"minItems": count, "maxItems": count, "items": {"properties": {"duration": seconds}}}


def excluded_options(version: Version, dependencies: Iterable[Dependency]) -> Iterator[JsonObject]:
    """Yield combinations of options that a version does not take."""
    if version.voices and version.elements_and_shots:
        voices: JsonObject = {"voice_list": {"minItems": 1}, "element_list": {"minItems": 1}}
        yield _options(voices)
    if version.elements_and_shots:
        yield _options({"multi_shot": {"const": True}, "shot_type": {"const": "customize"}}, absent="multi_prompt")
    for dependency in dependencies:
        if dependency.then == "kling_quality" and dependency.severity == "refuse":
            yield from _wrong_resolution(version, dependency)


def _wrong_resolution(version: Version, dependency: Dependency) -> Iterator[JsonObject]:
    """Yield a resolution that means a quality which the other field does not go with."""
    first: dict[str, str] = {}
    for quality, rendered in version.resolutions.items():
        first.setdefault(rendered, quality)
    wrong: list[JsonValue] = [
        rendered for rendered, quality in first.items() if quality != "std" and quality not in dependency.allowed
    ]
    if wrong:
        resolution: JsonObject = {"properties": {"resolution": {"enum": wrong}}, "required": ["resolution"]}
        other = _given(dependency.when)
        no_quality: JsonObject = {"not": _options({"kling_quality": {}})}
        yield {"allOf": [resolution, other, no_quality]}


def _given(name: str) -> JsonObject:
    return {"required": [name]} if name == "end_image" else _options({name: {"not": {"enum": [False, "", [], {}]}}})


def _options(fields: JsonObject, *, absent: str = "") -> JsonObject:
    options: JsonObject = {"properties": fields, "required": [*fields]}
    if absent:
        options["not"] = {"required": [absent]}
    return {"properties": {"options": options}, "required": ["options"]}
