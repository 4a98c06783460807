"""The tool calls that a page shows: a list of objects with one key each, the tool's name."""

from __future__ import annotations

import json
from typing import cast

from pydantic import JsonValue

from video_mcp.families.catalog import default_catalog
from video_mcp.server.tools import definitions
from video_mcp.types import JsonObject

ORDINALS = ("FIRST", "SECOND", "THIRD", "FOURTH")
TOOLS = {
    tool.name: frozenset(cast("JsonObject", tool.input_schema["properties"])) for tool in definitions(default_catalog())
}

Call = tuple[str, JsonObject]


def calls_of(text: str) -> list[Call]:
    """Return a block's calls; each names a tool and arguments that exist."""
    calls: list[Call] = []
    for item in cast("list[dict[str, JsonObject]]", json.loads(text)):
        ((tool, arguments),) = item.items()
        assert arguments.keys() <= TOOLS[tool], f"{tool} has no {arguments.keys() - TOOLS[tool]}"
        calls.append((tool, arguments))
    return calls


def with_ids(value: JsonValue, ids: list[str]) -> JsonValue:
    """Return arguments with the ids of earlier videos in place of FIRST, SECOND and so on."""
    if isinstance(value, dict):
        return {name: with_ids(inner, ids) for name, inner in value.items()}
    if isinstance(value, list):
        return [with_ids(inner, ids) for inner in value]
    if isinstance(value, str):
        for ordinal, video_id in zip(ORDINALS, ids, strict=False):
            value = value.replace(ordinal, video_id)
    return value
