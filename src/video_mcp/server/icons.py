"""The server's icon: its own address, so that nothing is fetched. Pure.

Tools have none: in the list of tools every byte counts, and a host shows the server's beside them.
"""

from __future__ import annotations

from urllib.parse import quote

import mcp_types as types

COLOUR = "#85f"
VIEW = 9
BODY = ((0, 2), (6, 2), (6, 7), (0, 7))
LENS = ((7, 4), (9, 3), (9, 6), (7, 5))
"""The two outlines of a camera, in a view of nine by nine."""

_UNQUOTED = "/:=',;-"
_PATH = "".join(f"M{' '.join(f'{x} {y}' for x, y in shape)}z" for shape in (BODY, LENS))
_SVG = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {VIEW} {VIEW}'><path fill='{COLOUR}' d='{_PATH}'/></svg>"


def server_icon() -> types.Icon:
    """Return the icon of the server."""
    return types.Icon(src=f"data:image/svg+xml,{quote(_SVG, safe=_UNQUOTED)}")
