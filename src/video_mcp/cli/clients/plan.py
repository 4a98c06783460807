"""The change that `install` would make to a client's configuration, before anything is written. Pure."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping

from pydantic import JsonValue

from video_mcp.cli.clients import json_text, toml_text
from video_mcp.cli.clients.entry import INPUT_ID, ServerEntry, as_table, is_ours
from video_mcp.cli.clients.locations import CLIENTS, ClientName
from video_mcp.types import JsonObject

_KEY_INPUT: JsonObject = {
    "type": "promptString",
    "id": INPUT_ID,
    "description": "The video gateway's API key",
    "password": True,
}
_SECRET = re.compile(
    r"""(?ix) ( ["']? [\w.-]* (?:key|token|secret|password|authorization|credential) [\w.-]* ["']? \s*[:=]\s* )
        (["']) (?!\$) [^"'\r\n]+ \2 """
)
_TOKEN = re.compile(r"(?i)\b(?:sk|pk|ghp|gho|glpat|xox[abp])[-_][a-z0-9_-]{8,}|(?<=bearer )[^\s\"']+")
_MOST_LINE_CHARS = 200


def planned_change(existing: str, entry: ServerEntry, client: ClientName) -> str:
    """Return a configuration's text with this server in it, and everything else letter for letter as it was.

    Raises:
        ValueError: The text cannot be read or changed; it says why.
    """
    mark = "\ufeff" if existing.startswith("\ufeff") else ""
    change = _toml_change if client == "codex" else _json_change
    return mark + change(existing.removeprefix(mark), entry, client)


def block_to_paste(entry: ServerEntry, client: ClientName) -> str:
    """Return what an empty configuration would hold, its key hidden."""
    return hidden(planned_change("", entry, client))


def diff(before: str, after: str, file_name: str) -> str:
    """Return a change as people read it, with every key hidden."""
    lines = difflib.unified_diff(
        hidden(before).splitlines(),
        hidden(after).splitlines(),
        f"{file_name} (now)",
        f"{file_name} (then)",
        lineterm="",
        n=1,
    )
    return "\n".join(line[:_MOST_LINE_CHARS] for line in lines) or f"{file_name}: only a key changes"


def hidden(text: str) -> str:
    """Return a text with everything that is called or looks like a secret taken out."""
    return _TOKEN.sub("[hidden]", _SECRET.sub(r"\1\2[hidden]\2", text))


def _json_change(existing: str, entry: ServerEntry, client: ClientName) -> str:
    facts = CLIENTS[client]
    whole = _object(json_text.parse(existing), "the file")
    current = _current(_object(whole.get(facts.servers_key, {}), facts.servers_key), entry.name)
    table = as_table(entry, with_type=facts.writes_type)
    path = [facts.servers_key, entry.name]
    text = existing
    if current is None:
        text = json_text.put(text, path, table)
    else:
        for names, value in _differences(current, table):
            text = json_text.put(text, [*path, *names], value)
    if entry.asks_for_key and not _has_input(whole):
        text = json_text.append(text, "inputs", _KEY_INPUT)
    _verify(whole, _object(json_text.parse(text), "the file"), facts.servers_key, entry.name, table)
    return text


def _toml_change(existing: str, entry: ServerEntry, client: ClientName) -> str:
    facts = CLIENTS[client]
    whole = toml_text.parse(existing)
    current = _current(_object(whole.get(facts.servers_key, {}), facts.servers_key), entry.name)
    before: JsonObject = {**facts.defaults, **(current or {})}
    table = _merged(before, as_table(entry, with_type=False), entry.forwarded)
    return existing if table == current else toml_text.put_table(existing, (facts.servers_key, entry.name), table)


def _current(servers: JsonObject, name: str) -> JsonObject | None:
    """Return the entry of this name, which has to be ours."""
    if name not in servers:
        return None
    current = _object(servers[name], name)
    if not is_ours(current):
        msg = f"it has another server called {name}; choose a name of its own with --name"
        raise ValueError(msg)
    return current


def _differences(current: JsonObject, table: JsonObject) -> list[tuple[list[str], JsonValue]]:
    """Return what is to be set, each with the names that lead to it; what else an entry holds stays."""
    changes: list[tuple[list[str], JsonValue]] = []
    for name, value in table.items():
        before = current.get(name)
        if isinstance(value, dict) and isinstance(before, dict):
            changes += [([name, inner], setting) for inner, setting in value.items() if before.get(inner) != setting]
        elif before != value:
            changes.append(([name], value))
    return changes


def _merged(current: JsonObject, table: JsonObject, forwarded: tuple[str, ...]) -> JsonObject:
    before = _object(current.get("env", {}), "env")
    wanted = _object(table.get("env", {}), "env")
    env: JsonObject = {name: value for name, value in {**before, **wanted}.items() if name not in forwarded}
    merged: JsonObject = {**current, **table}
    merged.pop("env", None)
    return {**merged, "env": env} if env else merged


def _has_input(whole: JsonObject) -> bool:
    inputs = whole.get("inputs")
    return isinstance(inputs, list) and any(isinstance(item, dict) and item.get("id") == INPUT_ID for item in inputs)


def _object(value: JsonValue, called: str) -> JsonObject:
    if isinstance(value, dict):
        return value
    msg = f"{called} is not an object"
    raise ValueError(msg)


def _verify(before: JsonObject, after: JsonObject, servers_key: str, name: str, table: JsonObject) -> None:
    """Compare the two texts as they are read; a defect of ours must never reach somebody's file."""
    servers = {**_object(before.get(servers_key, {}), servers_key)}
    now = _object(after.get(servers_key, {}), servers_key)
    ours = _object(now.get(name), name)
    expected: Mapping[str, JsonValue] = {**before, servers_key: {**servers, name: ours}}
    same = {key: value for key, value in after.items() if key != "inputs" or key in before}
    if {**expected, "inputs": None} != {**same, "inputs": None} or _differences(ours, table):
        msg = f"it would not come out right ({json.dumps(servers_key)})"
        raise ValueError(msg)
