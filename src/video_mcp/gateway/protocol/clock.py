"""What time it is at the gateway."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from video_mcp.gateway.upstream import HTTPAnswer


def gateway_time(answer: HTTPAnswer) -> float | None:
    """Return the Unix time of an answer's Date header; None when it has none that can be read."""
    try:
        return parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
    except (ValueError, OverflowError):
        return None
