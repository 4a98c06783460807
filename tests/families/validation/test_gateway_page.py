"""Every field that the gateway's page names can be said to some model, under its own name."""

from __future__ import annotations

import pytest
from pydantic import JsonValue

from tests.families.samples import CATALOG, CLIP, FIRST, LAST, SOUND, ask, images, stated_fields
from video_mcp.families.params import CANONICAL_FIELDS
from video_mcp.families.spec import FAMILY_NAMES, MODES
from video_mcp.families.validation.check import check_request
from video_mcp.gateway.dialects import wire_body
from video_mcp.types import JsonObject

PAGE: list[tuple[str, str, JsonValue, JsonObject, JsonObject]] = [
    ("prompt", "veo3.1", "Rain.", {}, {}),
    ("seconds", "veo3.1", 6, {}, {"seconds": 6}),
    ("duration", "veo3.1", "6", {}, {"seconds": 6}),
    ("size", "sora-2", "1280x720", {}, {"size": "1280x720"}),
    ("aspect_ratio", "veo3.1", "9:16", {}, {"aspect_ratio": "9:16"}),
    ("ratio", "veo3.1", "9:16", {}, {"aspect_ratio": "9:16"}),
    ("quality", "veo3.1", "high", {}, {"quality": "high"}),
    ("resolution", "veo3.1", "1080P", {}, {"resolution": "1080p"}),
    ("fps", "veo3.1", 30, {}, {"fps": 30}),
    ("image", "veo3.1", FIRST, {}, {"image": FIRST}),
    ("image_url", "veo3.1", FIRST, {}, {"image": FIRST}),
    ("image_urls", "veo3.1", [FIRST], {}, {"image": FIRST}),
    ("images", "veo3.1", [FIRST, LAST], {}, {"reference_images": [FIRST, LAST]}),
    ("reference_images", "veo3.1", [FIRST], {}, {"reference_images": [FIRST]}),
    ("input_reference", "sora-2", {"image_url": FIRST}, {}, {"image": FIRST}),
    ("end_image_url", "veo3.1", LAST, {"image": FIRST}, {"end_image": LAST}),
    ("last_image_url", "veo3.1", LAST, {"image": FIRST}, {"end_image": LAST}),
    ("video_urls", "doubao-seedance-2-0-260128", [CLIP], {}, {"reference_videos": [CLIP]}),
    ("audio_urls", "doubao-seedance-2-0-260128", [SOUND], {"reference_videos": [CLIP]}, {"reference_audios": [SOUND]}),
    ("function_mode", "veo3.1", "fast", {}, {"function_mode": "fast"}),
    (
        "content",
        "gemini-omni",
        [{"type": "image_url", "image_url": {"url": FIRST}}],
        {},
        {"reference_images": [FIRST]},
    ),
    ("callback_url", "veo3.1", "https://example.com/", {}, {"callback_url": "https://example.com/"}),
    ("external_task_id", "veo3.1", "mine", {}, {"external_task_id": "mine"}),
    ("model_name", "kling-video", "kling-v3", {}, {"model_name": "kling-v3"}),
    ("negative_prompt", "kling-v3", "rain", {}, {"negative_prompt": "rain"}),
    ("cfg_scale", "kling-v3", 0.7, {}, {"cfg_scale": 0.7}),
    ("sound", "kling-v3", "on", {}, {"audio": True}),
    (
        "camera_control",
        "kling-v1",
        {"type": "forward_up"},
        {},
        {"camera_control": {"type": "forward_up", "config": None}},
    ),
    ("image_list", "kling-v1-6", [{"image": FIRST}], {}, {"reference_images": [FIRST]}),
    ("video_id", "kling-v1-6", "77", {}, {"video_id": "77"}),
    ("task_id", "kling-v1-6", "5", {}, {"task_id": "5"}),
    ("watermark_info", "kling-v3", {"enabled": True}, {}, {"watermark_info": {"enabled": True}}),
    ("video", "gemini-omni", CLIP, {}, {"source_video": CLIP}),
    ("video_url", "gemini-omni", CLIP, {}, {"source_video": CLIP}),
    ("videos", "gemini-omni", [CLIP], {}, {"source_video": CLIP}),
    ("width", "veo3.1", 1080, {"options": {"height": 1920}}, {"resolution": "1080p", "aspect_ratio": "9:16"}),
    ("height", "veo3.1", 720, {"options": {"width": 1280}}, {"resolution": "720p", "aspect_ratio": "16:9"}),
    ("seed", "veo3.1", 7, {}, {"seed": 7}),
    ("n", "veo3.1", 1, {}, {"n": 1}),
    ("response_format", "veo3.1", "url", {}, {"response_format": "url"}),
    ("user", "veo3.1", "user-1234", {}, {"user": "user-1234"}),
    ("metadata", "veo3.1", {"a": 1}, {}, {"metadata": {"a": 1}}),
    ("parameters", "veo3.1", {"a": 1}, {}, {"parameters": {"a": 1}}),
]


@pytest.mark.parametrize(("field", "model", "value", "beside", "expected"), PAGE, ids=[row[0] for row in PAGE])
def test_a_field_of_the_page_reaches_the_model(
    field: str, model: str, value: JsonValue, beside: JsonObject, expected: JsonObject
) -> None:
    given = beside.get("options")
    options: JsonObject = {**(given if isinstance(given, dict) else {}), field: value}
    rest = {name: other for name, other in beside.items() if name != "options"}
    prompt = "" if field == "prompt" else "Rain."
    said = stated_fields(ask(model, {"prompt": prompt, "options": options, **rest}))
    assert {name: said.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    "mode", ["t2v", "i2v", "i2v_first_last", "reference_images", "reference_material", "multi_i2v"]
)
def test_every_mode_of_the_page_is_done_by_some_model(mode: str) -> None:
    assert mode in MODES
    assert CATALOG.models(mode=mode)


def test_every_family_but_the_generic_one_is_always_there() -> None:
    assert {family.name for family in CATALOG.families} == set(FAMILY_NAMES)
    assert [family.name for family in CATALOG.families][-1] == "generic"


def test_no_family_calls_an_option_as_a_canonical_field() -> None:
    for family in CATALOG.families:
        assert not set(family.option_names()) & CANONICAL_FIELDS
        assert not set(family.aliases) & set(family.params.model_fields), family.name


def test_every_model_says_how_long_it_takes_and_what_media_it_reads() -> None:
    for spec in CATALOG.models():
        assert 60 <= spec.latency_seconds <= 300
        if spec.family == "generic":
            continue
        taken = {name for facts in spec.modes.values() for name, count in facts.media.items() if count.limit}
        assert taken <= set(spec.media_limits), spec.id


def test_many_images_are_counted_not_copied() -> None:
    assert len(ask("doubao-seedance-2-0-260128", {"reference_images": images(9)}).params.reference_images) == 9


@pytest.mark.parametrize(
    ("body", "model", "mode"),
    [
        (
            {
                "model": "grok-imagine-1.0-video",
                "prompt": "雨夜霓虹街道上的电影感推镜,光影丰富,运动自然",
                "reference_images": ["https://example.com/ref-1.jpg"],
                "seconds": 10,
                "aspect_ratio": "16:9",
                "resolution": "720P",
            },
            "grok-imagine-1.0-video",
            "reference_images",
        ),
        (
            {
                "model": "kling-video",
                "model_name": "kling-v2-6",
                "mode": "t2v",
                "prompt": "海边日落镜头,电影感,风吹长发",
                "duration": 5,
                "aspect_ratio": "16:9",
            },
            "kling-v2-6",
            "t2v",
        ),
    ],
)
def test_both_examples_of_the_page_are_taken_literally(body: JsonObject, model: str, mode: str) -> None:
    request = check_request(CATALOG, body, "strict")
    assert (request.spec.id, request.mode) == (model, mode)
    sent = wire_body(request, "gateway").json
    assert sent is not None
    said = {name: value for name, value in body.items() if name != "mode"}
    assert {name: str(sent.get(name)) for name in said} == {name: str(value) for name, value in said.items()}
