from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest
from pydantic import JsonValue

from tests.gateway.requests import CATALOG, FULL, H3, LAST_PNG, PAGE, PIXELS, PNG, SELF_HOSTED, URL, request
from tests.gateway.snapshots import WIRE, assert_snapshot
from video_mcp.families.examples import example
from video_mcp.families.params import VideoRequest
from video_mcp.families.spec import FAMILY_NAMES, MEDIA_FIELDS, FamilyName
from video_mcp.gateway.dialects import dialect_names, shortened, wire_body
from video_mcp.gateway.upstream import WireBody
from video_mcp.simulator.body import Body
from video_mcp.simulator.rules import check
from video_mcp.types import Dialect, JsonObject

DIALECTS = dialect_names()

EXAMPLES: dict[str, JsonObject] = {
    f"{spec.id} {mode}": example(spec, mode) for spec in CATALOG.models() if spec.id != H3 for mode in spec.modes
}
ALL = {**EXAMPLES, **FULL}
every_request = pytest.mark.parametrize("arguments", ALL.values(), ids=ALL.keys())


def json_body(arguments: JsonObject, dialect: Dialect = "gateway") -> JsonObject:
    body = wire_body(request(arguments), dialect).json
    assert body is not None
    return body


# --- the page's own examples ------------------------------------------------------------------------------------


def test_the_pages_kling_example_makes_the_pages_body() -> None:
    prompt = "海边日落镜头,电影感,风吹长发"
    body = json_body({"model": "kling-v2-6", "mode": "t2v", "prompt": prompt, "seconds": 5, "aspect_ratio": "16:9"})
    assert body == {
        "model": "kling-video",
        "model_name": "kling-v2-6",
        "mode": "t2v",
        "prompt": prompt,
        "duration": 5,
        "aspect_ratio": "16:9",
    }


def test_the_pages_grok_example_makes_the_pages_body_with_seconds_as_text() -> None:
    prompt = "雨夜霓虹街道上的电影感推镜,光影丰富,运动自然"
    arguments: JsonObject = {
        "model": "grok-imagine-1.0-video",
        "prompt": prompt,
        "reference_images": ["https://example.com/ref-1.jpg"],
        "seconds": 10,
        "aspect_ratio": "16:9",
        "resolution": "720P",
    }
    assert json_body(arguments) == {**arguments, "seconds": "10"}


# --- every model, mode and dialect ------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_every_body_is_the_one_in_the_snapshot(family: FamilyName, dialect: Dialect, update_snapshots: bool) -> None:
    bodies: JsonObject = {}
    for name, arguments in ALL.items():
        asked = request(arguments)
        if asked.spec.family == family:
            bodies[name] = shown(wire_body(asked, dialect))
    assert_snapshot(f"{dialect}/{family}", bodies, update=update_snapshots)


def shown(body: WireBody) -> JsonValue:
    if body.form is None:
        return body.json
    return [
        {"name": part.name, "text": part.text}
        if part.file is None
        else {"name": part.name, "filename": part.filename, "type": part.media_type, "bytes": len(part.file)}
        for part in body.form
    ]


def test_no_snapshot_is_left_over() -> None:
    expected = {f"{dialect}/{family}" for dialect in DIALECTS for family in FAMILY_NAMES}
    assert {path.relative_to(WIRE).with_suffix("").as_posix() for path in WIRE.rglob("*.json")} == expected


@pytest.mark.parametrize(
    "arguments",
    [pytest.param(arguments, id=name) for name, arguments in EXAMPLES.items() if arguments["model"] != SELF_HOSTED],
)
def test_the_simulators_own_rules_accept_every_example(arguments: JsonObject) -> None:
    assert check(Body(fields=json_body(arguments))) is None


@every_request
@pytest.mark.parametrize("dialect", ["gateway", "new-api"])
def test_the_length_is_said_once_as_text_or_as_a_whole_number(arguments: JsonObject, dialect: Dialect) -> None:
    body = json_body(arguments, dialect)
    metadata = body.get("metadata", {})
    assert isinstance(metadata, dict)
    said = [place[name] for place in (body, metadata) for name in ("seconds", "duration") if name in place]
    asked = request(arguments).params.seconds
    expected = [] if asked is None else [str(asked) if "seconds" in body else asked]
    assert said == expected


STOCK_TYPES: dict[str, type] = {
    "model": str,
    "prompt": str,
    "mode": str,
    "image": str,
    "images": list,
    "size": str,
    "seconds": str,
    "duration": int,
    "input_reference": str,
    "metadata": dict,
}


@every_request
def test_stock_new_api_finds_its_own_fields_only_and_with_its_types(arguments: JsonObject) -> None:
    body = json_body(arguments, "new-api")
    assert {name: type(value) for name, value in body.items()} == {name: STOCK_TYPES[name] for name in body}


def leaves(value: JsonValue) -> Iterator[JsonValue]:
    match value:
        case dict():
            for inner in value.values():
                yield from leaves(inner)
        case list():
            for inner in value:
                yield from leaves(inner)
        case _:
            yield value


def written(body: WireBody) -> set[str]:
    """Return every value of a body as text, files as base64, JSON inside a form taken apart."""
    texts: set[str] = {str(leaf) for leaf in leaves(body.json or {})}
    for part in body.form or ():
        if part.file is not None:
            texts.add(base64.b64encode(part.file).decode())
            continue
        texts.add(part.text or "")
        if (part.text or "").startswith(("{", "[")):
            texts |= {str(leaf) for leaf in leaves(json.loads(part.text or ""))}
    return {text.rpartition(";base64,")[2] for text in texts}


def said(asked: VideoRequest) -> set[str]:
    """Return every value that a request says; switches are compared by the snapshots."""
    values: JsonObject = asked.params.model_dump(mode="json", exclude_none=True)
    if asked.spec.family == "kling":
        values.pop("resolution", None)  # said as the quality
    return {
        str(leaf).rpartition(";base64,")[2]
        for leaf in leaves(values)
        if not isinstance(leaf, bool) and leaf not in ("", None)
    }


@pytest.mark.parametrize("dialect", ["gateway", "new-api"])
@every_request
def test_whatever_is_said_is_written(arguments: JsonObject, dialect: Dialect) -> None:
    asked = request(arguments)
    missing = {value.lower() for value in said(asked)} - {value.lower() for value in written(wire_body(asked, dialect))}
    assert missing == set()


@pytest.mark.parametrize("arguments", FULL.values(), ids=FULL.keys())
def test_whatever_is_said_is_written_in_the_form(arguments: JsonObject) -> None:
    asked = request(arguments)
    missing = said(asked) - written(wire_body(asked, "openai"))
    # These two are said as `size`, and a Kling version is the model itself.
    assert missing <= {asked.params.resolution, asked.params.aspect_ratio}


NOT_FOR_FAMILY: dict[FamilyName, set[str]] = {
    "sora": {"aspect_ratio", "resolution"},  # said as size
    "hailuo": {"aspect_ratio"},
}


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_the_requests_here_say_every_field_of_their_family(family: FamilyName) -> None:
    asked = [one for one in map(request, ALL.values()) if one.spec.family == family]
    spoken = {name for one in asked for name in one.params.model_dump(exclude_none=True, exclude_defaults=True)}
    taken = {name for one in asked for name in one.spec.modes[one.mode].media}
    unused = set(type(asked[0].params).model_fields) - spoken - NOT_FOR_FAMILY.get(family, set())
    # `content` is read into the other fields.
    assert unused <= {"content", *MEDIA_FIELDS} - taken


# --- shapes of single families ----------------------------------------------------------------------------------


def test_kling_gets_bare_base64_and_objects_in_its_list() -> None:
    body = json_body(FULL["kling, images"])
    assert body["image_list"] == [{"image": PIXELS}, {"image": URL}]


def test_klings_quality_is_beside_the_task_and_never_in_its_place() -> None:
    gateway, stock = json_body(FULL["kling, frames"]), json_body(FULL["kling, frames"], "new-api")
    assert (gateway["mode"], gateway["metadata"]) == ("i2v", {"mode": "pro", "caller_key": "caller-value"})
    assert "mode" not in stock
    assert stock["metadata"] == {**as_object(stock["metadata"]), "mode": "pro"}


def as_object(value: JsonValue) -> JsonObject:
    assert isinstance(value, dict)
    return value


def test_seedances_frames_have_roles_and_the_prompt_is_no_item() -> None:
    body = json_body(FULL["seedance, frames"])
    assert body["content"] == [
        {"type": "image_url", "image_url": {"url": PNG}, "role": "first_frame"},
        {"type": "image_url", "image_url": {"url": URL}, "role": "last_frame"},
    ]
    assert body["prompt"] == "A fox."
    assert not {"image_url", "end_image_url", "images"} & set(body)


def test_a_draft_and_frames_share_seedances_content() -> None:
    arguments: JsonObject = {
        "model": "doubao-seedance-1-5-pro-251215",
        "image": URL,
        "end_image": URL,
        "options": {"draft_task_id": "cgt-7"},
    }
    content = json_body(arguments)["content"]
    assert isinstance(content, list)
    assert [as_object(item)["type"] for item in content] == ["image_url", "image_url", "draft_task"]


def test_two_references_of_vidu_do_not_become_frames() -> None:
    body = json_body(FULL["vidu, two references"], "new-api")
    assert body["images"] == [URL, PNG]
    assert as_object(body["metadata"])["action"] == "referenceGenerate"


def test_hailuos_frames_are_where_its_channel_reads_them_too() -> None:
    body = json_body(FULL["hailuo, frames"])
    assert (body["image_url"], body["end_image_url"]) == (PNG, URL)
    metadata = as_object(body["metadata"])
    assert (metadata["first_frame_image"], metadata["last_frame_image"]) == (PNG, URL)


@pytest.mark.parametrize("dialect", ["gateway", "new-api"])
def test_the_callers_own_metadata_wins(dialect: Dialect) -> None:
    arguments: JsonObject = {
        "model": "kling-v3",
        "prompt": "A fox.",
        "options": {"kling_quality": "pro", "metadata": {"mode": "4k"}},
    }
    assert as_object(json_body(arguments, dialect)["metadata"])["mode"] == "4k"


@pytest.mark.parametrize(
    ("dialect", "place"), [("gateway", ()), ("new-api", ("metadata",))], ids=["gateway", "new-api"]
)
def test_extra_fields_of_a_self_hosted_server_go_out_as_fields(dialect: Dialect, place: tuple[str, ...]) -> None:
    body = json_body({"model": SELF_HOSTED, "prompt": "A fox.", "options": {"extra": {"tile_size": 4}}}, dialect)
    for name in place:
        body = as_object(body[name])
    assert body["tile_size"] == 4


# --- what dry_run shows -----------------------------------------------------------------------------------------

LARGE = f"data:image/png;base64,{'A' * 4000}"


@pytest.mark.parametrize("model", ["kling-v3", "veo3.1", "hailuo-video", SELF_HOSTED])
def test_a_shown_body_has_everything_but_the_bytes_of_the_media(model: str) -> None:
    asked = request({"model": model, "prompt": "A fox.", "image": LARGE, "options": PAGE})
    shown_body = shortened(wire_body(asked, "gateway"))
    assert len(json.dumps(shown_body)) < 1200
    assert set(shown_body) == set(wire_body(asked, "gateway").json or {})
    assert shown_body["prompt"] == "A fox."


def test_media_inside_lists_are_shortened_too() -> None:
    asked = request({"model": "doubao-seedance-2-0-260128", "prompt": "A fox.", "reference_images": [LARGE, LARGE]})
    assert len(json.dumps(shortened(wire_body(asked, "gateway")))) < 600


def test_a_long_prompt_and_a_long_link_are_shown_whole() -> None:
    prompt, link = "A red fox. " * 100, f"https://example.com/{'a' * 400}"
    body = wire_body(request({"model": "veo3.1", "prompt": prompt, "image": link}), "gateway")
    assert shortened(body) == body.json


def test_two_masks_keep_their_own_pixels() -> None:
    masks = as_object(json_body(FULL["kling, masks"]))["dynamic_masks"]
    assert masks == [{"mask": LAST_PNG.partition(",")[2], "trajectories": [{"x": 11, "y": 12}, {"x": 13, "y": 14}]}]
