from __future__ import annotations

import json
from typing import cast

import jsonschema
import pytest
from pydantic import JsonValue

from video_mcp.errors import InvalidRequest
from video_mcp.families.catalog import default_catalog
from video_mcp.families.validation.check import check_request
from video_mcp.server.arguments import ListArguments
from video_mcp.server.model_listing import catalog_json, list_models, model_json
from video_mcp.server.schema import create_schema

CATALOG = default_catalog()
MOST_BYTES_OF_ALL = 8_000


def rows(arguments: ListArguments, usable: frozenset[str] | None = None) -> list[dict[str, JsonValue]]:
    models = list_models(CATALOG, arguments, usable)[1]["models"]
    assert isinstance(models, list)
    return [row for row in models if isinstance(row, dict)]


def test_every_model_has_one_short_row() -> None:
    text, structured = list_models(CATALOG, ListArguments(), None)
    assert [row["id"] for row in rows(ListArguments())] == CATALOG.ids()
    assert [line.split(":")[0] for line in text.splitlines()[1:]] == CATALOG.ids()
    assert len(text.encode()) + len(json.dumps(structured, separators=(",", ":"))) <= MOST_BYTES_OF_ALL


def test_a_row_has_the_price_of_a_second_where_one_is_known() -> None:
    prices = {row["id"]: row.get("usd_per_second") for row in rows(ListArguments())}
    assert prices["sora-2"] == 0.1
    assert prices["kling-v3"] == 0.084
    assert "sora-2: t2v i2v reference_images; 4, 8 or 12; $0.1/s" in list_models(CATALOG, ListArguments(), None)[0]


def test_a_row_says_what_can_be_asked() -> None:
    (row,) = (row for row in rows(ListArguments(family="kling")) if row["id"] == "kling-v2-6")
    assert row == {
        "id": "kling-v2-6",
        "family": "kling",
        "modes": ["t2v", "i2v", "multi_i2v", "extend"],
        "seconds": "5 or 10",
        "resolution": "720p or 1080p",
        "aspect_ratio": "16:9, 9:16 or 1:1",
        "references": "4 images",
        "audio": "switch",
    }


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (ListArguments(family="sora"), 2),
        (ListArguments(mode="edit"), len(CATALOG.models(mode="edit"))),
        (ListArguments(family="veo", mode="i2v_first_last"), len(CATALOG.models(family="veo", mode="i2v_first_last"))),
    ],
)
def test_family_and_mode_filter(arguments: ListArguments, count: int) -> None:
    found = rows(arguments)
    assert 0 < len(found) == count
    for row in found:
        assert arguments.family in (None, row["family"])
        assert arguments.mode is None or arguments.mode in row["modes"]  # pyright: ignore[reportOperatorIssue] - a list


def test_what_the_key_may_use_is_told_where_the_gateway_tells_it() -> None:
    known = frozenset({"veo3.1", "kling-video"})
    usable = {row["id"]: row.get("usable") for row in rows(ListArguments(), known)}
    assert usable["veo3.1"] is None
    assert usable["kling-v3"] is None
    assert usable["sora-2"] is False
    assert {row["id"]: row["usable"] for row in rows(ListArguments(family="veo"), known)}["veo3.1"] is True
    assert all("usable" not in row for row in rows(ListArguments()))


@pytest.mark.parametrize("model", CATALOG.ids())
def test_a_model_in_full_has_schema_limits_and_examples_that_work(model: str) -> None:
    (full,) = rows(ListArguments(model=model))
    schema, examples, limits = full["schema"], full["examples"], full["limits"]
    assert isinstance(schema, dict)
    assert isinstance(examples, dict)
    assert limits
    assert list(examples) == full["modes"]
    for arguments in examples.values():
        assert isinstance(arguments, dict)
        jsonschema.validate(arguments, schema)
        jsonschema.validate(arguments, create_schema(CATALOG))
        check_request(CATALOG, arguments, "strict")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (ListArguments(model="veo3.2"), "Did you mean veo3"),
        (ListArguments(family="pika"), "families are veo"),
        (ListArguments(family="sora", mode="edit"), "knows edit"),
    ],
)
def test_what_does_not_exist_is_told_with_what_does(arguments: ListArguments, words: str) -> None:
    with pytest.raises(InvalidRequest, match=words):
        list_models(CATALOG, arguments, None)


def test_the_resources_show_the_same() -> None:
    assert [row["id"] for row in cast("list[dict[str, object]]", catalog_json(CATALOG)["models"])] == CATALOG.ids()
    assert model_json(CATALOG, "veo3.1") == list_models(CATALOG, ListArguments(model="veo3.1"), None)[1]
