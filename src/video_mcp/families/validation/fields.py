"""Which field a name means, and what a value means in that field, however either is spelled."""

from __future__ import annotations

import json
import types
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Literal, Union, cast, get_args, get_origin

from pydantic import JsonValue, ValidationError

from video_mcp.families.geometry import normalize_ratio, normalize_resolution, normalize_seconds
from video_mcp.families.params import CANONICAL_FIELDS, Family
from video_mcp.families.spec import MEDIA_FIELDS
from video_mcp.families.spelling import same_name

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
        "last_frame": "end_image",
        "images": "reference_images",
        "image_urls": "reference_images",
        "video_urls": "reference_videos",
        "audio_urls": "reference_audios",
        "video": "source_video",
        "video_url": "source_video",
        "videos": "source_video",
        "generate_audio": "audio",
        "sound": "audio",
        **dict.fromkeys(
            (
                "num_videos",
                "number_of_videos",
                "video_count",
                "num_outputs",
                "number_of_outputs",
                "sample_count",
                "batch_size",
                "count",
                "variants",
            ),
            "n",
        ),
    }
)
"""Other names that the gateway's page, or gateways and vendors like it, have for the fields of every family."""

_FILE_KEYS = ("image_url", "image", "video_url", "audio_url", "url")
_ONE_FILE = frozenset({"image", "end_image", "source_video"})
_SWITCH: Mapping[str, bool] = MappingProxyType(
    {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}
)
_CHOSEN = MappingProxyType(
    {"seconds": normalize_seconds, "aspect_ratio": normalize_ratio, "resolution": normalize_resolution}
)


def field_named(family: Family, given: str) -> str:
    """Return the field that a name means to this family, or the name itself."""
    own = dict.fromkeys((*family.params.model_fields, *CANONICAL_FIELDS))
    names = {**GATEWAY_ALIASES, **family.aliases, **{name: name for name in own}}
    known = same_name(given, [*own, *family.aliases, *GATEWAY_ALIASES])
    return names[known] if known is not None else given


def normalize_value(family: Family, name: str, value: JsonValue) -> JsonValue:
    """Return a value as the field holds it; None for what is empty, and so not given."""
    if isinstance(value, str) and not value.strip():
        return None
    if name in MEDIA_FIELDS:
        value = _media(name, value)
    elif name in _CHOSEN:
        value = _CHOSEN[name](value)
    elif name == "audio" and isinstance(value, str):
        value = _SWITCH.get(value.strip().casefold(), value)
    elif name in family.params.model_fields:
        value = _in_type(family.params.model_fields[name].annotation, value)
    return None if value in ("", [], {}) else value


def equal_values(family: Family, name: str, one: JsonValue, other: JsonValue) -> bool:
    """Return whether two normalized values of a field are the same value, such as 7 and "7"."""
    if one == other and isinstance(one, bool) is isinstance(other, bool):
        return True
    if name not in family.params.model_fields:
        return str(one) == str(other)
    try:
        parsed = [getattr(family.params.model_validate({name: value}), name) for value in (one, other)]
    except ValidationError:
        return False
    return parsed[0] == parsed[1]


def _in_type(annotation: object, value: JsonValue) -> JsonValue:
    """Return text as the word or the object that the field's type has for it."""
    kinds = list(_leaves(annotation))
    if isinstance(value, bool) and bool not in kinds and str not in kinds:
        return str(value).lower()  # or true would count as the number 1
    if not isinstance(value, str):
        return value
    words = [word for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)]
    if words:
        known = same_name(value, words)
        return value if known is None else known
    if str in kinds:
        return value
    return json_text(value)


def json_text(value: str) -> JsonValue:
    """Return the object or list that a client has sent as JSON text, or the text itself."""
    if not value.strip().startswith(("{", "[")):
        return value
    try:
        return cast("JsonValue", json.loads(value))
    except ValueError:
        return value


def _leaves(annotation: object) -> Iterator[object]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _leaves(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for part in get_args(annotation):
            yield from _leaves(part)
    else:
        yield annotation


def _media(name: str, value: JsonValue) -> JsonValue:
    """Return media as plain references, whichever way the gateway's page allows them."""
    value = json_text(value) if isinstance(value, str) else value
    if name in _ONE_FILE:
        return _file(value[0] if isinstance(value, list) and len(value) == 1 else value)
    if isinstance(value, list):
        return [_file(item) for item in value]
    return [_file(value)]


def _file(value: JsonValue) -> JsonValue:
    """Return what `{"image": "https://..."}` and `{"image_url": {"url": "https://..."}}` hold."""
    while isinstance(value, dict):
        inner = next((value[key] for key in _FILE_KEYS if key in value), None)
        if inner is None:
            return value
        value = inner
    return value.strip() if isinstance(value, str) else value
