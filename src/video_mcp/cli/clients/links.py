"""Links that install this server with one click, in the clients that open such links. Pure."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Literal
from urllib.parse import quote

from video_mcp.cli.clients.entry import BASE_URL, KEY, ServerEntry
from video_mcp.cli.clients.locations import ClientName
from video_mcp.types import JsonObject

_VSCODE = "https://insiders.vscode.dev/redirect/mcp/install"
_CURSOR = "https://cursor.com/en/install-mcp"
_URL_INPUT, _KEY_INPUT = "video-gateway-url", "video-gateway-key"
_QUESTIONS = {_URL_INPUT: "The gateway's address", _KEY_INPUT: "Its API key"}


def install_link(client: ClientName, entry: ServerEntry) -> str | None:
    """Return a link that installs an entry, or None for a client that opens no such links.

    The key is never in it: VS Code prompts for it, and Cursor reads it from the environment that it was started in.
    """
    match client:
        case "vscode":
            return vscode_link(entry)
        case "cursor":
            return cursor_link(entry)
        case "claude-desktop" | "claude-code" | "windsurf" | "gemini" | "codex":
            return None


def vscode_link(entry: ServerEntry, *, quality: Literal["stable", "insiders"] = "stable") -> str:
    """Return a link that VS Code opens; it prompts for the address, if that is not known, and for the key."""
    env = _environment(entry, {BASE_URL: f"${{input:{_URL_INPUT}}}", KEY: f"${{input:{_KEY_INPUT}}}"})
    inputs = [_prompt(name) for name in _QUESTIONS if f"${{input:{name}}}" in env.values()]
    query = f"name={quote(entry.name)}&inputs={_compact(inputs)}&config={_compact(_config(entry, env))}"
    return f"{_VSCODE}?{query}{'&quality=insiders' if quality == 'insiders' else ''}"


def cursor_link(entry: ServerEntry) -> str:
    """Return a link that Cursor opens."""
    env = _environment(entry, {name: f"${{env:{name}}}" for name in (BASE_URL, KEY)})
    encoded = base64.b64encode(json.dumps(_config(entry, env), separators=(",", ":")).encode()).decode()
    return f"{_CURSOR}?name={quote(entry.name)}&config={quote(encoded)}"


def _environment(entry: ServerEntry, references: Mapping[str, str]) -> dict[str, str]:
    """Return the variables to set: the address where it is known, and a reference in place of all else."""
    if "--simulate" in entry.args:
        return {}
    return {**references, **{name: value for name, value in entry.env.items() if name == BASE_URL}}


def _config(entry: ServerEntry, env: Mapping[str, str]) -> JsonObject:
    config: JsonObject = {"command": entry.command, "args": [*entry.args]}
    return {**config, "env": dict(env)} if env else config


def _prompt(name: str) -> JsonObject:
    prompt: JsonObject = {"type": "promptString", "id": name, "description": _QUESTIONS[name]}
    return {**prompt, "password": True} if name == _KEY_INPUT else prompt


def _compact(value: object) -> str:
    return quote(json.dumps(value, separators=(",", ":")), safe="")
