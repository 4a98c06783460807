"""What a browser has to be told before its page may call: CORS, for the origins that the address check lets in."""

from __future__ import annotations

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

_METHODS = ("GET", "HEAD", "POST")
_READABLE_HEADERS = (
    "WWW-Authenticate",
    "Mcp-Session-Id",
    "MCP-Protocol-Version",
    "Retry-After",
    "Content-Range",
    "Content-Disposition",
)
_PREFLIGHT_SECONDS = 600


def with_cross_origin(app: ASGIApp) -> ASGIApp:
    """Return the application with answers to preflights, and headers that let a page read its answers.

    Every origin is answered here: others than those of the settings do not come so far. A page sends its token in a
    header, so that no cookies are allowed.
    """
    return CORSMiddleware(
        app,
        allow_origin_regex=".*",
        allow_methods=_METHODS,
        # Clients of the 2026 era name headers after the arguments of tools.
        allow_headers=["*"],
        expose_headers=_READABLE_HEADERS,
        max_age=_PREFLIGHT_SECONDS,
    )
