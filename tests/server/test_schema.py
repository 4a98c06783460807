from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from pydantic import JsonValue

from tests.snapshot import assert_matches_snapshot
from video_mcp.families.catalog import default_catalog
from video_mcp.families.spec import MODES
from video_mcp.server.answer_models import VideoJob
from video_mcp.server.schema import create_schema, plain
from video_mcp.server.tools import definitions

MOST_BYTES = 10_000
REJECTED = {"$ref", "$defs", "oneOf", "anyOf", "allOf", "not", "if", "definitions", "$dynamicRef", "discriminator"}


def tools_as_sent() -> list[dict[str, JsonValue]]:
    return [tool.model_dump(by_alias=True, exclude_none=True, mode="json") for tool in definitions(default_catalog())]


def nodes(schema: JsonValue, path: str = "") -> Iterator[tuple[str, dict[str, JsonValue]]]:
    if isinstance(schema, dict):
        yield path, schema
        for name, child in schema.items():
            yield from nodes(child, f"{path}/{name}")
    elif isinstance(schema, list):
        for index, child in enumerate(schema):
            yield from nodes(child, f"{path}/{index}")


def schemas() -> list[tuple[str, JsonValue]]:
    return [
        (f"{tool['name']}.{side}", tool[side]) for tool in tools_as_sent() for side in ("inputSchema", "outputSchema")
    ]


@pytest.mark.parametrize(("name", "schema"), schemas(), ids=[name for name, _schema in schemas()])
def test_a_schema_holds_nothing_that_a_client_rejects(name: str, schema: JsonValue) -> None:
    assert isinstance(schema, dict)
    assert schema["type"] == "object"
    for path, node in nodes(schema):
        where = f"{name}{path}"
        if path.endswith("/properties"):
            assert all(isinstance(child, dict) and child for child in node.values()), f"{where} has an empty property"
            continue
        assert not REJECTED & node.keys(), where
        assert not isinstance(node.get("type"), list), where
        if node.get("type") == "array":
            assert isinstance(node.get("items"), dict), where
        if "enum" in node:
            assert node["enum"], where
            assert None not in node["enum"], where  # pyright: ignore[reportOperatorIssue] - an enum is a list


@pytest.mark.parametrize("tool", tools_as_sent(), ids=[str(tool["name"]) for tool in tools_as_sent()])
def test_an_input_schema_has_no_null_and_describes_every_argument(tool: dict[str, JsonValue]) -> None:
    schema = tool["inputSchema"]
    assert isinstance(schema, dict)
    assert "null" not in json.dumps(schema)
    assert isinstance(schema["properties"], dict)
    for name, argument in schema["properties"].items():
        assert isinstance(argument, dict)
        assert argument.get("description"), name


@pytest.mark.parametrize("tool", tools_as_sent(), ids=[str(tool["name"]) for tool in tools_as_sent()])
def test_no_schema_speaks_of_additional_properties(tool: dict[str, JsonValue]) -> None:
    """Some clients walk `additionalProperties` as a schema and fail on true and false."""
    assert "additionalProperties" not in json.dumps(tool)


def test_output_schemas_spell_what_typed_clients_need() -> None:
    outputs = {str(tool["name"]): tool["outputSchema"] for tool in tools_as_sent()}
    for name in ("create_video", "get_video_status", "fetch_video"):
        assert '"file": {"type": "object", "properties": {"path": {"type": "string"}' in json.dumps(outputs[name])
    assert '"items": {"type": "object", "properties": {"id": {"type": "string"}' in json.dumps(outputs["list_models"])


def test_the_schema_says_how_long_a_call_waits() -> None:
    waits = [tool.input_schema["properties"].get("wait_seconds") for tool in definitions(default_catalog(), 20)]
    assert [wait["description"] for wait in waits if wait] == ["At most 600; default 20; 0 answers at once."] * 3


def test_all_four_tools_together_fit_the_budget() -> None:
    assert len(json.dumps(tools_as_sent(), separators=(",", ":"), ensure_ascii=False).encode()) <= MOST_BYTES


def test_the_tools_are_those_of_the_contract_in_their_order() -> None:
    assert [tool["name"] for tool in tools_as_sent()] == [
        "create_video",
        "get_video_status",
        "fetch_video",
        "list_models",
    ]


def test_every_tool_has_a_title_and_true_annotations() -> None:
    by_name = {tool.name: tool for tool in definitions(default_catalog())}
    assert all(tool.title and tool.description and tool.output_schema for tool in by_name.values())
    reads_only = {name: tool.annotations.read_only_hint for name, tool in by_name.items() if tool.annotations}
    assert reads_only == {
        "create_video": False,
        "get_video_status": True,
        "fetch_video": False,
        "list_models": True,
    }
    spending = by_name["create_video"].annotations
    assert spending is not None
    assert not spending.idempotent_hint


def test_the_arguments_of_create_video_are_those_of_the_contract() -> None:
    properties = create_schema(default_catalog())["properties"]
    assert isinstance(properties, dict)
    assert list(properties) == [
        *("model", "prompt", "mode", "seconds", "aspect_ratio", "resolution", "size", "image", "end_image"),
        *("reference_images", "reference_videos", "reference_audios", "source_video", "negative_prompt", "seed"),
        *("audio", "options", "wait_seconds", "allow_duplicate", "dry_run"),
    ]


def test_the_schema_follows_the_catalogue_and_is_not_written_by_hand() -> None:
    catalog = default_catalog(("my-own-model",))
    properties = create_schema(catalog)["properties"]
    assert isinstance(properties, dict)
    model, mode = properties["model"], properties["mode"]
    assert isinstance(model, dict)
    assert isinstance(mode, dict)
    assert model["enum"] == catalog.ids()
    assert "my-own-model" in catalog.ids()
    assert mode["enum"] == [mode for mode in MODES if catalog.models(mode=mode)]


def test_a_pydantic_schema_loses_references_titles_and_null() -> None:
    text = json.dumps(plain(VideoJob.model_json_schema()))
    assert all(word not in text for word in ('"$ref"', '"$defs"', '"anyOf"', '"title"', "null"))


def test_any_change_of_the_tools_is_seen_in_review(update_snapshots: bool) -> None:
    assert_matches_snapshot("tools.json", tools_as_sent(), update=update_snapshots)
