"""Untrusted JSON, narrowed: a value of the wanted kind or nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence

from pydantic import JsonValue
from pydantic_core import from_json

from video_mcp.types import JsonObject

Path = Sequence[str | int]
"""The way to a value: keys of objects and indexes of lists."""


def parse_beginning(body: bytes) -> JsonValue:
    """Parse as much of a JSON text as is there.

    Raises:
        ValueError: If it does not begin like JSON.
    """
    value: JsonValue = from_json(body, allow_partial=True)
    return value


def parse_json(body: bytes | str) -> JsonValue:
    """Parse JSON.

    Raises:
        ValueError: If it is none, however it is broken.
    """
    try:
        value: JsonValue = json.loads(body)
    except RecursionError as error:
        msg = "nested too deeply"
        raise ValueError(msg) from error
    return value


def json_or_none(body: bytes | str) -> JsonValue:
    """Return the JSON of a body, None when it is none."""
    try:
        return parse_json(body)
    except ValueError:
        return None


def object_in(value: JsonValue) -> JsonObject:
    """Return an object, or the first of a list of objects; anything else is an empty object."""
    if isinstance(value, list) and value:
        value = value[0]
    return value if isinstance(value, dict) else {}


def at(value: JsonValue, path: Path) -> JsonValue:
    """Return what is found along a path, or None."""
    for step in path:
        if isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def values_at(layers: Iterable[JsonObject], paths: Iterable[Path]) -> Iterator[JsonValue]:
    """Return what is found along paths whose first step is there, in each object after the other."""
    paths = tuple(paths)
    return (at(layer, path) for layer in layers for path in paths if path[0] in layer)


def text_in(value: JsonValue) -> str | None:
    """Return the text of a string or whole number; None for blank text and anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        return None
    # JSON may escape half a surrogate pair, which no file and no database takes.
    return value.encode("utf-8", "replace").decode().strip() or None


def number_in(value: JsonValue) -> float | None:
    """Return a finite number, also one written as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def first_text(values: Iterable[JsonValue]) -> str | None:
    """Return the first value that has text."""
    return next((text for value in values if (text := text_in(value)) is not None), None)


def first_number(values: Iterable[JsonValue]) -> float | None:
    """Return the first value that is a number above zero."""
    numbers = (number_in(value) for value in values)
    return next((number for number in numbers if number is not None and number > 0), None)
