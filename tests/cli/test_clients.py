"""Where each client keeps its servers, on each system."""

from __future__ import annotations

from pathlib import PurePath, PurePosixPath, PureWindowsPath

import pytest

from video_mcp.cli.clients.locations import CLIENTS, ClientName, Platform, config_path, project_path, skills_path

MAC = PurePosixPath("/Users/ann")
LINUX = PurePosixPath("/home/ann")
WINDOWS = PureWindowsPath("C:/Users/ann")
ROAMING = {"APPDATA": r"D:\Profile\Roaming"}
XDG = {"XDG_CONFIG_HOME": "/home/ann/etc"}


@pytest.mark.parametrize(
    ("client", "platform", "home", "folders", "expected"),
    [
        ("claude-desktop", "darwin", MAC, {}, "Library/Application Support/Claude/claude_desktop_config.json"),
        ("claude-desktop", "win32", WINDOWS, {}, r"AppData\Roaming\Claude\claude_desktop_config.json"),
        ("claude-desktop", "win32", WINDOWS, ROAMING, r"D:\Profile\Roaming\Claude\claude_desktop_config.json"),
        ("claude-desktop", "linux", LINUX, {}, ".config/Claude/claude_desktop_config.json"),
        ("claude-desktop", "linux", LINUX, XDG, "/home/ann/etc/Claude/claude_desktop_config.json"),
        ("vscode", "darwin", MAC, {}, "Library/Application Support/Code/User/mcp.json"),
        ("vscode", "win32", WINDOWS, ROAMING, r"D:\Profile\Roaming\Code\User\mcp.json"),
        ("vscode", "linux", LINUX, {}, ".config/Code/User/mcp.json"),
        ("claude-code", "darwin", MAC, {}, ".claude.json"),
        ("claude-code", "win32", WINDOWS, ROAMING, ".claude.json"),
        ("claude-code", "linux", LINUX, {"CLAUDE_CONFIG_DIR": "/etc/claude"}, "/etc/claude/.claude.json"),
        ("cursor", "darwin", MAC, {}, ".cursor/mcp.json"),
        ("cursor", "win32", WINDOWS, ROAMING, r".cursor\mcp.json"),
        ("windsurf", "linux", LINUX, XDG, ".codeium/windsurf/mcp_config.json"),
        ("windsurf", "win32", WINDOWS, {}, r".codeium\windsurf\mcp_config.json"),
        ("gemini", "darwin", MAC, {}, ".gemini/settings.json"),
        ("codex", "linux", LINUX, {}, ".codex/config.toml"),
        ("codex", "win32", WINDOWS, {"CODEX_HOME": r"E:\codex"}, r"E:\codex\config.toml"),
    ],
)
def test_the_users_file(
    client: ClientName, platform: Platform, home: PurePath, folders: dict[str, str], expected: str
) -> None:
    assert config_path(client, platform, home, folders) == home / expected


def test_every_client_has_a_place_on_every_system() -> None:
    for client in CLIENTS:
        assert config_path(client, "darwin", MAC, {}).is_relative_to(MAC)
        assert config_path(client, "win32", WINDOWS, {}).is_relative_to(WINDOWS)
        assert config_path(client, "linux", LINUX, {}).is_relative_to(LINUX)


def test_a_projects_file_lies_in_the_project() -> None:
    found = {client: project_path(client, PurePosixPath("/p")) for client in CLIENTS}
    assert {client: str(path) for client, path in found.items() if path is not None} == {
        "claude-code": "/p/.mcp.json",
        "cursor": "/p/.cursor/mcp.json",
        "vscode": "/p/.vscode/mcp.json",
        "gemini": "/p/.gemini/settings.json",
        "codex": "/p/.codex/config.toml",
    }


def test_each_client_but_claude_desktop_reads_skills() -> None:
    found = {client: skills_path(client, LINUX, {}) for client in CLIENTS}
    assert {client: str(path) for client, path in found.items() if path is not None} == {
        "claude-code": "/home/ann/.claude/skills",
        "cursor": "/home/ann/.cursor/skills",
        "vscode": "/home/ann/.copilot/skills",
        "windsurf": "/home/ann/.codeium/windsurf/skills",
        "gemini": "/home/ann/.gemini/skills",
        "codex": "/home/ann/.agents/skills",
    }
    assert str(skills_path("claude-code", LINUX, {"CLAUDE_CONFIG_DIR": "/etc/claude"})) == "/etc/claude/skills"
