"""The buttons and plugins start the published package, keep the key secret, and carry the skill."""

from __future__ import annotations

import base64
import json
import re
from typing import cast
from urllib.parse import parse_qs, urlparse

import pytest

from manifests.generate import ROOT
from manifests.generator.buttons import badges, install_buttons
from manifests.generator.project import Project, read_project
from video_mcp.families.catalog import default_catalog
from video_mcp.server.tools import definitions

Object = dict[str, object]
SKILL = (ROOT / "skills" / "video-mcp" / "SKILL.md").read_text(encoding="utf-8")


def project() -> Project:
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return read_project(pyproject, (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))


def read(path: str) -> Object:
    return cast("Object", json.loads((ROOT / path).read_text(encoding="utf-8")))


def query(link: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlparse(link).query, strict_parsing=True).items()}


def links_in_the_readme() -> dict[str, str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return dict(re.findall(r"\[!\[Install in ([^\]]+)\]\([^)]*\)\]\(([^)]*)\)", text))


@pytest.mark.parametrize(("client", "quality"), [("VS Code", None), ("VS Code Insiders", "insiders")])
def test_the_vs_code_button_starts_the_package_and_hides_the_key(client: str, quality: str | None) -> None:
    given = query(links_in_the_readme()[client])
    config = cast("Object", json.loads(given["config"]))
    inputs = {str(item["id"]): item for item in cast("list[Object]", json.loads(given["inputs"]))}
    environment = cast("dict[str, str]", config["env"])

    assert (config["command"], config["args"]) == ("uvx", [project().name])
    assert given.get("quality") == quality
    key = environment["VIDEO_MCP_API_KEY"].removeprefix("${input:").removesuffix("}")
    assert inputs[key]["password"] is True
    assert {value.removeprefix("${input:").removesuffix("}") for value in environment.values()} == set(inputs)


def test_the_cursor_button_refers_to_the_key_as_the_client_configuration_does() -> None:
    config = cast("Object", json.loads(base64.b64decode(query(links_in_the_readme()["Cursor"])["config"])))
    manifest = cast("dict[str, Object]", read("manifests/clients/cursor.json")["mcpServers"])["video"]
    environment, written = cast("Object", config["env"]), cast("Object", manifest["env"])

    assert (config["command"], config["args"]) == ("uvx", [project().name])
    assert environment.keys() == written.keys()
    assert environment["VIDEO_MCP_API_KEY"] == written["VIDEO_MCP_API_KEY"]


def test_there_are_four_badges() -> None:
    pictures = re.findall(r"^\[!\[([A-Z]\w+)\]\(https://[^)]+\)\]\(([^)]+)\)$", badges(project()), re.MULTILINE)

    assert [title for title, _link in pictures] == ["Tests", "Version", "Python", "Licence"]
    assert all((ROOT / link).is_file() for _title, link in pictures[1:])


def test_each_button_is_a_picture_with_words_that_leads_to_its_client() -> None:
    buttons = install_buttons(project())

    assert re.findall(r"\[!\[([^\]]+)\]", buttons) == [
        "Install in VS Code",
        "Install in VS Code Insiders",
        "Install in Cursor",
    ]


def test_the_plugins_carry_the_server_and_the_version_of_the_package() -> None:
    claude, codex = read(".claude-plugin/plugin.json"), read("manifests/codex-plugin/.codex-plugin/plugin.json")
    servers = cast("dict[str, Object]", read("manifests/codex-plugin/.mcp.json")["mcpServers"])

    assert claude["mcpServers"] == servers
    assert servers["video"]["command"] == "uvx"
    assert claude["version"] == codex["version"] == project().version


def test_each_marketplace_leads_to_a_plugin_that_is_there() -> None:
    claude = cast("list[Object]", read(".claude-plugin/marketplace.json")["plugins"])
    codex = cast("list[Object]", read(".agents/plugins/marketplace.json")["plugins"])
    codex_path = str(cast("Object", codex[0]["source"])["path"])

    assert (ROOT / str(claude[0]["source"]) / ".claude-plugin" / "plugin.json").is_file()
    assert (ROOT / str(claude[0]["source"]) / "skills" / "video-mcp" / "SKILL.md").is_file()
    assert (ROOT / codex_path / ".codex-plugin" / "plugin.json").is_file()
    assert (ROOT / codex_path / "skills" / "video-mcp" / "SKILL.md").is_file()


def test_the_skill_is_short_and_names_only_tools_and_arguments_that_exist() -> None:
    tools = {tool.name: tool for tool in definitions(default_catalog())}
    properties = {name for tool in tools.values() for name in cast("Object", tool.input_schema["properties"])}
    written = set(re.findall(r"`(\w+)(?::(?!//)|`)", SKILL))
    answers = {"join", "status", "needs_confirmation", "charged", "video_id", "warnings", "poster", "options"}

    assert SKILL.count("\n") < 150
    assert SKILL.startswith("---\nname: video-mcp\ndescription: ")
    assert set(tools) <= written
    assert written - set(tools) - properties - answers <= {"edit"}


def test_the_skill_s_table_of_models_leads_to_models_that_exist() -> None:
    table = (ROOT / "skills" / "video-mcp" / "references" / "models.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)

    assert named
    assert set(named) <= set(default_catalog().ids())
