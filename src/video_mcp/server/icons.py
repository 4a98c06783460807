"""Icons of the server and its tools: each is its own address, so that nothing is fetched. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote

import mcp_types as types

# What may stand in a data URI as it is: every byte counts in the list of tools.
_UNQUOTED = "/:=',;-"
_SHAPES: Mapping[str, str] = MappingProxyType(
    {
        "server": "M0 2h6v5H0zM7 4l2-1v3L7 5z",
        "create_video": "M2 1l6 4-6 4z",
        "get_video_status": "M4 0h1v5h4v1H4z",
        "fetch_video": "M3 1h3v3h2L4 8 1 4h2z",
        "list_models": "M1 2h7v1H1zM1 5h7v1H1z",
    }
)


def icon(name: str) -> types.Icon:
    """Return the icon of the server or of a tool."""
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><path fill='#85f' d='{_SHAPES[name]}'/></svg>"
    return types.Icon(src=f"data:image/svg+xml,{quote(svg, safe=_UNQUOTED)}")
