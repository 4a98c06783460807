"""Why a video was not made, wherever in a body that stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import JsonValue

from video_mcp.gateway.protocol.json_values import Path, first_text, number_in, text_in, values_at
from video_mcp.gateway.protocol.status_words import is_refusal_word
from video_mcp.gateway.upstream import UpstreamError
from video_mcp.types import JsonObject

_MAX_VALUES = 2_000
_MAX_DEPTH = 8

_ERROR_PLACES: tuple[Path, ...] = (
    ("error", "message"),
    ("error", "msg"),
    ("error", "detail"),
    ("error",),
    ("error", "code"),
    ("error", "type"),
    ("errors", 0, "message"),
    ("errors", 0),
    ("error_message",),
    ("error_msg",),
    ("err_msg",),
    ("fail_reason",),
    ("failure_reason",),
    ("failed_reason",),
    ("failure", "message"),
    ("failure",),
    ("err_code",),
    ("error_code",),
)
"""Where an error is stated: none of these holds anything while a video is being made."""

_MESSAGE_PLACES: tuple[Path, ...] = (("task_status_msg",), ("message",), ("detail",), ("reason",), ("msg",))
"""Where a text stands that explains a failure, and that says all sorts of things otherwise."""

_CODE_PLACES: tuple[Path, ...] = (
    ("error", "code"),
    ("error", "type"),
    ("errors", 0, "code"),
    ("err_code",),
    ("error_code",),
    ("code",),
)
_NO_ERRORS = frozenset({"0", "200", "ok", "success", "succeed", "none", "null", "no error", "no_error", "false"})
_TEXT_KEYS = ("reason", "message", "msg", "detail", "description", "explanation")


def stated_error(layers: Iterable[JsonObject]) -> UpstreamError | None:
    """Return the error that a body states, in a place that is empty while all goes well."""
    layers = tuple(layers)
    message = _first_error(values_at(layers, _ERROR_PLACES))
    return None if message is None else UpstreamError(message=message, code=_code(layers))


def failure_reason(layers: Iterable[JsonObject]) -> UpstreamError | None:
    """Return why a video that is known to have failed did so."""
    layers = tuple(layers)
    stated = stated_error(layers)
    if stated is not None and stated.message not in {stated.code, ""}:
        return stated
    message = _first_error(values_at(layers, _MESSAGE_PLACES))
    filtered = next(filter_reasons(layers), None)
    found = message or (filtered.message if filtered is not None else None)
    return stated if found is None else UpstreamError(message=found, code=_code(layers))


def filter_reasons(layers: Iterable[JsonObject]) -> Iterator[UpstreamError]:
    """Return what filters and moderation say, at any depth; nothing where they only say that all is well."""
    for key, value in _values(list(layers)):
        if not is_refusal_word(key):
            continue
        message = _text_of(key, value)
        if message is not None:
            yield UpstreamError(message=message, code="moderation")


def _text_of(key: str, value: JsonValue) -> str | None:
    names_text = any(word in key.lower() for word in _TEXT_KEYS)
    if isinstance(value, list):
        texts = [text for item in value if isinstance(item, str) and (text := text_in(item)) is not None]
        return " ".join(texts) or None if names_text else None
    if isinstance(value, str):
        return text_in(value) if names_text else None
    if isinstance(value, dict):
        said = first_text(value.get(name) for name in _TEXT_KEYS)
        return said if any(value.get(flag) is True for flag in ("blocked", "filtered", "flagged")) else None
    is_flag = value is True and key.lower().removeprefix("is_") in {"blocked", "filtered", "flagged", "moderated"}
    is_count = "count" in key.lower() and (number_in(value) or 0) > 0
    return "The video was held back by the model's filter." if is_flag or is_count else None


def _values(roots: list[JsonObject]) -> Iterator[tuple[str, JsonValue]]:
    """Return every value with its key, texts of reasons before counts, within bounds that no real body reaches."""
    found: list[tuple[str, JsonValue]] = []
    waiting: list[tuple[str, JsonValue, int]] = [("", root, 0) for root in roots]
    while waiting and len(found) < _MAX_VALUES:
        key, value, depth = waiting.pop(0)
        found.append((key, value))
        if depth >= _MAX_DEPTH:
            continue
        if isinstance(value, dict):
            waiting += [(name, inner, depth + 1) for name, inner in value.items()]
        elif isinstance(value, list):
            waiting += [(key, inner, depth + 1) for inner in value[:50] if isinstance(inner, dict | list)]
    return iter(sorted(found, key=lambda pair: isinstance(pair[1], bool | int | float)))


def _first_error(values: Iterable[JsonValue]) -> str | None:
    texts = (text_in(value) for value in values if not isinstance(value, bool))
    return next((text for text in texts if text is not None and text.lower() not in _NO_ERRORS), None)


def _code(layers: tuple[JsonObject, ...]) -> str | None:
    return _first_error(values_at(layers, _CODE_PLACES))
