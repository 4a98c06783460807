"""Whose call it is: what the HTTP side has found out about a request."""

from __future__ import annotations

PRINCIPAL_KEY = "video_mcp.principal"
"""Where a request's scope names its principal."""
