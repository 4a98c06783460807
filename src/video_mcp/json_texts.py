"""The texts in a JSON value, however deep. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pydantic import JsonValue


def texts_in(value: JsonValue) -> Iterator[str]:
    """Yield every text of a value, but for the names of fields."""
    match value:
        case str():
            yield value
        case list():
            for one in value:
                yield from texts_in(one)
        case dict():
            for one in value.values():
                yield from texts_in(one)
        case _:
            return


def with_texts(value: JsonValue, change: Callable[[str], str]) -> JsonValue:
    """Return the same value with each of its texts changed."""
    match value:
        case str():
            return change(value)
        case list():
            return [with_texts(one, change) for one in value]
        case dict():
            return {name: with_texts(one, change) for name, one in value.items()}
        case _:
            return value
