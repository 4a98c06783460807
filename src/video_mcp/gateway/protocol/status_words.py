"""A gateway's word for a video's state, judged by its parts: the vocabulary is open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from video_mcp.gateway.upstream import UpstreamStatus

_WORDS: Mapping[UpstreamStatus, str] = {
    "queued": "queued pending submitted created not_start not_started preparing queueing in_queue waiting "
    "scheduled accepted not_ready not_complete not_completed not_finished incomplete unfinished",
    "running": "in_progress processing running generating rendering started active uploading throttled unknown",
    "completed": "completed complete succeeded succeed success done finished ready available",
    "failed": "failed failure fail error rejected blocked timeout timed_out terminated refused denied",
    "cancelled": "cancelled canceled deleted aborted",
    "expired": "expired",
}
_STATUS_OF: Mapping[str, UpstreamStatus] = {word: status for status, words in _WORDS.items() for word in words.split()}

_PARTS: tuple[tuple[UpstreamStatus, tuple[str, ...]], ...] = (
    ("expired", ("expir", "过期")),
    ("cancelled", ("cancel", "abort", "withdraw", "revoked", "取消")),
    (
        "failed",
        (
            *("fail", "error", "block", "reject", "moder", "filter", "timeout", "timedout", "terminat", "refus"),
            *("denied", "deny", "nsfw", "violat", "unsafe", "flagged", "invalid", "killed", "crash", "exception"),
            *("unsuccess", "banned", "forbidden", "prohibit", "失败", "违规"),
        ),
    ),
    ("completed", ("complet", "success", "succeed", "ready", "finish", "done", "成功", "完成")),
)
_REFUSALS = ("block", "moder", "filter", "nsfw", "violat", "unsafe", "flagged", "prohibit", "safety", "policy")
_PASSING = (
    *("ratelimit", "toomany", "overload", "timeout", "timedout", "unavailable", "busy", "internal", "servererror"),
    *("tryagain", "retry", "temporar", "badgateway", "connection", "notready", "maintenance"),
)
_REAL_PEOPLE = (
    *("realperson", "realpeople", "realhuman", "realface", "privacyinformation", "humanface"),
    *("celebrit", "publicfigure", "真人", "人脸"),
)
_STILL = frozenset(
    {"pending", "queue", "queued", "wait", "awaiting", "under", "in", "to", "for", "check", "review", "not", "before"}
    | {"almost", "nearly", "partially", "partly", "pre", "retry"}
)
"""A part beside which the word does not tell of an end: `in_moderation`, `ready_for_rendering`, `pending_filter`."""

_BOUNDARY = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[\W_]+")


def status_of(word: str) -> UpstreamStatus | None:
    """Return what a status word means; None when neither it nor a part of it is known.

    A word of both kinds, such as `completed_with_errors`, means a failure; a video beside it shows that it is none.
    """
    parts = [part.lower() for part in _BOUNDARY.split(word.strip()) if part]
    known = _STATUS_OF.get("_".join(parts))
    if known is not None:
        return known
    if any(part.endswith("ing") or part in _STILL for part in parts):
        return "running"
    return next((status for status, stems in _PARTS if _has(parts, stems)), None)


def is_refusal_word(text: str) -> bool:
    """Tell whether a code, a key or a message names a filter or a moderation."""
    return _has(_BOUNDARY.split(text.lower()), _REFUSALS)


def is_passing_word(text: str) -> bool:
    """Tell whether a code or a message is of trouble that passes: nothing is said about the video."""
    return _has(_BOUNDARY.split(text.lower()), _PASSING)


def is_about_real_people(text: str) -> bool:
    """Tell whether a code or a message says that an input may show a real person."""
    return _has(_BOUNDARY.split(text.lower()), _REAL_PEOPLE)


def _has(parts: Iterable[str], stems: tuple[str, ...]) -> bool:
    together = "".join(parts)
    return any(stem in together for stem in stems)
