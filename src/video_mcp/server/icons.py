"""The server's icon: its own address, so that nothing is fetched. Pure.

Tools have none: in the list of tools every byte counts, and a host shows the server's beside them.
"""

from __future__ import annotations

from urllib.parse import quote

import mcp_types as types

_UNQUOTED = "/:=',;-"
_SVG = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><path fill='#85f' d='M0 2h6v5H0zM7 4l2-1v3L7 5z'/></svg>"
)


def server_icon() -> types.Icon:
    """Return the icon of the server."""
    return types.Icon(src=f"data:image/svg+xml,{quote(_SVG, safe=_UNQUOTED)}")
