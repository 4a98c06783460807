"""Starts the stdio server in a process of its own."""

from __future__ import annotations

import sys

import anyio

from video_mcp.errors import ConfigurationError
from video_mcp.server.app import serve_stdio
from video_mcp.server.logs import configure_logging
from video_mcp.settings import Settings, load_settings


def serve(settings: Settings | None = None) -> int:
    """Serve on stdio until the client leaves; returns the exit code.

    Bad settings are told on stderr, every problem a line, and end with 2.
    """
    try:
        known = settings or load_settings()
    except ConfigurationError as error:
        sys.stderr.write("video-mcp cannot start:\n" + "".join(f"  {problem}\n" for problem in error.problems))
        return 2
    configure_logging(known.log_level, known.api_key.get_secret_value() if known.api_key else None)
    anyio.run(serve_stdio, known)
    return 0
