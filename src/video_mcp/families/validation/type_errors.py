"""What a caller reads when a value cannot be read: our words for the kinds of trouble that pydantic finds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from pydantic import JsonValue
from pydantic_core import ErrorDetails

from video_mcp.families.messages import closest_word, listed, nearest, refusal, short_text, shown
from video_mcp.families.params import Family
from video_mcp.findings import Finding, FindingValue

_Context = Mapping[str, FindingValue]
_QUOTED = re.compile(r"'([^']*)'")

_ONE_VIDEO_A_CALL = (
    "One call makes one video, and no model here makes more; leave n out and call once for each, "
    "with allow_duplicate: true or another seed."
)
_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "int_parsing": "a whole number",
        "int_type": "a whole number",
        "int_from_float": "a whole number",
        "float_parsing": "a number",
        "float_type": "a number",
        "bool_parsing": "true or false",
        "bool_type": "true or false",
        "string_type": "text",
        "tuple_type": "a list",
        "list_type": "a list",
        "dict_type": "an object",
        "model_type": "an object",
        "model_attributes_type": "an object",
    }
)


def shape_in_words(family: Family, name: str) -> str:
    """Return what a field of objects looks like, as a sentence; empty for other fields."""
    field = family.params.model_fields.get(name)
    examples = field.examples if field is not None else None
    return f"It looks like {json.dumps(examples[0], ensure_ascii=False)}." if examples else ""


def unreadable(error: ErrorDetails, shape: str = "") -> Finding:
    """Return the refusal for one value that does not fit its field, with the `shape` that the field has."""
    found = _unreadable(error)
    return replace(found, message=f"{found.message} {shape}") if shape else found


def _unreadable(error: ErrorDetails) -> Finding:
    name = _path(error["loc"])
    if name == "n":
        return refusal(name, _ONE_VIDEO_A_CALL, value=_value(error["input"]), nearest=1)
    given: JsonValue = error["input"]
    context: _Context = error.get("ctx", {})
    kind = error["type"]
    if kind in _KINDS:
        return _wrong_kind(name, kind, given)
    words = _WORDS.get(kind)
    return words(name, given, context) if words else refusal(name, f"{name} cannot be {shown(given)}.")


def _path(loc: tuple[int | str, ...]) -> str:
    text = ""
    if loc[0] == "content" and len(loc) > 2:  # the third is the item's type, which the caller did not write
        loc = (*loc[:2], *loc[3:])
    for part in loc:
        key = f"[{part}]" if isinstance(part, int) else short_text(part)
        text += f".{key}" if text and isinstance(part, str) else key
    return text


def _wrong_kind(name: str, kind: str, given: JsonValue) -> Finding:
    if kind == "string_type" and isinstance(given, list):
        return refusal(name, f"{name} takes one value, not {len(given)}; make a call for each.", value=len(given))
    best = round(given) if kind == "int_from_float" and isinstance(given, float) else None
    hint = f" Nearest: {best}." if best is not None else ""
    return refusal(name, f"{name} is {_KINDS[kind]}, not {shown(given)}.{hint}", value=_value(given), nearest=best)


def _value(given: JsonValue) -> FindingValue | None:
    return short_text(given) if isinstance(given, str) else given if isinstance(given, int | float) else None


def _not_among(name: str, given: JsonValue, context: _Context) -> Finding:
    allowed = _expected(str(context.get("expected", "")))
    best = nearest(given, allowed) if isinstance(given, str | int | float) else None
    hint = f" Nearest: {best}." if best is not None and len(allowed) > 1 else ""
    message = f"{name} is {listed(allowed)}, not {shown(given)}.{hint}"
    return refusal(name, message, value=_value(given), allowed=allowed, nearest=best)


def _expected(text: str) -> list[FindingValue]:
    """Read pydantic's `'std', 'pro' or '4k'` back into values."""
    quoted: list[FindingValue] = list(_QUOTED.findall(text))
    return quoted or [int(word) for word in re.findall(r"-?\d+", text)]


def _beyond(limit_name: str, words: str) -> Callable[[str, JsonValue, _Context], Finding]:
    def explain(name: str, given: JsonValue, context: _Context) -> Finding:
        limit = _whole(context[limit_name])
        message = f"{name} is {words} {limit}, not {shown(given)}. Nearest: {limit}."
        return refusal(name, message, value=_value(given), nearest=limit)

    return explain


def _whole(number: FindingValue) -> FindingValue:
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _too_long(name: str, given: JsonValue, context: _Context) -> Finding:
    length = len(given) if isinstance(given, str) else 0
    limit = context["max_length"]
    return refusal(name, f"{name} holds at most {limit} characters, not {length}; shorten it.", value=length)


def _too_many(name: str, given: JsonValue, context: _Context) -> Finding:
    count = len(given) if isinstance(given, list) else 0
    return refusal(name, f"{name} holds at most {context['max_length']} items, not {count}.", value=count)


def _too_few(name: str, given: JsonValue, context: _Context) -> Finding:
    count = len(given) if isinstance(given, list) else 0
    return refusal(name, f"{name} needs at least {context['min_length']} items, not {count}.", value=count)


def _empty(name: str, _given: JsonValue, _context: _Context) -> Finding:
    return refusal(name, f"{name} is empty; give a value or leave it out.")


def _extra(name: str, _given: JsonValue, _context: _Context) -> Finding:
    owner, _, key = name.rpartition(".")
    return refusal(name, f"{owner or 'The request'} has no {key}; leave it out.")


def _missing(name: str, _given: JsonValue, _context: _Context) -> Finding:
    owner, _, key = name.rpartition(".")
    return refusal(name, f"{owner or 'The request'} needs {key}.")


def _own_words(name: str, _given: JsonValue, context: _Context) -> Finding:
    """Say what a validator of a family says itself; its sentence follows the field's name."""
    return refusal(name, f"{name} {context['error']}.")


def _unknown_tag(name: str, _given: JsonValue, context: _Context) -> Finding:
    allowed = [str(word) for word in _expected(str(context.get("expected_tags", "")))]
    tag = str(context.get("tag", ""))
    best = closest_word(tag, allowed)
    hint = f" Did you mean {best}?" if best else ""
    message = f"{name} has the type {short_text(tag)}; it is {listed(allowed)}.{hint}"
    return refusal(name, message, value=short_text(tag), allowed=allowed, nearest=best)


def _no_tag(name: str, _given: JsonValue, _context: _Context) -> Finding:
    return refusal(name, f"{name} needs a type, such as image_url.")


_WORDS: Mapping[str, Callable[[str, JsonValue, _Context], Finding]] = MappingProxyType(
    {
        "literal_error": _not_among,
        "enum": _not_among,
        "greater_than_equal": _beyond("ge", "at least"),
        "less_than_equal": _beyond("le", "at most"),
        "string_too_long": _too_long,
        "string_too_short": _empty,
        "too_long": _too_many,
        "too_short": _too_few,
        "extra_forbidden": _extra,
        "missing": _missing,
        "value_error": _own_words,
        "union_tag_invalid": _unknown_tag,
        "union_tag_not_found": _no_tag,
    }
)
