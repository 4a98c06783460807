"""From the caller's words to the family's fields: aliases, `options`, `size`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import cast

from pydantic import JsonValue

from video_mcp.errors import Finding
from video_mcp.families.base import CANONICAL_FIELDS, Family, JsonObject
from video_mcp.families.findings import closest_word, listed, refusal
from video_mcp.families.geometry import parse_size, ratio_of, resolution_of

PAGE_ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "duration": "seconds",
        "ratio": "aspect_ratio",
        "image_url": "image",
        "input_reference": "image",
        "first_frame": "image",
        "end_image_url": "end_image",
        "last_image_url": "end_image",
        "last_image": "end_image",
        "images": "reference_images",
        "image_urls": "reference_images",
        "video_urls": "reference_videos",
        "audio_urls": "reference_audios",
        "video": "source_video",
        "video_url": "source_video",
        "generate_audio": "audio",
    }
)
"""Other names that the gateway's page, or its neighbours, have for the canonical fields."""


def merge_options(family: Family, arguments: Mapping[str, JsonValue]) -> tuple[JsonObject, list[Finding]]:
    """Return one flat object of the family's fields, and what disagrees or cannot be read.

    A field given twice with equal values counts once.
    """
    values = {name: value for name, value in arguments.items() if value is not None and name != "options"}
    findings: list[Finding] = []
    options, problem = _as_object(arguments.get("options"))
    if problem is not None:
        findings.append(problem)
    for given, value in options.items():
        name = _field_named(family, given)
        if value is None:
            continue
        value = _as_list(value) if name.startswith("reference_") else value
        if name in values and values[name] != value:
            findings.append(_disagreement(given, name, values[name], value))
        values[name] = value
    return _split_size(family, values, findings), findings


def unknown_fields(family: Family, values: JsonObject) -> Iterator[Finding]:
    """Refuse each key that nobody knows: a gateway drops it silently and charges for the wrong video."""
    known = set(family.params.model_fields) | CANONICAL_FIELDS
    for name in [name for name in values if name not in known]:
        del values[name]
        allowed = family.option_names()
        close = closest_word(name, [*allowed, *CANONICAL_FIELDS, *PAGE_ALIASES])
        hint = f" Did you mean {close}?" if close else ""
        takes = f"{family.title} takes in options: {listed(allowed)}." if allowed else f"{family.title} takes no options."
        yield refusal(name, f"{name} is unknown to {family.title} and would be dropped silently.{hint} {takes}",
                      allowed=allowed)  # fmt: skip


def _field_named(family: Family, given: str) -> str:
    if given in family.params.model_fields:
        return given
    return family.aliases.get(given) or PAGE_ALIASES.get(given, given)


def _as_object(options: JsonValue) -> tuple[JsonObject, Finding | None]:
    if isinstance(options, str):  # some clients send objects as JSON text
        try:
            options = cast("JsonValue", json.loads(options))
        except ValueError:
            options = options or None
    if options is None:
        return {}, None
    if isinstance(options, dict):
        return options, None
    return {}, refusal("options", 'options is an object such as {"cfg_scale": 0.5}; send it as one.')


def _as_list(value: JsonValue) -> JsonValue:
    return [value] if isinstance(value, str) else value


def _disagreement(given: str, name: str, first: JsonValue, second: JsonValue) -> Finding:
    called = given if given == name else f"{given} (another name of {name})"
    return refusal(
        name, f"{name} is given twice: {_short(first)}, and in options {called} says {_short(second)}. Give one."
    )


def _short(value: JsonValue) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _split_size(family: Family, values: JsonObject, findings: list[Finding]) -> JsonObject:
    """Say `size` as ratio and resolution, for a family that has no field for it."""
    size = values.get("size")
    if size is None or "size" in family.params.model_fields:
        return values
    rest = {name: value for name, value in values.items() if name != "size"}
    pixels = parse_size(size) if isinstance(size, str) else None
    if pixels is None:
        findings.append(refusal("size", f"size is width and height in pixels such as 1280x720, not {_short(size)}."))
        return rest
    meant = {"resolution": resolution_of(*pixels), "aspect_ratio": ratio_of(*pixels)}
    for name, value in meant.items():
        if value is not None and str(rest.get(name, value)).lower() != value:
            findings.append(refusal(name, f"size {size} means {name} {value}, but {name} says {rest[name]}. Give one."))
        elif value is not None:
            rest[name] = value
    return rest
