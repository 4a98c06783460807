"""A body fit to be shown: everything but the media's bytes."""

from __future__ import annotations

import re

from pydantic import JsonValue

from video_mcp.gateway.upstream import FormPart, WireBody
from video_mcp.types import JsonObject

_SHOWN_CHARS = 48
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{200,}={0,2}")


def shortened(body: WireBody) -> JsonObject:
    """Return a body as JSON with media data cut; parts of a form with one name become a list."""
    if body.form is None:
        return {name: _short(value) for name, value in (body.json or {}).items()}
    shown: dict[str, list[JsonValue]] = {}
    for part in body.form:
        shown.setdefault(part.name, []).append(_short_part(part))
    return {name: values[0] if len(values) == 1 else values for name, values in shown.items()}


def _short(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {name: _short(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_short(inner) for inner in value]
    if isinstance(value, str) and (value.startswith("data:") or _BASE64.fullmatch(value)):
        return value if len(value) <= _SHOWN_CHARS else f"{value[:_SHOWN_CHARS]}... ({len(value)} characters)"
    return value


def _short_part(part: FormPart) -> JsonValue:
    if part.file is None:
        return _short(part.text)
    return f"{part.filename} ({part.media_type}, {len(part.file)} bytes)"
