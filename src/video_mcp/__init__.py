"""video-mcp: an MCP server for AI video behind one Sora-compatible gateway."""

from __future__ import annotations

__all__ = ["version"]


def version() -> str:
    """Return the installed version, looked up when asked for."""
    from importlib.metadata import version as installed_version  # noqa: PLC0415 - costs 20 ms at start-up

    return installed_version("video-mcp-gateway")
