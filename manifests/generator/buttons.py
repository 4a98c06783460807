"""The README's install buttons and badges."""

from __future__ import annotations

from urllib.parse import quote

from manifests.generator.project import SERVER, Project
from video_mcp.cli.clients.entry import ServerEntry
from video_mcp.cli.clients.links import cursor_link, vscode_link
from video_mcp.types import JsonObject

BASE_URL, API_KEY = "VIDEO_MCP_BASE_URL", "VIDEO_MCP_API_KEY"
_BADGE = "https://img.shields.io"


def started_by_uvx(project: Project) -> JsonObject:
    """Return the command that runs the published package without installing it first."""
    return {"command": "uvx", "args": [project.name]}


def published_entry(project: Project) -> ServerEntry:
    """Return the published package as a client starts it."""
    return ServerEntry(name=SERVER, command="uvx", args=(project.name,))


def install_buttons(project: Project) -> str:
    """Return the buttons as a README shows them."""
    entry = published_entry(project)
    links = {
        "VS Code": vscode_link(entry),
        "VS Code Insiders": vscode_link(entry, quality="insiders"),
        "Cursor": cursor_link(entry),
    }
    return "\n".join(f"[![Install in {client}]({_button(client)})]({link})" for client, link in links.items())


def badges(project: Project) -> str:
    """Return the four badges: tests, version, Python, licence; all but the first are true before publication too."""
    workflow = f"{project.repository}/actions/workflows/test.yml"
    shown = (
        ("Tests", f"{workflow}/badge.svg", workflow),
        ("Version", _static("version", project.version), "CHANGELOG.md"),
        ("Python", _static("python", project.requires_python), "docs/getting-started.md"),
        ("Licence", _static("licence", project.license), "LICENSE"),
    )
    return "\n".join(f"[![{title}]({picture})]({link})" for title, picture, link in shown)


def _static(label: str, value: str) -> str:
    return f"{_BADGE}/badge/{label}-{quote(value.replace('-', '--'))}-blue"


def _button(client: str) -> str:
    return f"{_BADGE}/badge/Install_in-{quote(client.replace(' ', '_'))}-0098FF?style=flat-square"
