"""What kind of body an answer has: JSON, a web page, or a challenge that only browsers pass."""

from __future__ import annotations

from video_mcp.gateway.protocol.json_values import json_or_none
from video_mcp.gateway.upstream import HTTPResponse

_CHALLENGE_BYTES = 20_000
_CHALLENGE_MARKS = (
    *(
        "just a moment",
        "challenge-platform",
        "cf-chl",
        "cf_chl",
        "checking your browser",
        "attention required! | cloudflare",
    ),
    *(
        "captcha",
        "enable javascript and cookies",
        "ddos-guard",
        "ddos protection",
        "awswaf",
        "_incapsula_",
        "perimeterx",
    ),
    *("verify you are human", "are you a robot", "sucuri website firewall", "access denied | "),
)
_BLANK = b"\xef\xbb\xbf \t\r\n"
"""White space and the byte order mark."""


def is_challenge(response: HTTPResponse) -> bool:
    """Tell whether a page that only browsers pass stands in front of the API."""
    if response.headers.get("cf-mitigated", "").lower() == "challenge":
        return True
    text = response.body[:_CHALLENGE_BYTES].decode("utf-8", "replace").lower()
    return is_page(response) and any(mark in text for mark in _CHALLENGE_MARKS)


def is_page(response: HTTPResponse) -> bool:
    """Tell whether a body is a web page: a proxy in front responses so, never the gateway itself."""
    first = response.body.lstrip(_BLANK)[:1]
    declared = "html" in response.headers.get("content-type", "").lower()
    return first == b"<" or (declared and first not in {b"", b"{", b"["})


def is_broken(response: HTTPResponse) -> bool:
    """Tell whether a body begins like JSON and is none."""
    if response.is_truncated:
        return False
    return response.body.lstrip(_BLANK)[:1] in {b"{", b"["} and json_or_none(response.body) is None
