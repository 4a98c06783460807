"""How long a gateway asks to wait, in a header or in its body."""

from __future__ import annotations

import math
from email.utils import parsedate_to_datetime

from pydantic import JsonValue

from video_mcp.gateway.protocol.json_values import at, first_number, json_or_none, number_in, object_in
from video_mcp.gateway.upstream import HTTPResponse

_WAIT_MILLISECONDS = ("openai-poll-after-ms", "retry-after-ms", "llm_provider-retry-after-ms")
_WAIT_SECONDS = ("retry-after", "llm_provider-retry-after", "x-ratelimit-reset-after", "ratelimit-reset")


def retry_after(response: HTTPResponse) -> float | None:
    """Return how long the gateway asks to wait, in seconds; a date counts from the response's own `Date`."""
    headers = response.headers
    milliseconds = first_number(headers.get(name) for name in _WAIT_MILLISECONDS)
    if milliseconds is not None:
        return milliseconds / 1000
    for name in _WAIT_SECONDS:
        value = headers.get(name)
        seconds = number_in(value)
        if seconds is None:
            seconds = _seconds_between(headers.get("date"), value)
        if seconds is not None:
            return max(0.0, seconds)
    return _wait_in_body(json_or_none(response.body)) if response.status_code in {429, 503} else None


def _wait_in_body(body: JsonValue) -> float | None:
    """Return the wait that a body states: `retry_after: 30`, or Google's `retryDelay: "34s"`."""
    details = at(body, ("error", "details"))
    places = [body, at(body, ("error",)), *(details if isinstance(details, list) else [])]
    for place in places:
        facts = object_in(place)
        for name in ("retry_after", "retry_after_seconds", "retryAfter", "retryDelay"):
            value = facts.get(name)
            seconds = number_in(value.strip().removesuffix("s") if isinstance(value, str) else value)
            if seconds is not None and seconds >= 0:
                return seconds
    return None


def _seconds_between(earlier: str | None, later: str | None) -> float | None:
    if earlier is None or later is None:
        return None
    try:
        # A naive pair, or an aware one, can be subtracted; a mixed pair is a TypeError.
        return (parsedate_to_datetime(later) - parsedate_to_datetime(earlier)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None


def spelled(seconds: float) -> str:
    """Return a wait as people say it: `45 seconds`, `60 minutes`, `3 hours`."""
    if seconds < 120:
        count, unit = math.ceil(seconds), "second"
    elif seconds < 2 * 3600:
        count, unit = math.ceil(seconds / 60), "minute"
    else:
        count, unit = math.ceil(seconds / 3600), "hour"
    return f"{count} {unit}" + ("" if count == 1 else "s")
