"""The clients that `install` knows: where each keeps its servers, and how it writes one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from types import MappingProxyType
from typing import Literal, TypeVar, assert_never

from pydantic import JsonValue

ClientName = Literal["claude-desktop", "claude-code", "cursor", "vscode", "windsurf", "gemini", "codex"]
Platform = Literal["darwin", "win32", "linux"]

P = TypeVar("P", bound=PurePath)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientFacts:
    """How a client writes its servers.

    `reference` is how its file names an environment variable, `{name}` standing for it; None when it expands none.
    `project_file` lies below a project's folder; None when the client has no such file. `skills` and `project_skills`
    are the folders of agent skills below the home folder and below a project; None when the client reads none.
    `defaults` are settings of a server that a new entry gets and that an existing one keeps as its user set them.
    """

    title: str
    servers_key: str = "mcpServers"
    writes_type: bool = False
    reference: str | None = None
    project_file: tuple[str, ...] | None = None
    skills: tuple[str, ...] | None = None
    project_skills: tuple[str, ...] | None = None
    defaults: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    then: str = "Restart it to load the server."


CLIENTS: Mapping[ClientName, ClientFacts] = MappingProxyType(
    {
        "claude-desktop": ClientFacts(title="Claude Desktop", then="Quit and reopen Claude Desktop."),
        "claude-code": ClientFacts(
            title="Claude Code",
            writes_type=True,
            reference="${{{name}}}",
            project_file=(".mcp.json",),
            skills=(".claude", "skills"),
            project_skills=(".claude", "skills"),
            then="Start a new session; /mcp shows the server.",
        ),
        "cursor": ClientFacts(
            title="Cursor",
            reference="${{env:{name}}}",
            project_file=(".cursor", "mcp.json"),
            skills=(".cursor", "skills"),
            project_skills=(".cursor", "skills"),
            then="Cursor's settings, under MCP, show the server.",
        ),
        "vscode": ClientFacts(
            title="VS Code",
            servers_key="servers",
            writes_type=True,
            reference="${{env:{name}}}",
            project_file=(".vscode", "mcp.json"),
            skills=(".copilot", "skills"),
            project_skills=(".github", "skills"),
            then="Run `MCP: List Servers` and start it.",
        ),
        "windsurf": ClientFacts(
            title="Windsurf",
            reference="${{env:{name}}}",
            skills=(".codeium", "windsurf", "skills"),
            project_skills=(".windsurf", "skills"),
            then="Refresh the servers in Windsurf's MCP panel.",
        ),
        "gemini": ClientFacts(
            title="Gemini CLI",
            reference="${name}",
            project_file=(".gemini", "settings.json"),
            skills=(".gemini", "skills"),
            project_skills=(".gemini", "skills"),
            then="Start a new session; /mcp shows the server.",
        ),
        "codex": ClientFacts(
            title="Codex",
            servers_key="mcp_servers",
            project_file=(".codex", "config.toml"),
            skills=(".agents", "skills"),
            project_skills=(".agents", "skills"),
            defaults=MappingProxyType({"startup_timeout_sec": 30, "tool_timeout_sec": 120, "required": True}),
            then="Start a new session; /mcp shows the server.",
        ),
    }
)


def config_path(client: ClientName, platform: Platform, home: P, folders: Mapping[str, str]) -> P:
    """Return the file in which a client keeps the servers of its user.

    `folders` holds what the system names otherwise than usual: APPDATA, XDG_CONFIG_HOME, CODEX_HOME,
    CLAUDE_CONFIG_DIR.
    """
    match client:
        case "claude-desktop":
            return _application_folder(platform, home, folders) / "Claude" / "claude_desktop_config.json"
        case "vscode":
            return _application_folder(platform, home, folders) / "Code" / "User" / "mcp.json"
        case "claude-code":
            return home / folders.get("CLAUDE_CONFIG_DIR", "") / ".claude.json"
        case "cursor":
            return home / ".cursor" / "mcp.json"
        case "windsurf":
            return home / ".codeium" / "windsurf" / "mcp_config.json"
        case "gemini":
            return home / ".gemini" / "settings.json"
        case "codex":
            return home / folders.get("CODEX_HOME", ".codex") / "config.toml"
        case _:
            assert_never(client)


def project_path(client: ClientName, project: P) -> P | None:
    """Return the file in which a client keeps the servers of one project, if it has one."""
    names = CLIENTS[client].project_file
    return project.joinpath(*names) if names is not None else None


def skills_path(client: ClientName, home: P, folders: Mapping[str, str]) -> P | None:
    """Return the folder in which a client looks for its user's skills, if it reads skills."""
    names = CLIENTS[client].skills
    if client == "claude-code" and "CLAUDE_CONFIG_DIR" in folders:
        return home / folders["CLAUDE_CONFIG_DIR"] / "skills"
    return home.joinpath(*names) if names is not None else None


def project_skills_path(client: ClientName, project: P) -> P | None:
    """Return the folder in which a client looks for one project's skills, if it reads skills."""
    names = CLIENTS[client].project_skills
    return project.joinpath(*names) if names is not None else None


def _application_folder(platform: Platform, home: P, folders: Mapping[str, str]) -> P:
    match platform:
        case "darwin":
            return home / "Library" / "Application Support"
        case "win32":
            return home / folders.get("APPDATA", "AppData/Roaming")
        case "linux":
            return home / folders.get("XDG_CONFIG_HOME", ".config")
        case _:
            assert_never(platform)
