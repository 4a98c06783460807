"""What one create says about one field never contradicts itself, for every kind of server and every family."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, get_args, get_origin

import pytest
from pydantic import JsonValue

from tests.gateway.requests import CATALOG, SELF_HOSTED
from video_mcp.errors import InvalidRequest
from video_mcp.families.examples import example
from video_mcp.families.params import Family
from video_mcp.families.spec import MEDIA_FIELDS, Mode, ModelSpec
from video_mcp.families.validation.check import check_request
from video_mcp.findings import Finding
from video_mcp.gateway.dialects import dialect_names, judge, profile_of
from video_mcp.types import Dialect, JsonObject

NOT_READ = "may not read"
# Pairs of messages about one field that were read and agree; a pair that is not here is a finding of this test.
AGREE = (
    ("is sent unchecked", NOT_READ),
    ("chooses its own frame rate", NOT_READ),
    ("Whether the gateway passes", NOT_READ),
    ("With is_rec Vidu writes", NOT_READ),
    ("in extend; it is sent and probably ignored", NOT_READ),
    ("means something in edit only", NOT_READ),
    ("it may be ignored", NOT_READ),
)
NOT_TRIED = {*MEDIA_FIELDS, "prompt", "content", "n", "model_name", "video_id", "draft_task_id"}


def leaves(annotation: object) -> Iterator[object]:
    inner = get_args(annotation)
    if get_origin(annotation) is Literal or not inner:
        yield annotation
    for one in inner if get_origin(annotation) is not Literal else ():
        yield from leaves(one)


def values_of(family: Family, name: str) -> Iterator[JsonValue]:
    for kind in leaves(family.params.model_fields[name].annotation):
        if get_origin(kind) is Literal:
            yield get_args(kind)[-1]
        elif kind is bool:
            yield from (True, False)
        elif kind is int or kind is float:
            yield 5
        elif kind is str:
            yield {"aspect_ratio": "9:16", "resolution": "720p"}.get(name, "x")


def warnings(arguments: JsonObject, dialect: Dialect) -> tuple[Finding, ...]:
    try:
        return check_request(
            CATALOG, arguments, "strict", server_check=lambda request: judge(request, dialect)
        ).warnings
    except InvalidRequest:
        return ()


def requests_of(family: Family, spec: ModelSpec, mode: Mode) -> Iterator[tuple[str, JsonObject]]:
    plain = example(spec, mode)
    options = plain.get("options")
    yield "", plain
    for name in sorted(family.params.model_fields.keys() - NOT_TRIED):
        for value in values_of(family, name):
            yield name, {**plain, "options": {**(options if isinstance(options, dict) else {}), name: value}}


def agree(one: str, other: str) -> bool:
    return any(first in one and second in other for first, second in AGREE)


NAMED = [family for family in CATALOG.families if family.name != "generic"]
SERVING = [name for name in dialect_names() if not profile_of(name).own_ids]


@pytest.mark.parametrize("dialect", SERVING)
@pytest.mark.parametrize("family", [pytest.param(family, id=family.name) for family in NAMED])
def test_no_create_contradicts_itself_about_a_field(family: Family, dialect: Dialect) -> None:
    for spec in [family.models[0], family.models[-1]]:
        for mode in spec.modes:
            for _name, arguments in requests_of(family, spec, mode):
                found = warnings(arguments, dialect)
                pairs = [
                    (one.message, other.message)
                    for number, one in enumerate(found)
                    for other in found[number + 1 :]
                    if one.field == other.field
                ]
                assert [pair for pair in pairs if not agree(*pair)] == []


@pytest.mark.parametrize("dialect", SERVING)
@pytest.mark.parametrize("family", [pytest.param(family, id=family.name) for family in NAMED])
def test_an_option_that_a_message_offers_is_not_told_to_be_lost(family: Family, dialect: Dialect) -> None:
    for spec in family.models:
        for mode in spec.modes:
            plain = example(spec, mode)
            for message in [finding.message for finding in warnings(plain, dialect)]:
                for name, word in re.findall(r"options\.(\w+) (true|false)", message):
                    after = warnings({**plain, "options": {name: word == "true"}}, dialect)
                    lost = [finding.message for finding in after if finding.field == name]
                    assert not lost or "where the gateway passes that on" in message, (message, lost)


def test_new_api_says_once_and_truly_that_the_mark_stays() -> None:
    plain: JsonObject = {"model": "happyhorse-1.0", "prompt": "A fox."}
    says = "happyhorse-1.0 shows Happy Horse's mark in any case: new-api drops watermark false."
    unmarked: JsonObject = {**plain, "options": {"watermark": False}}
    for asked in (plain, unmarked):
        found = warnings(asked, "new-api")
        assert [finding.message for finding in found if finding.field == "watermark"] == [says]
    found = warnings({**plain, "options": {"watermark": True}}, "new-api")
    assert [finding for finding in found if finding.field == "watermark"] == []


def test_where_klings_quality_goes_is_said_of_the_server_in_use() -> None:
    asked: JsonObject = {"model": "kling-v2-6", "prompt": "A fox.", "options": {"kling_quality": "pro"}}
    says = {name: [one.message for one in warnings(asked, name) if one.field == "kling_quality"] for name in SERVING}
    assert says["gateway"] == [
        "Where this gateway takes Kling's quality is not documented; pro is sent in metadata.mode and may be ignored."
    ]
    assert says["new-api"] == []
    assert says["openai"] == [
        "A server of OpenAI's form (VIDEO_MCP_DIALECT=openai) may not read kling_quality. It is sent anyway."
    ]


@pytest.mark.parametrize("dialect", dialect_names())
def test_further_fields_that_a_kind_of_server_is_known_to_drop_are_told(dialect: Dialect) -> None:
    asked: JsonObject = {"model": SELF_HOSTED, "prompt": "A fox.", "options": {"extra": {"sampler": "unipc"}}}
    told = [one.message for one in warnings(asked, dialect) if one.field == "extra"]
    drops = "may not read extra: it goes out as extra_params, which LiteLLM drops without an error. It is sent anyway."
    assert told == ([f"A server of OpenAI's form (VIDEO_MCP_DIALECT=openai) {drops}"] if dialect == "openai" else [])
