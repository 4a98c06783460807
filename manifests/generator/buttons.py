"""Links that install this server with one click: VS Code, VS Code Insiders and Cursor."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

from manifests.generator.project import SERVER, Project
from video_mcp.types import JsonObject

BASE_URL, API_KEY = "VIDEO_MCP_BASE_URL", "VIDEO_MCP_API_KEY"
_REDIRECT = "https://insiders.vscode.dev/redirect/mcp/install"
_CURSOR = "https://cursor.com/en/install-mcp"
_BADGE = "https://img.shields.io/badge"


def started_by_uvx(project: Project) -> JsonObject:
    """Return the command that runs the published package without installing it first."""
    return {"command": "uvx", "args": [project.name]}


def vscode_link(project: Project, *, insiders: bool = False) -> str:
    """Return a link that VS Code opens; it asks for the address and, hidden, for the key."""
    inputs = [_prompt("video-gateway-url", "The gateway's address"), _prompt("video-gateway-key", "Its API key")]
    inputs[1]["password"] = True
    config: JsonObject = {
        **started_by_uvx(project),
        "env": {BASE_URL: "${input:video-gateway-url}", API_KEY: "${input:video-gateway-key}"},
    }
    quality = "&quality=insiders" if insiders else ""
    return f"{_REDIRECT}?name={SERVER}&inputs={_compact(inputs)}&config={_compact(config)}{quality}"


def cursor_link(project: Project) -> str:
    """Return a link that Cursor opens; the key comes from the environment that Cursor was started in."""
    config: JsonObject = {
        **started_by_uvx(project),
        "env": {BASE_URL: f"${{env:{BASE_URL}}}", API_KEY: f"${{env:{API_KEY}}}"},
    }
    encoded = base64.b64encode(json.dumps(config, separators=(",", ":")).encode()).decode()
    return f"{_CURSOR}?name={SERVER}&config={quote(encoded)}"


def install_buttons(project: Project) -> str:
    """Return the buttons as a README shows them."""
    links = {
        "VS Code": vscode_link(project),
        "VS Code Insiders": vscode_link(project, insiders=True),
        "Cursor": cursor_link(project),
    }
    return "\n".join(f"[![Install in {client}]({_badge(client)})]({link})" for client, link in links.items())


def _prompt(name: str, description: str) -> JsonObject:
    return {"type": "promptString", "id": name, "description": description}


def _compact(value: object) -> str:
    return quote(json.dumps(value, separators=(",", ":")), safe="")


def _badge(client: str) -> str:
    return f"{_BADGE}/Install_in-{quote(client.replace(' ', '_'))}-0098FF?style=flat-square"
