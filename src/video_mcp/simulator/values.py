"""JSON values and how to narrow them."""

from __future__ import annotations

import json
import math
from typing import TypeAlias

from video_mcp.types import JsonObject

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"


def parse_json(text: str | bytes) -> JsonValue:
    """Parse JSON text; raise ValueError for anything else, however it is broken."""
    try:
        value: JsonValue = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return value


def object_of(value: JsonValue) -> JsonObject:
    """Return the object in a value, also one written as JSON text; anything else is an empty object."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        value = parsed_or_text(value)
    return value if isinstance(value, dict) else {}


def list_of(value: JsonValue) -> list[JsonValue]:
    """Return a value as a list: itself, nothing for null and empty text, else a list of one."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        value = parsed_or_text(value)
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else [value]


def text_of(value: JsonValue) -> str:
    """Return the stripped text of a string or number; anything else is empty."""
    if isinstance(value, bool) or value is None:
        return ""
    return str(value).strip() if isinstance(value, str | int | float) else ""


def number_of(value: JsonValue) -> float | None:
    """Return a finite number, also one written as text; None for anything else."""
    try:
        number = float(text_of(value))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def is_on(value: JsonValue) -> bool:
    """Tell whether a switch is on, in any of the spellings that forms and JSON use."""
    return value is True or text_of(value).lower() in {"true", "on", "1", "yes"}


def is_off(value: JsonValue) -> bool:
    """Tell whether a switch is explicitly off; absent is neither on nor off."""
    return value is False or text_of(value).lower() in {"false", "off", "0", "no"}


def parsed_or_text(text: str) -> JsonValue:
    """Parse text that looks like JSON; return the text itself when it is none."""
    try:
        return parse_json(text)
    except ValueError:
        return text
