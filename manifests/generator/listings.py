"""The listings that registries and hosts read: MCP registry, MCP bundle, Gemini extension, Smithery."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import mcp_types as types

from manifests.generator.project import COMMAND, OWNER, SERVER, TITLE, Project
from manifests.generator.variables import Variable
from video_mcp.types import JsonObject

_REGISTRY_SCHEMA = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"
_GLAMA_SCHEMA = "https://glama.ai/mcp/schemas/server.json"
_FOR_OPERATORS = frozenset(
    {"home", "host_output_dir", "database_url", "storage_url", "link_seconds", "log_level", "log_format"}
)
"""Settings that a form for a person on a desktop leaves out."""

_AS_ARGUMENTS = {"input_dirs": "${user_config.input_dirs}"}
"""Fields of several values: a host spreads them over the arguments, and over no variable."""

_FOLDER_PICKER: JsonObject = {
    "type": "directory",
    "title": "Input folders",
    "description": "Folders whose pictures, sounds and videos may be used.",
    "multiple": True,
    "required": False,
    "default": ["${HOME}/Pictures", "${HOME}/Downloads", "${HOME}/Desktop"],
}

_SMITHERY = """\
# Generated; change manifests/generator and run python -m manifests.generate.
startCommand:
  type: stdio
  configSchema: {schema}
  commandFunction: |-
    {function}
"""
_SMITHERY_FUNCTION = """\
(config) => {
  const names = NAMES;
  const given = Object.entries(config).filter(([, value]) => value !== undefined && value !== '');
  const env = Object.fromEntries(given.map(([field, value]) => [names[field], String(value)]));
  return { command: 'COMMAND', args: [], env };
}"""


def as_json(value: JsonObject) -> str:
    """Return a value as a file holds it."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def registry_listing(project: Project, variables: Iterable[Variable]) -> JsonObject:
    """Return `server.json` of the MCP registry."""
    return {
        "$schema": _REGISTRY_SCHEMA,
        "name": project.registry_name,
        "title": TITLE,
        "description": project.short_description,
        "version": project.version,
        "repository": {"url": project.repository, "source": "github"},
        "packages": [
            {
                "registryType": "pypi",
                "identifier": project.name,
                "version": project.version,
                "runtimeHint": "uvx",
                "transport": {"type": "stdio"},
                "environmentVariables": [_registry_variable(variable) for variable in variables],
            }
        ],
    }


def _registry_variable(variable: Variable) -> JsonObject:
    formats = {"number": "number", "folder": "filepath", "file": "filepath"}
    facts: JsonObject = {
        "name": variable.name,
        "description": variable.description,
        "format": formats.get(variable.kind, "string"),
        "isRequired": variable.is_required,
        "isSecret": variable.is_secret,
    }
    if variable.default:
        facts["default"] = variable.default
    return {**facts, "choices": [*variable.choices]} if variable.choices else facts


def bundle_manifest(project: Project, variables: Sequence[Variable], tools: Iterable[types.Tool]) -> JsonObject:
    """Return the manifest of the MCP bundle: the host's uv runs the source that lies beside it."""
    asked = [variable for variable in variables if variable.field not in _FOR_OPERATORS]
    return {
        "manifest_version": "0.4",
        "name": project.name,
        "display_name": TITLE,
        "version": project.version,
        "description": project.description,
        "author": {"name": f"{project.name} contributors", "url": project.repository},
        "repository": {"type": "git", "url": project.repository},
        "license": project.license,
        "keywords": [*project.keywords],
        "server": {
            "type": "uv",
            "entry_point": "src/video_mcp/__main__.py",
            "mcp_config": {
                "command": "uv",
                "args": ["run", "--no-dev", "--directory", "${__dirname}", COMMAND, "serve", *_AS_ARGUMENTS.values()],
                "env": {
                    variable.name: f"${{user_config.{variable.field}}}"
                    for variable in asked
                    if variable.field not in _AS_ARGUMENTS
                },
            },
        },
        "tools": [{"name": tool.name, "description": tool.description or ""} for tool in tools],
        "compatibility": {
            "platforms": ["darwin", "linux", "win32"],
            "runtimes": {"python": project.requires_python},
        },
        "user_config": {variable.field: _bundle_field(variable) for variable in asked},
    }


def _bundle_field(variable: Variable) -> JsonObject:
    """Return one field of the bundle's form.

    What is optional has a default, if only an empty one: a host leaves `${user_config.NAME}` standing without.
    That is why a number without a default is asked for as text.
    """
    if variable.field == "input_dirs":
        return _FOLDER_PICKER
    kinds = {"folder": "directory", "file": "file"}
    facts: JsonObject = {
        "type": kinds.get(variable.kind, "string"),
        "title": variable.title,
        "description": _with_choices(variable),
        "required": variable.is_required,
    }
    if variable.is_secret:
        return {**facts, "sensitive": True}
    if variable.is_required:
        return facts
    if variable.kind == "number" and variable.default:
        return {**facts, "type": "number", "default": _number(variable.default), **_bounds(variable)}
    return {**facts, "default": variable.default}


def _bounds(variable: Variable) -> JsonObject:
    bounds = {"min": variable.least, "max": variable.most}
    return {name: bound for name, bound in bounds.items() if bound is not None}


def _with_choices(variable: Variable) -> str:
    choices = f" One of: {', '.join(variable.choices)}." if variable.choices else ""
    return f"{variable.description}{choices}"


def gemini_extension(project: Project, variables: Iterable[Variable]) -> JsonObject:
    """Return the manifest of the Gemini CLI extension, which asks for what must be set.

    It lies at the top of the repository, as Gemini CLI wants it, and brings the skill in `skills/` with it.
    """
    required = [variable for variable in variables if variable.is_required]
    return {
        "name": project.name,
        "version": project.version,
        "description": project.description,
        "mcpServers": {
            SERVER: {
                "command": "uvx",
                "args": [project.name],
                "env": {variable.name: f"${{{variable.name}}}" for variable in required},
            }
        },
        "settings": [
            {
                "name": variable.title,
                "description": variable.description,
                "envVar": variable.name,
                "sensitive": variable.is_secret,
            }
            for variable in required
        ],
    }


def glama() -> JsonObject:
    """Return `glama.json`, by which the directory of that name knows the server's maintainers."""
    return {"$schema": _GLAMA_SCHEMA, "maintainers": [OWNER]}


def smithery(variables: Iterable[Variable]) -> str:
    """Return `smithery.yaml`; its schema is JSON, which YAML reads as it is."""
    asked = [variable for variable in variables if variable.field not in _FOR_OPERATORS]
    schema: JsonObject = {
        "type": "object",
        "required": [variable.field for variable in asked if variable.is_required],
        "additionalProperties": False,
        "properties": {variable.field: _smithery_field(variable) for variable in asked},
    }
    names = json.dumps({variable.field: variable.name for variable in asked}, indent=2)
    function = _SMITHERY_FUNCTION.replace("COMMAND", COMMAND).replace("NAMES", _indented(names, 2))
    return _SMITHERY.format(schema=_indented(json.dumps(schema, indent=2), 4), function=_indented(function, 4))


def _smithery_field(variable: Variable) -> JsonObject:
    facts: JsonObject = {"type": "number" if variable.kind == "number" else "string", "title": variable.title}
    facts["description"] = variable.description
    if variable.choices:
        facts["enum"] = [*variable.choices]
    if variable.default:
        facts["default"] = _number(variable.default) if variable.kind == "number" else variable.default
    return facts


def _number(text: str) -> float:
    return int(text) if text.isdecimal() else float(text)


def _indented(text: str, columns: int) -> str:
    """Indent every line but the first."""
    return text.replace("\n", "\n" + " " * columns)
