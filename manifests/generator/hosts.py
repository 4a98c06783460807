"""How each client is told about this server, written by the code that `video-mcp install` uses."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath

from manifests.generator.project import COMMAND, SERVER
from video_mcp.cli.clients.entry import KEY, ServerOptions, server_entry
from video_mcp.cli.clients.locations import CLIENTS, ClientName, config_path, project_path
from video_mcp.cli.clients.plan import planned_change

_GATEWAY = "https://your-gateway.example"
_KEY = "your-key"


def client_files() -> dict[str, str]:
    """Return a ready configuration for each client, by file name below `manifests/clients`."""
    return {f"{client}.{'toml' if client == 'codex' else 'json'}": configuration(client) for client in CLIENTS}


def configuration(client: ClientName) -> str:
    """Return what an empty configuration of a client holds once this server is in it.

    The key is never in it where the client can take it from the environment or ask for it.
    """
    return planned_change("", server_entry(client, _options(client), (COMMAND,)), client)


def _options(client: ClientName) -> ServerOptions:
    if client == "claude-desktop":
        return ServerOptions(name=SERVER, base_url=_GATEWAY, api_key=_KEY)
    variable = None if client == "vscode" else KEY
    return ServerOptions(name=SERVER, base_url=_GATEWAY, key_variable=variable)


def places_table() -> str:
    """Return where each client keeps its servers, as a table."""
    rows = ["| client | for you | on Windows, if elsewhere | for one project |", "|---|---|---|---|"]
    return "\n".join([*rows, *(_places(client) for client in CLIENTS)])


def _places(client: ClientName) -> str:
    own = {str(config_path(client, platform, PurePosixPath("~"), {})) for platform in ("linux", "darwin")}
    windows = str(config_path(client, "win32", PureWindowsPath("~"), {})).replace("\\", "/")
    project = project_path(client, PurePosixPath("."))
    cells = [
        CLIENTS[client].title,
        " or ".join(f"`{path}`" for path in sorted(own)),
        f"`{windows}`" if windows not in own else "",
        f"`{project}`" if project is not None else "",
    ]
    return f"| {' | '.join(cells)} |"
