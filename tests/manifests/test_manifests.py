"""The manifests are valid, ask for what must be set, keep the key secret, and start this server."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import cast

import jsonschema
import pytest

from manifests.generate import ROOT
from manifests.generator.hosts import configuration
from manifests.generator.models_guide import MODES_IN_WORDS, models_guide
from manifests.generator.models_page import models_page, price_in_words
from manifests.generator.variables import Variable, variables
from tests.docs.configurations import objections, servers_of
from video_mcp.cli.clients.locations import CLIENTS, ClientName
from video_mcp.families.catalog import default_catalog
from video_mcp.families.prices.published import PRICES
from video_mcp.families.spec import MODES
from video_mcp.server.tools import definitions
from video_mcp.settings import Settings, load_settings

MANIFESTS = ROOT / "manifests"
REGISTRY_SCHEMA = ROOT.parent / "shared" / "schemas" / "mcp-registry-server.schema.json"

Object = dict[str, object]


def read(name: str) -> Object:
    return cast("Object", json.loads((MANIFESTS / name).read_text(encoding="utf-8")))


@pytest.mark.skipif(not REGISTRY_SCHEMA.is_file(), reason="the registry's schema lies beside the repository, not in it")
def test_server_json_is_what_the_registry_takes() -> None:
    schema = cast("Object", json.loads(REGISTRY_SCHEMA.read_text(encoding="utf-8")))
    jsonschema.validate(read("server.json"), schema)


def test_server_json_names_the_package_that_is_ours_with_every_setting() -> None:
    package = cast("list[Object]", read("server.json")["packages"])[0]
    variables_named = [str(item["name"]) for item in cast("list[Object]", package["environmentVariables"])]

    assert package["identifier"] == "video-mcp-gateway"
    assert variables_named == [variable.name for variable in variables()]
    assert len(str(read("server.json")["description"])) <= 100


def test_the_manifests_agree_on_the_version() -> None:
    package = cast("list[Object]", read("server.json")["packages"])[0]
    versions = {read(name)["version"] for name in ("server.json", "mcpb/manifest.json", "../gemini-extension.json")}

    assert versions == {package["version"]}


def test_the_bundle_lists_the_tools_in_the_tools_own_words() -> None:
    tools = definitions(default_catalog())

    assert read("mcpb/manifest.json")["tools"] == [
        {"name": tool.name, "description": tool.description} for tool in tools
    ]


def test_the_bundle_asks_for_what_must_be_set_and_hides_the_key() -> None:
    fields = cast("dict[str, Object]", read("mcpb/manifest.json")["user_config"])

    assert [name for name, field in fields.items() if field["required"]] == ["base_url", "api_key"]
    assert [name for name, field in fields.items() if field.get("sensitive")] == ["api_key"]
    assert all("default" in field for field in fields.values() if not field["required"])


def test_the_bundle_with_only_what_it_must_know_starts_a_server() -> None:
    manifest = read("mcpb/manifest.json")
    fields = cast("dict[str, Object]", manifest["user_config"])
    given = {"base_url": "https://gateway.example", "api_key": "sk-x"}
    values = {f"${{user_config.{name}}}": given.get(name, field.get("default")) for name, field in fields.items()}
    config = cast("Object", cast("Object", manifest["server"])["mcp_config"])
    filled_in = {name: str(values[str(text)]) for name, text in cast("Object", config["env"]).items()}
    assert cast("list[str]", config["args"])[-2:] == ["serve", "${user_config.input_dirs}"]
    assert values["${user_config.input_dirs}"] == ["${HOME}/Pictures", "${HOME}/Downloads", "${HOME}/Desktop"]
    assert (fields["input_dirs"]["type"], fields["input_dirs"]["multiple"]) == ("directory", True)
    assert fields["api_key_file"]["type"] == "file"

    said = {name.removeprefix("VIDEO_MCP_").lower(): text for name, text in filled_in.items() if text}
    assert load_settings(**said).missing() == ()


@pytest.mark.skipif(not (ROOT / "src").is_dir(), reason="there is no source here to pack")
def test_the_bundle_starts_what_is_packed_with_it() -> None:
    server = cast("Object", read("mcpb/manifest.json")["server"])

    assert (ROOT / str(server["entry_point"])).is_file()


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_configuration_starts_this_server(client: ClientName) -> None:
    text = configuration(client)
    whole: Object = tomllib.loads(text) if client == "codex" else cast("Object", json.loads(text))

    assert list(servers_of(whole)) == ["video"]
    assert list(objections(whole)) == []
    assert "VIDEO_MCP_API_KEY" in text


@pytest.mark.parametrize("client", [client for client in CLIENTS if client != "claude-desktop"])
def test_a_client_that_can_get_the_key_elsewhere_does_not_write_it_down(client: ClientName) -> None:
    assert "your-key" not in configuration(client)


def test_the_gemini_extension_asks_for_what_must_be_set() -> None:
    extension = read("../gemini-extension.json")
    asked = cast("list[Object]", extension["settings"])

    assert {item["envVar"]: item["sensitive"] for item in asked} == {
        "VIDEO_MCP_BASE_URL": False,
        "VIDEO_MCP_API_KEY": True,
    }
    (server,) = cast("dict[str, Object]", extension["mcpServers"]).values()
    assert (server["command"], server["args"]) == ("uvx", [extension["name"]])
    assert server["env"] == {str(item["envVar"]): f"${{{item['envVar']}}}" for item in asked}
    assert (ROOT / "skills" / "video-mcp" / "SKILL.md").is_file()


def test_smithery_asks_with_a_schema_and_names_every_variable_it_asks_for() -> None:
    text = (MANIFESTS / "smithery.yaml").read_text(encoding="utf-8")
    start = text.index("configSchema: ") + len("configSchema: ")
    schema, _end = json.JSONDecoder().raw_decode(text[start:])

    jsonschema.Draft202012Validator.check_schema(schema)
    assert cast("Object", schema)["required"] == ["base_url", "api_key"]
    named = set(re.findall(r"VIDEO_MCP_\w+", text))
    assert named == {f"VIDEO_MCP_{field.upper()}" for field in cast("Object", cast("Object", schema)["properties"])}


def test_the_container_runs_without_rights_and_knows_no_key() -> None:
    text = (MANIFESTS / "Dockerfile").read_text(encoding="utf-8")

    assert re.findall(r"^USER (\S+)$", text, re.MULTILINE) == ["video"]
    assert "VIDEO_MCP_API_KEY" not in text
    assert "VIDEO_MCP_HOST_OUTPUT_DIR" in text
    assert set(re.findall(r"(VIDEO_MCP_[A-Z_]+)[= ]", text)) <= {variable.name for variable in variables()}
    assert text.index("USER video") < text.index("ENTRYPOINT")


def test_every_setting_has_its_words_and_what_grants_access_is_a_secret() -> None:
    known = {variable.field: variable for variable in variables()}

    assert known.keys() == Settings.model_fields.keys()
    assert [name for name, variable in known.items() if variable.is_secret] == ["api_key", "database_url"]
    assert [name for name, variable in known.items() if variable.is_required] == ["base_url", "api_key"]
    assert all(variable.description.endswith((".", "?")) for variable in known.values())


def test_a_default_that_depends_on_the_machine_is_said_in_words() -> None:
    made = [name for name, field in Settings.model_fields.items() if field.default_factory is not None]

    assert all(_of(name).default_in_words and not _of(name).default for name in made)
    assert not any(str(Path.home()) in variable.default_in_words for variable in variables())


def _of(field: str) -> Variable:
    return next(variable for variable in variables() if variable.field == field)


def test_the_models_page_names_every_model_and_every_price() -> None:
    page = models_page(default_catalog())

    assert all(f"`{model}`" in page for model in default_catalog().ids())
    assert page.count("Vendor's price") >= len({price_in_words(price) for price in PRICES.values()})


def test_the_models_page_begins_with_what_to_choose_and_explains_every_mode() -> None:
    guide = models_guide(default_catalog())
    purposes = guide[: guide.index("## Modes")].splitlines()[6:-1]

    assert [row.count("|") for row in purposes] == [3] * 6
    assert all("`" in row.split("|")[2] for row in purposes)
    assert tuple(MODES_IN_WORDS) == MODES
    assert models_guide(default_catalog()) in models_page(default_catalog())


def test_retired_models_are_folded_and_families_with_current_models_come_first() -> None:
    page = models_page(default_catalog())
    unfolded = re.sub(r"<details>.*?</details>", "", page, flags=re.DOTALL)
    states = {spec.id: spec.lifecycle.state for spec in default_catalog().models()}
    listed = re.findall(r"^\| `([^`]+)`(?: \(\w+\))? \|", unfolded, re.MULTILINE)

    shown = [states[model] for model in listed if model in states]
    assert "retired" not in shown
    assert shown == sorted(shown, key=["current", "preview", "legacy", "ending"].index)
