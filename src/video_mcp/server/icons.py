"""The icons of the server and its tools: `data:` URIs, so that no host fetches anything. Pure."""

from __future__ import annotations

from urllib.parse import quote

import mcp_types as types

COLOUR = "#85f"
VIEW = 9
BODY = ((0, 2), (6, 2), (6, 7), (0, 7))
LENS = ((7, 4), (9, 3), (9, 6), (7, 5))
"""The two outlines of a camera, in a view of nine by nine."""

PLAY = "M2,1v7l6-3.5z"
HOURGLASS = "M2,1h5l-5,7h5z"
ARROW_DOWN = "M3,1h3v3h2l-4,4-3-4h2z"
LINES = "M1,1h7v2h-7zm0,4h7v2h-7z"
"""Outlines of the tools' icons, as SVG writes them: in the list of tools every byte counts."""

_UNQUOTED = "/:=',;-"
_CAMERA = "".join(f"M{','.join(f'{x},{y}' for x, y in shape)}z" for shape in (BODY, LENS))


def server_icon() -> types.Icon:
    """Return the icon of the server."""
    return icon(_CAMERA)


def icon(path: str) -> types.Icon:
    """Return an icon of one filled path."""
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0,0,{VIEW},{VIEW}'><path fill='{COLOUR}' d='{path}'/></svg>"
    )
    return types.Icon(src=f"data:image/svg+xml,{quote(svg, safe=_UNQUOTED)}")
