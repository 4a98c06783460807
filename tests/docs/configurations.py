"""Is a block of configuration one that a client takes, and does it start this server?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from tests.docs.commands import OWN_COMMANDS, own_objection
from video_mcp.environment import PREFIX
from video_mcp.settings import Settings

SETTINGS = frozenset(f"{PREFIX}{name.upper()}" for name in Settings.model_fields)
_ENTRY_KEYS = frozenset(
    {"type", "command", "args", "env", "env_vars", "timeout", "tool_timeout_sec", "startup_timeout_sec", "required"}
)

Object = dict[str, object]


def servers_of(whole: Object) -> Object:
    """Return the servers of a client's configuration, whichever client it is; empty for anything else."""
    for key in ("mcpServers", "servers", "mcp_servers"):
        if key in whole:
            return cast("Object", whole[key])
    return {}


def objections(whole: Object) -> Iterator[str]:
    """Yield what is wrong with a client's configuration."""
    for name, entry in servers_of(whole).items():
        yield from (f"{name}: {objection}" for objection in _entry_objections(cast("Object", entry)))
    asked = {str(item["id"]) for item in cast("list[Object]", whole.get("inputs", []))}
    for value in _environment(whole):
        if value.startswith("${input:") and value.removeprefix("${input:").removesuffix("}") not in asked:
            yield f"{value} is asked for nowhere"


def _entry_objections(entry: Object) -> Iterator[str]:
    yield from (f"no client reads {key}" for key in entry.keys() - _ENTRY_KEYS)
    if entry.get("type", "stdio") != "stdio":
        yield f"its type is {entry['type']}"
    if entry.get("command") not in OWN_COMMANDS:
        yield f"it starts {entry.get('command')}"
    trouble = own_objection(cast("list[str]", entry.get("args", [])))
    if trouble:
        yield trouble
    named = {*cast("Object", entry.get("env", {})), *cast("list[str]", entry.get("env_vars", []))}
    yield from (f"{name} is not a setting" for name in named - SETTINGS)


def _environment(whole: Object) -> Iterator[str]:
    for entry in servers_of(whole).values():
        yield from map(str, cast("Object", cast("Object", entry).get("env", {})).values())
