"""What a client is told about this server: the command, the address, and where the key comes from. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from video_mcp.cli.clients.locations import CLIENTS, ClientName
from video_mcp.errors import ConfigurationError
from video_mcp.types import JsonObject

KEY = "VIDEO_MCP_API_KEY"
BASE_URL = "VIDEO_MCP_BASE_URL"
INPUT_DIRS = "VIDEO_MCP_INPUT_DIRS"
INPUT_ID = "video-mcp-api-key"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerEntry:
    """This server as a client starts it.

    `forwarded` names variables that the client hands on from its own environment. With `asks_for_key` the client
    asks its user for the key and keeps it itself.
    """

    name: str
    command: str
    args: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    forwarded: tuple[str, ...] = ()
    asks_for_key: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerOptions:
    """What `install` was told; `known_key` is the one that this shell has already."""

    name: str = "video"
    base_url: str | None = None
    api_key: str | None = None
    key_variable: str | None = None
    known_key: str | None = None
    simulate: bool = False
    project: bool = False
    input_dirs: tuple[str, ...] = ()


def server_entry(client: ClientName, options: ServerOptions, command: tuple[str, ...]) -> ServerEntry:
    """Return the entry for a client; a project's file never holds the key itself.

    Raises:
        ConfigurationError: The client cannot do this.
    """
    first, *rest = command
    folders = {INPUT_DIRS: ",".join(options.input_dirs)} if options.input_dirs else {}
    if options.simulate:
        return ServerEntry(name=options.name, command=first, args=(*rest, "serve", "--simulate"), env=folders)
    env = {BASE_URL: options.base_url, **folders} if options.base_url else folders
    entry = ServerEntry(name=options.name, command=first, args=tuple(rest), env=env)
    return _with_key(client, options, entry)


def _with_key(client: ClientName, options: ServerOptions, entry: ServerEntry) -> ServerEntry:
    if options.project and options.api_key:
        raise ConfigurationError(
            ["a project's file is shared, so the key does not go into it; leave --api-key out or use --key-env"]
        )
    if client == "vscode" and not options.api_key and not options.key_variable:
        return _with_env(entry, f"${{input:{INPUT_ID}}}", asks_for_key=True)
    variable = options.key_variable or (KEY if options.project else None)
    if variable:
        return _referring(client, variable, entry)
    key = options.api_key or options.known_key
    return _with_env(entry, key) if key else entry


def _referring(client: ClientName, variable: str, entry: ServerEntry) -> ServerEntry:
    facts = CLIENTS[client]
    if client == "codex":
        if variable != KEY:
            raise ConfigurationError([f"Codex hands a variable on under its own name: call it {KEY}"])
        return ServerEntry(
            name=entry.name, command=entry.command, args=entry.args, env=entry.env, forwarded=(variable,)
        )
    if facts.reference is None:
        raise ConfigurationError([f"{facts.title} reads no variables in its configuration; use --api-key"])
    return _with_env(entry, facts.reference.format(name=variable))


def _with_env(entry: ServerEntry, key: str, *, asks_for_key: bool = False) -> ServerEntry:
    env = {**entry.env, KEY: key}
    return ServerEntry(name=entry.name, command=entry.command, args=entry.args, env=env, asks_for_key=asks_for_key)


def as_table(entry: ServerEntry, *, with_type: bool) -> JsonObject:
    """Return the entry as a client's file holds it."""
    table: JsonObject = {"type": "stdio"} if with_type else {}
    table |= {"command": entry.command, "args": [*entry.args]}
    if entry.forwarded:
        table["env_vars"] = [*entry.forwarded]
    return {**table, "env": dict(entry.env)} if entry.env else table


def is_ours(table: JsonObject) -> bool:
    """Return whether an entry starts this server, however it was written."""
    args = table.get("args")
    words = [table.get("command"), *(args if isinstance(args, list) else [])]
    return any("video-mcp" in word or "video_mcp" in word for word in words if isinstance(word, str))
