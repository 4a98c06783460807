"""Whether a refusal is for want of a place: too much is under way at once, and later the same may be accepted. Pure."""

from __future__ import annotations

import re

from video_mcp.gateway.protocol.stated_errors import StatedError

_NO_PLACE = re.compile(
    r"concurren|parallel|simultaneous|\u5e76\u53d1"
    r"|too many (?:\w+ ){0,2}?(?:running|active|pending|unfinished|ongoing|queued|in[- ]progress)"
    r"|(?:running|active|pending|unfinished|ongoing|in[- ]progress) (?:task|job|video|generation|request)s?\b.{0,60}"
    r"(?:limit|maximum|exceed|at most)"
    r"|(?:limit|maximum|at most).{0,60}(?:running|active|pending|unfinished|ongoing|at once|at a time|at the same time)"
    r"|queue (?:is )?full",
    re.IGNORECASE,
)
# An account without money is no matter of waiting.
_NO_MONEY = re.compile(r"quota|balance|insufficient|billing|credit|\u4f59\u989d", re.IGNORECASE)


def is_for_want_of_a_place(status_code: int, stated: StatedError) -> bool:
    """Tell whether a refusal says that too many videos are under way at once."""
    text = f"{stated.code or ''} {stated.message}"
    is_refusal = status_code in {400, 403, 409, 429, 503}
    return is_refusal and _NO_PLACE.search(text) is not None and _NO_MONEY.search(text) is None
