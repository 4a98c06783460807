"""The player that hosts of MCP Apps show in the chat: one HTML file without outside requests."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files

import mcp_types as types

from video_mcp.types import JsonObject

# As in `mcp.server.apps`, which loads the whole of the SDK's high-level server.
EXTENSION_ID = "io.modelcontextprotocol/ui"
MIME_TYPE = "text/html;profile=mcp-app"
PLAYER_URI = "ui://video/player"

_NOTHING_OUTSIDE: JsonObject = {"connectDomains": [], "resourceDomains": [], "frameDomains": [], "baseUriDomains": []}


def tool_meta() -> dict[str, object]:
    """Return what makes a host show the player beside a tool's answer."""
    return {"ui": {"resourceUri": PLAYER_URI}}


def player_contents() -> types.TextResourceContents:
    """Return the player as a resource; its host lets it reach nothing but the host itself."""
    meta: dict[str, object] = {"ui": {"csp": _NOTHING_OUTSIDE, "prefersBorder": True}}
    return types.TextResourceContents(uri=PLAYER_URI, mime_type=MIME_TYPE, text=player_html(), _meta=meta)


def player_html() -> str:
    """Return the player's page, whose own policy allows its one script and its one style by their digests."""
    page = files(__name__).joinpath("player.html").read_text(encoding="utf-8")
    return page.replace("SCRIPT_HASH", _digest(page, "script"), 1).replace("STYLE_HASH", _digest(page, "style"), 1)


def _digest(page: str, tag: str) -> str:
    """Return the digest of the content of the player's only element of this name."""
    (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, flags=re.DOTALL)
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
