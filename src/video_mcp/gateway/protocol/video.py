"""One video out of the many shapes in which gateways tell of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from pydantic import JsonValue

from video_mcp.gateway.protocol.json_values import (
    Path,
    at,
    first_number,
    first_text,
    number_in,
    object_in,
    text_in,
)
from video_mcp.gateway.protocol.rejections import confirms
from video_mcp.gateway.protocol.sanitize import sanitized
from video_mcp.gateway.upstream import UpstreamError, UpstreamStatus, UpstreamVideo
from video_mcp.types import JsonObject

_WORDS: Mapping[UpstreamStatus, str] = {
    "queued": "queued pending submitted created not_start not_started preparing queueing in_queue waiting "
    "scheduled accepted",
    "running": "in_progress processing running generating rendering started active uploading throttled unknown",
    "completed": "completed complete succeeded succeed success done finished",
    "failed": "failed failure fail error rejected blocked timeout timed_out",
    "cancelled": "cancelled canceled deleted",
    "expired": "expired",
}
_STATUS_OF: Mapping[str, UpstreamStatus] = {word: status for status, words in _WORDS.items() for word in words.split()}
_MAX_WORD_CHARS = 40

_ID_PLACES: tuple[Path, ...] = (("id",), ("task_id",), ("video_id",))
_STATUS_PLACES: tuple[Path, ...] = (("status",), ("task_status",), ("state",), ("output", "task_status"))
_URL_PLACES: tuple[Path, ...] = (
    ("video_url",),
    ("video_url", "url"),
    ("url",),
    ("metadata", "url"),
    ("metadata", "video_url"),
    ("video", "url"),
    ("videos", 0, "url"),
    ("output", "video_url"),
    ("output_url",),
    ("content", "video_url"),
    ("content", "video_url", "url"),
    ("result_url",),
    ("result", "video_url"),
    ("urls", 0),
    ("unsigned_urls", 0),
    ("creations", 0, "url"),
    ("task_result", "videos", 0, "url"),
)
_SECONDS_PLACES: tuple[Path, ...] = (
    ("seconds",),
    ("duration",),
    ("video", "duration"),
    ("task_result", "videos", 0, "duration"),
)
_REASON_PLACES: tuple[Path, ...] = (
    ("error", "message"),
    ("error", "msg"),
    ("error",),
    ("fail_reason",),
    ("task_status_msg",),
    ("message",),
    ("detail",),
    ("error", "code"),
    ("err_code",),
)
_REASON_CODE_PLACES: tuple[Path, ...] = (("error", "code"), ("err_code",))

_NO_IDS = frozenset({".", ".."})
# A gateway that does not know its own address writes its content path under a wrong one.
_CONTENT_PATH = re.compile(r"/v1/videos/.+/content/?$")
_MILLISECONDS_FROM = 1e11


def video_in(body: JsonValue, *, default: UpstreamStatus, poll_after_seconds: float | None) -> UpstreamVideo:
    """Return the video that a body tells of; `default` is its status when it states none."""
    layers = _layers(body)
    word = status_word(body)
    status = default if word is None else _status_of(word)
    link = _link(layers, status)
    if status == "completed" and link is None and _is_moderated(layers):
        status = "failed"
    return UpstreamVideo(
        status=status,
        word=(word or "")[:_MAX_WORD_CHARS],
        id=stated_id(body) or request_id_as_id(body),
        model=first_text(_all(layers, (("model",),))),
        progress=_progress(layers),
        video_url=link,
        error=_error(layers) if status in {"failed", "cancelled", "expired"} else None,
        seconds=first_number(_all(layers, _SECONDS_PLACES)),
        created_at=_time(layers, "created_at", "created", "submit_time"),
        completed_at=_time(layers, "completed_at", "finished_at", "finish_time"),
        expires_at=_time(layers, "expires_at"),
        poll_after_seconds=poll_after_seconds,
    )


def status_word(body: JsonValue) -> str | None:
    """Return the gateway's own word for the video's state."""
    words = (value for value in _all(_layers(body), _STATUS_PLACES) if isinstance(value, str))
    return first_text(words)


def has_failed(body: JsonValue) -> bool:
    """Tell whether a body is a video that ended without a result."""
    word = status_word(body)
    return word is not None and _status_of(word) in {"failed", "cancelled", "expired"}


def stated_id(body: JsonValue) -> str | None:
    """Return the id that a body gives to its video."""
    layers = _layers(body)
    data = object_in(body).get("data") if confirms(body) else None
    places = [
        *_all(layers, _ID_PLACES),
        data,
        *_all(layers, [("output", "task_id")]),
    ]
    return next((found for value in places if (found := _as_id(value)) is not None), None)


def request_id_as_id(body: JsonValue) -> str | None:
    """Return the `request_id` that is xAI's name for a video; elsewhere it names the exchange only."""
    values = _all(_layers(body), [("request_id",)])
    return next((found for value in values if (found := _as_id(value)) is not None), None)


def _as_id(value: JsonValue) -> str | None:
    # Kept letter by letter, unless no path can carry it.
    if isinstance(value, str) and (value in _NO_IDS or not value.isprintable()):
        return None
    return text_in(value)


def _layers(body: JsonValue) -> tuple[JsonObject, ...]:
    """Return the objects that may describe the video, best first: an envelope comes behind its content."""
    top = object_in(body)
    data = object_in(top.get("data"))
    inner = object_in(data.get("data"))
    is_envelope = bool(data) and not any(_as_id(at(top, path)) for path in _ID_PLACES)
    return (data, inner, top) if is_envelope else (top, data, inner)


def _all(layers: tuple[JsonObject, ...], places: tuple[Path, ...] | list[Path]) -> Iterator[JsonValue]:
    return (at(layer, path) for layer in layers for path in places)


def _status_of(word: str) -> UpstreamStatus:
    return _STATUS_OF.get(word.strip().lower().replace("-", "_").replace(" ", "_"), "running")


def _progress(layers: tuple[JsonObject, ...]) -> int | None:
    for value in _all(layers, [("progress",)]):
        number = number_in(value.strip().removesuffix("%") if isinstance(value, str) else value)
        if number is not None:
            return int(min(100.0, max(0.0, number)))
    return None


def _time(layers: tuple[JsonObject, ...], *names: str) -> float | None:
    moment = first_number(_all(layers, [(name,) for name in names]))
    return moment / 1000 if moment is not None and moment >= _MILLISECONDS_FROM else moment


def _link(layers: tuple[JsonObject, ...], status: UpstreamStatus) -> str | None:
    # Old gateways write the link of a finished video where the reason of a failure belongs.
    places = (*_URL_PLACES, ("fail_reason",)) if status == "completed" else _URL_PLACES
    return next((link for value in _all(layers, places) if (link := _usable_link(value)) is not None), None)


def _usable_link(value: JsonValue) -> str | None:
    link = value.strip() if isinstance(value, str) else ""
    if not link.isprintable():
        return None
    try:
        parts = urlsplit(link)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not host or _CONTENT_PATH.search(parts.path):
        return None
    misaddressed = host == "localhost" and parts.path.startswith("/v1/")
    return None if misaddressed else link


def _is_moderated(layers: tuple[JsonObject, ...]) -> bool:
    """Tell whether xAI says `done` and holds the video back."""
    return any(at(layer, ("video", "respect_moderation")) is False for layer in layers)


def _error(layers: tuple[JsonObject, ...]) -> UpstreamError | None:
    if _is_moderated(layers):
        return UpstreamError(message="The video was blocked by moderation.", code="moderation")
    reason = first_text(_all(layers, _REASON_PLACES))
    if reason is None:
        return None
    return UpstreamError(message=sanitized(reason), code=first_text(_all(layers, _REASON_CODE_PLACES)))
