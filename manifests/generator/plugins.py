"""The agent skill, and the plugins of Claude Code and Codex that carry it together with the server."""

from __future__ import annotations

from manifests.generator.buttons import API_KEY, BASE_URL, started_by_uvx
from manifests.generator.listings import as_json
from manifests.generator.project import OWNER, SERVER, TITLE, Project
from video_mcp.cli.clients.skill import SKILL_NAME, skill_files
from video_mcp.families.catalog import Catalog
from video_mcp.types import JsonObject

_CODEX = "manifests/codex-plugin"


def plugin_files(project: Project, catalog: Catalog) -> dict[str, str]:
    """Return the skill and every plugin manifest, by path below the checkout."""
    skill = {f"{SKILL_NAME}/{path}": text for path, text in skill_files(catalog).items()}
    return {
        **{f"skills/{path}": text for path, text in skill.items()},
        ".claude-plugin/plugin.json": as_json(claude_plugin(project)),
        ".claude-plugin/marketplace.json": as_json(claude_marketplace(project)),
        ".agents/plugins/marketplace.json": as_json(codex_marketplace()),
        f"{_CODEX}/.codex-plugin/plugin.json": as_json(codex_plugin(project)),
        f"{_CODEX}/.mcp.json": as_json({"mcpServers": {SERVER: _server(project)}}),
        **{f"{_CODEX}/skills/{path}": text for path, text in skill.items()},
    }


def _server(project: Project) -> JsonObject:
    return {
        **started_by_uvx(project),
        "env": {BASE_URL: f"${{{BASE_URL}}}", API_KEY: f"${{{API_KEY}}}"},
    }


def _identity(project: Project) -> JsonObject:
    return {
        "name": SKILL_NAME,
        "version": project.version,
        "description": project.description,
        "author": {"name": f"{project.name} contributors", "url": project.repository},
        "homepage": project.repository,
        "repository": project.repository,
        "license": project.license,
        "keywords": [*project.keywords],
    }


def claude_plugin(project: Project) -> JsonObject:
    """Return the Claude Code plugin: the server, and the skill that lies in `skills/`."""
    return {**_identity(project), "mcpServers": {SERVER: _server(project)}}


def claude_marketplace(project: Project) -> JsonObject:
    """Return the catalogue through which Claude Code finds the plugin in this repository."""
    plugin: JsonObject = {"name": SKILL_NAME, "source": "./", "description": project.description}
    return {
        "name": SKILL_NAME,
        "owner": {"name": OWNER, "url": project.repository},
        "metadata": {"description": project.description},
        "plugins": [plugin],
    }


def codex_plugin(project: Project) -> JsonObject:
    """Return the Codex plugin."""
    return {**_identity(project), "skills": "./skills/", "mcpServers": "./.mcp.json"}


def codex_marketplace() -> JsonObject:
    """Return the catalogue through which Codex finds the plugin in this repository."""
    source: JsonObject = {"source": "local", "path": f"./{_CODEX}"}
    plugin: JsonObject = {
        "name": SKILL_NAME,
        "source": source,
        "policy": {"installation": "AVAILABLE", "authentication": "ON_INSTALL"},
        "category": "Media",
    }
    return {"name": SKILL_NAME, "interface": {"displayName": TITLE}, "plugins": [plugin]}
