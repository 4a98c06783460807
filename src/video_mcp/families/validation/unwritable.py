"""Text that no database and no file takes: half of a surrogate pair, and the character NUL. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from video_mcp.findings import Finding


def unwritable(fields: Mapping[str, JsonValue]) -> list[Finding]:
    """Return a refusal for each field that holds such text, at whatever depth."""
    return [
        Finding(severity="refuse", field=name, message=f"{name} holds {what}; leave it out.")
        for name, value in fields.items()
        if (what := next(_found_in(value), None)) is not None
    ]


def _found_in(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield from _found_in_text(value)
    elif isinstance(value, list):
        for item in value:
            yield from _found_in(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _found_in_text(name)
            yield from _found_in(item)


def _found_in_text(text: str) -> Iterator[str]:
    if "\x00" in text:
        yield "the character NUL"
    try:
        text.encode()
    except UnicodeEncodeError:
        yield "half of a character (a lone surrogate)"
