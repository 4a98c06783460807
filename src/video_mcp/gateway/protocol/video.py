"""One video out of the many shapes in which gateways tell of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
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
    values_at,
)
from video_mcp.gateway.protocol.reasons import failure_reason, filter_reasons, stated_error
from video_mcp.gateway.protocol.sanitize import plain_code, sanitized
from video_mcp.gateway.protocol.stated_errors import confirms
from video_mcp.gateway.protocol.status_words import is_passing_word, is_refusal_word, status_of
from video_mcp.gateway.upstream import UpstreamError, UpstreamStatus, UpstreamVideo
from video_mcp.types import JsonObject

_MAX_WORD_CHARS = 40

_MAX_ID_CHARS = 2048
_MAX_MODEL_CHARS = 100

_ID_PLACES: tuple[Path, ...] = (("id",), ("task_id",), ("video_id",), ("taskId",))
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
    ("output", "video"),
    ("output", "url"),
    ("output_url",),
    ("content", "video_url"),
    ("content", "video_url", "url"),
    ("result_url",),
    ("result", "video_url"),
    ("result", "videos", 0, "url"),
    ("result", "videos", 0, "url", 0),
    ("results", "videos", 0, "url"),
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
_INLINE_PLACES: tuple[Path, ...] = (
    *_URL_PLACES,
    ("b64_json",),
    ("b64",),
    ("base64",),
    ("video_base64",),
    ("video",),
    ("video_data",),
    ("video", "b64_json"),
    ("video", "base64"),
    ("video", "data"),
    ("video", "bytesBase64Encoded"),
    ("videos", 0, "b64_json"),
    ("videos", 0, "base64"),
    ("videos", 0, "bytesBase64Encoded"),
    ("videos", 0),
    ("data", 0, "b64_json"),
    ("output", "video"),
    ("output", "video_base64"),
    ("content",),
    ("data",),
    ("result",),
    ("file",),
)
"""Where a video itself may stand, as a `data:` URI or as bare base64."""
# The first bytes of an MP4 (`....ftyp`) or a WebM, as base64 writes them.
_BASE64_VIDEO = re.compile(r"AAAA[\w+/-]{2}Z0eX|GkXfo")

_NO_IDS = frozenset({".", ".."})
# A gateway that does not know its own address writes its content path under a wrong one.
_CONTENT_PATH = re.compile(r"/v1/videos/.+/content/?$")
_MILLISECONDS_FROM = 1e11


def video_in(
    body: JsonValue, *, default: UpstreamStatus, poll_after_seconds: float | None, key: str = ""
) -> UpstreamVideo:
    """Return the video that a body tells of; `default` is its status when it states none."""
    layers = layers_of(body)
    word = status_word(body)
    link = _link(layers, completed=word is None or status_of(word) == "completed")
    is_inline = _is_inline(layers)
    status, error = _outcome(layers, word, default, has_video=link is not None or is_inline or _names_content(layers))
    return UpstreamVideo(
        status=status,
        word=_shown_word(word or "", key),
        is_word_known=word is None or status_of(word) is not None,
        id=stated_id(body) or request_id_as_id(body),
        model=_model(layers, key),
        progress=_progress(layers),
        video_url=link,
        is_inline=is_inline and link is None,
        error=_without_key(error, key),
        seconds=first_number(_all(layers, _SECONDS_PLACES)),
        created_at=_time(layers, "created_at", "created", "submit_time"),
        completed_at=_time(layers, "completed_at", "finished_at", "finish_time"),
        expires_at=_time(layers, "expires_at"),
        poll_after_seconds=poll_after_seconds,
    )


def _shown_word(word: str, key: str) -> str:
    is_plain = len(word) <= _MAX_WORD_CHARS and word.isidentifier() and status_of(word) is not None
    return word if is_plain else sanitized(word, key=key, max_chars=_MAX_WORD_CHARS)


def _outcome(
    layers: tuple[JsonObject, ...], word: str | None, default: UpstreamStatus, *, has_video: bool
) -> tuple[UpstreamStatus, UpstreamError | None]:
    """Return how a video is doing, and why it failed if it did.

    An error that is stated beside no word, or beside an unknown one, is the end; and a word of success
    without a video, beside what a filter says, is a failure.
    """
    status = default if word is None else status_of(word)
    error = stated_error(layers)
    if status is None or (word is None and status in {"queued", "running"}):
        is_final = error is not None and not is_passing_word(f"{error.code or ''} {error.message}")
        status = "failed" if is_final else status or "running"
    if status == "failed" and has_video and word is not None and "complet" in word.lower():
        return "completed", None
    if status == "completed" and not has_video:
        if _is_moderated(layers):
            return "failed", UpstreamError(message="The video was blocked by moderation.", code="moderation")
        reason = next(filter_reasons(layers), None) or error
        return ("failed", reason) if reason is not None else ("completed", None)
    return status, failure_reason(layers) if status in {"failed", "cancelled", "expired"} else None


def status_word(body: JsonValue) -> str | None:
    """Return the gateway's own word for the video's state."""
    words = (value for value in _all(layers_of(body), _STATUS_PLACES) if isinstance(value, str))
    return first_text(words)


def has_failed(body: JsonValue) -> bool:
    """Tell whether a body is a video that ended without a result."""
    word = status_word(body)
    return word is not None and status_of(word) in {"failed", "cancelled", "expired"}


def states_end(body: JsonValue, *, is_named: bool) -> bool:
    """Tell whether a body without a status word says that its video has failed.

    Without an id it is about the video only when a filter speaks; other trouble may be the gateway's own, and pass.
    """
    error = failure_reason(layers_of(body))
    if error is None or stated_error(layers_of(body)) is None:
        return False
    text = f"{error.code or ''} {error.message}"
    return is_refusal_word(text) or (is_named and not is_passing_word(text))


def stated_id(body: JsonValue) -> str | None:
    """Return the id that a body gives to its video."""
    layers = layers_of(body)
    data = object_in(body).get("data") if confirms(body) else None
    places = [
        *_all(layers, _ID_PLACES),
        data,
        *_all(layers, [("output", "task_id")]),
    ]
    return next((found for value in places if (found := _as_id(value)) is not None), None)


def request_id_as_id(body: JsonValue) -> str | None:
    """Return the `request_id` that is xAI's name for a video; elsewhere it names the exchange only."""
    values = _all(layers_of(body), [("request_id",), ("requestId",)])
    return next((found for value in values if (found := _as_id(value)) is not None), None)


def _as_id(value: JsonValue) -> str | None:
    # Kept letter by letter, unless no path can carry it.
    if isinstance(value, str) and (value in _NO_IDS or not value.isprintable()):
        return None
    text = text_in(value)
    return text if text is not None and len(text) <= _MAX_ID_CHARS else None


def layers_of(body: JsonValue) -> tuple[JsonObject, ...]:
    """Return the objects that may describe the video, best first: an envelope comes behind its content."""
    top = object_in(body)
    data = object_in(top.get("data"))
    inner = object_in(data.get("data"))
    is_envelope = bool(data) and not any(_as_id(at(top, path)) for path in _ID_PLACES)
    layers = (data, inner, top) if is_envelope else (top, data, inner)
    return tuple(layer for layer in layers if layer)


def _all(layers: tuple[JsonObject, ...], places: tuple[Path, ...] | list[Path]) -> Iterator[JsonValue]:
    return values_at(layers, places)


def _progress(layers: tuple[JsonObject, ...]) -> int | None:
    for value in _all(layers, [("progress",)]):
        number = number_in(value.strip().removesuffix("%") if isinstance(value, str) else value)
        if number is not None:
            return int(min(100.0, max(0.0, number)))
    return None


def _time(layers: tuple[JsonObject, ...], *names: str) -> float | None:
    moment = first_number(_all(layers, [(name,) for name in names]))
    return moment / 1000 if moment is not None and moment >= _MILLISECONDS_FROM else moment


def _link(layers: tuple[JsonObject, ...], *, completed: bool) -> str | None:
    # Old gateways write the link of a finished video where the reason of a failure belongs.
    places = (*_URL_PLACES, ("fail_reason",)) if completed else _URL_PLACES
    return next((link for value in _all(layers, places) if (link := _usable_link(value)) is not None), None)


def _usable_link(value: JsonValue) -> str | None:
    link = value.strip() if isinstance(value, str) else ""
    if not link or not link.isprintable():
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


def _is_inline(layers: tuple[JsonObject, ...]) -> bool:
    return any(isinstance(value, str) and is_inline_video(value) for value in _all(layers, _INLINE_PLACES))


def is_inline_video(text: str) -> bool:
    """Tell whether a text is a video itself: a `data:` URI, or base64 that begins as videos do."""
    head = text[:200].lstrip()
    if head[:5].lower() == "data:":
        return head[5:11].lower() == "video/" or _BASE64_VIDEO.match(head.partition(",")[2]) is not None
    return _BASE64_VIDEO.match(head) is not None


def _names_content(layers: tuple[JsonObject, ...]) -> bool:
    """Tell whether a body names its video in any way, also by the gateway's own path."""
    return any(isinstance(value, str) and "/" in value for value in _all(layers, _URL_PLACES))


def _model(layers: tuple[JsonObject, ...], key: str) -> str | None:
    model = first_text(_all(layers, (("model",),)))
    return None if model is None else sanitized(model, key=key, max_chars=_MAX_MODEL_CHARS) or None


def _without_key(error: UpstreamError | None, key: str) -> UpstreamError | None:
    if error is None:
        return None
    return UpstreamError(message=sanitized(error.message, key=key), code=plain_code(error.code, key=key))
