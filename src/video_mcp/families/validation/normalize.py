"""From the caller's words to the family's fields: aliases, `options`, `size`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import cast

from pydantic import JsonValue

from video_mcp.errors import Finding
from video_mcp.families.geometry import parse_size, ratio_of, resolution_of
from video_mcp.families.messages import closest_word, listed, refusal, short_text, shown
from video_mcp.families.params import CANONICAL_FIELDS, Family
from video_mcp.types import JsonObject

GATEWAY_ALIASES: Mapping[str, str] = MappingProxyType(
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
        "videos": "source_video",
        "generate_audio": "audio",
        "sound": "audio",
    }
)
"""Other names that the gateway's page, or its neighbours, have for the canonical fields."""

_FILE_KEYS = ("image_url", "image", "video_url", "audio_url", "url")
_ONE_FILE = frozenset({"image", "end_image", "source_video"})
_PIXELS = ("width", "height")
_SWITCH: Mapping[JsonValue, bool] = MappingProxyType({"on": True, "off": False})


def merge_options(family: Family, arguments: Mapping[str, JsonValue]) -> tuple[JsonObject, list[Finding]]:
    """Return one flat object of the family's fields, and what disagrees or cannot be read.

    A field given twice with equal values counts once; what is empty counts as not given.
    """
    options, findings = _as_object(arguments.get("options"))
    own = [(name, value) for name, value in arguments.items() if name != "options"]
    values: JsonObject = {}
    names: dict[str, str] = {}
    for given, raw in [*own, *options.items()]:
        name = _field_named(family, given)
        value = _in_shape(name, raw)
        if value in (None, "", []):
            continue
        if name in values and values[name] != value:
            findings.append(_disagreement(name, names[name], values[name], given, value))
            continue
        values.setdefault(name, value)
        names.setdefault(name, given)
    _frames_of_a_mode(values, names)
    findings += _size_of_sides(family, values)
    findings += _split_size(family, values)
    return values, findings


def unknown_fields(family: Family, families: Iterable[Family], values: JsonObject) -> Iterator[Finding]:
    """Take out and refuse each key that nobody knows: a gateway drops it silently and charges all the same."""
    known = set(family.params.model_fields) | CANONICAL_FIELDS
    for name in [name for name in values if name not in known]:
        del values[name]
        yield _unknown(family, families, name)


def _unknown(family: Family, families: Iterable[Family], name: str) -> Finding:
    allowed = family.option_names()
    called = short_text(" ".join(name.split())) or "(no name)"
    owners = [other.title for other in families if name in other.params.model_fields or name in other.aliases]
    if owners:
        message = f"{family.title} has no {called} ({listed(owners, last='and')} {_have(owners)}); leave it out."
    else:
        close = closest_word(name, [*allowed, *CANONICAL_FIELDS, *GATEWAY_ALIASES, *family.aliases])
        hint = f" Did you mean {close}?" if close else ""
        message = f"{family.title} knows no field {called}; the gateway would drop it silently.{hint}"
    own = [option for option in allowed if option not in _page_wide(families)]
    takes = f" In options {family.title} takes {listed(own, last='and', most=24)}." if own else ""
    return refusal(called, message + takes, allowed=allowed)


def _have(owners: list[str]) -> str:
    return "has it" if len(owners) == 1 else "have it"


def _page_wide(families: Iterable[Family]) -> set[str]:
    """Return the options that every family has; naming them in each refusal would only be noise."""
    first, *others = [set(family.option_names()) for family in families]
    return first.intersection(*others)


def _field_named(family: Family, given: str) -> str:
    if given in family.params.model_fields:
        return given
    return family.aliases.get(given) or GATEWAY_ALIASES.get(given, given)


def _as_object(options: JsonValue) -> tuple[JsonObject, list[Finding]]:
    if isinstance(options, str) and options.strip():  # some clients send objects as JSON text
        try:
            options = cast("JsonValue", json.loads(options))
        except ValueError:
            options = [options]
    if isinstance(options, dict):
        return options, []
    if options is None or options == "":
        return {}, []
    return {}, [refusal("options", 'options is an object such as {"seed": 7}; send it as one.')]


def _in_shape(name: str, value: JsonValue) -> JsonValue:
    """Return media as plain references and switches as booleans, whichever way the page allows them."""
    if name in _ONE_FILE:
        return _file(value[0] if isinstance(value, list) and len(value) == 1 else value)
    if name.startswith("reference_"):
        files = _from_text(value)
        return [_file(item) for item in files] if isinstance(files, list) else [_file(files)] if files else None
    if name == "audio" and isinstance(value, str):
        return _SWITCH.get(value.strip().lower(), value)
    return value


def _from_text(value: JsonValue) -> JsonValue:
    """Read a list that a client has sent as JSON text."""
    if not isinstance(value, str) or not value.startswith("["):
        return value
    try:
        return cast("JsonValue", json.loads(value))
    except ValueError:
        return value


def _file(value: JsonValue) -> JsonValue:
    """Unwrap `{"image": "https://..."}` and `{"image_url": {"url": "https://..."}}`."""
    while isinstance(value, dict):
        inner = next((value[key] for key in _FILE_KEYS if key in value), None)
        if inner is None:
            return value
        value = inner
    return value


def _disagreement(name: str, first: str, value: JsonValue, second: str, other: JsonValue) -> Finding:
    called = [given if given == name else f"{given} (another name of {name})" for given in (first, second)]
    if first == second == name:
        called = [name, f"options.{name}"]
    message = f"{called[0]} says {shown(value)} and {called[1]} says {shown(other)}; give one of them."
    return refusal(name, message)


def _frames_of_a_mode(values: JsonObject, names: Mapping[str, str]) -> None:
    """Read the page's `images` as frames where the mode asked for has frames."""
    images = values.get("reference_images")
    frames = {"i2v": ("image",), "i2v_first_last": ("image", "end_image")}.get(str(values.get("mode")), ())
    if names.get("reference_images") not in {"images", "image_urls"} or not isinstance(images, list):
        return
    if len(images) == len(frames) and not any(frame in values for frame in frames):
        del values["reference_images"]
        values.update(dict(zip(frames, images, strict=True)))


def _size_of_sides(family: Family, values: JsonObject) -> list[Finding]:
    """Say `width` and `height` as `size`, for a family that has no fields for them."""
    given = {side: values.pop(side) for side in _PIXELS if side in values and side not in family.params.model_fields}
    if not given:
        return []
    missing = [side for side in _PIXELS if side not in given]
    if missing:
        return [refusal(missing[0], f"width and height belong together; add {missing[0]}.")]
    size = "x".join(str(given[side]) for side in _PIXELS)
    if values.get("size", size) != size:
        return [_disagreement("size", "size", values["size"], "width and height", size)]
    values["size"] = size
    return []


def _split_size(family: Family, values: JsonObject) -> list[Finding]:
    """Say `size` as ratio and resolution, for a family that has no field for it."""
    if "size" not in values or "size" in family.params.model_fields:
        return []
    size = values.pop("size")
    pixels = parse_size(size) if isinstance(size, str) else None
    if pixels is None:
        return _class_as_size(values, size)
    findings: list[Finding] = []
    for name, value in (("resolution", resolution_of(*pixels)), ("aspect_ratio", ratio_of(*pixels))):
        if value is None:
            findings.append(refusal("size", f"size {size} has no common aspect ratio; give aspect_ratio instead."))
        elif name not in values:
            values[name] = value
        elif str(values[name]).lower() != value:
            message = f"size {size} means {name} {value}, but {name} says {shown(values[name])}; give one of them."
            findings.append(refusal(name, message))
    return findings


def _class_as_size(values: JsonObject, size: JsonValue) -> list[Finding]:
    """Take `size: 720p` and `size: 16:9` for what they are; some pages document them so."""
    if isinstance(size, str) and size.strip().lower().endswith(("p", "k")):
        values.setdefault("resolution", size)
        return []
    if isinstance(size, str) and ":" in size and len(size) < len("100:100"):
        values.setdefault("aspect_ratio", size)
        return []
    return [refusal("size", f"size is width and height in pixels such as 1280x720, not {shown(size)}.")]
