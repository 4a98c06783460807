"""From arguments to a checked request: spelling, modes, validation and what every family shares."""

from __future__ import annotations

import pytest
from pydantic import JsonValue

from tests.families.samples import CATALOG, CLIP, FIRST, LAST, PROMPT, ask, findings, refusals, stated_fields, warnings
from video_mcp.errors import InvalidRequest
from video_mcp.families.catalog import default_catalog
from video_mcp.families.spelling import near_key, spelling_key
from video_mcp.families.validation.check import check_request
from video_mcp.types import JsonObject, Validation


@pytest.mark.parametrize(
    ("model", "arguments", "expected"),
    [
        ("veo3.1", {"options": {"duration": 6}}, {"seconds": 6}),
        ("veo3.1", {"duration": "8s"}, {"seconds": 8}),
        ("veo3.1", {"options": {"ratio": "9x16"}}, {"aspect_ratio": "9:16"}),
        ("veo3.1", {"options": {"image_url": FIRST}}, {"image": FIRST}),
        ("veo3.1", {"options": {"input_reference": {"image_url": FIRST}}}, {"image": FIRST}),
        ("veo3.1", {"image": FIRST, "options": {"end_image_url": LAST}}, {"image": FIRST, "end_image": LAST}),
        ("veo3.1", {"image": FIRST, "options": {"last_image_url": LAST}}, {"image": FIRST, "end_image": LAST}),
        ("veo3.1-components", {"options": {"images": FIRST}}, {"reference_images": [FIRST]}),
        ("veo3.1-components", {"options": {"image_urls": [FIRST]}}, {"reference_images": [FIRST]}),
        ("veo3.1", {"mode": "i2v", "options": {"images": [FIRST]}}, {"image": FIRST}),
        (
            "veo3.1",
            {"mode": "i2v_first_last", "options": {"images": [FIRST, LAST]}},
            {"image": FIRST, "end_image": LAST},
        ),
        ("veo3.1", {"size": "720x1280"}, {"resolution": "720p", "aspect_ratio": "9:16"}),
        ("veo3.1", {"options": {"width": 1280, "height": 720}}, {"resolution": "720p", "aspect_ratio": "16:9"}),
        ("veo3.1", {"size": "1080p"}, {"resolution": "1080p"}),
        ("veo3.1", {"size": "9:16"}, {"aspect_ratio": "9:16"}),
        ("veo3.1-4k", {"size": "3840x2160"}, {"resolution": "4k", "aspect_ratio": "16:9"}),
        (
            "veo3.1",
            {"reference_images": '["https://example.com/a.png"]'},
            {"reference_images": ["https://example.com/a.png"]},
        ),
        ("veo3.1", {"resolution": 1080}, {"resolution": "1080p"}),
        ("veo3.1", {"seconds": 4, "options": {"seconds": 4, "duration": 4}}, {"seconds": 4}),
        ("veo3.1", {"options": '{"seed": 7}'}, {"seed": 7}),
        ("kling-v3", {"options": {"sound": "on"}}, {"audio": True}),
        ("gemini-omni", {"mode": "edit", "options": {"videos": [FIRST]}}, {"source_video": FIRST}),
        ("veo3.1", {"num_videos": 1}, {"n": 1}),
        ("sora-2", {"number_of_videos": "1"}, {"n": 1}),
        ("my-wan", {"options": {"n": 1, "sampleCount": 1}}, {"n": 1}),
        ("gemini-omni", {"mode": "edit", "options": {"video_url": FIRST}}, {"source_video": FIRST}),
    ],
)
def test_every_spelling_of_the_page_means_the_canonical_field(
    model: str, arguments: JsonObject, expected: JsonObject
) -> None:
    said = stated_fields(ask(model, arguments))
    assert {name: said.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("model", "arguments", "expected"),
    [
        ("veo3.1", {}, {"seconds": 8, "aspect_ratio": "16:9", "resolution": "720p"}),
        ("sora-2", {}, {"seconds": 4, "size": "720x1280"}),
        ("kling-v2-6", {}, {"seconds": 5, "aspect_ratio": "16:9", "model_name": "kling-v2-6"}),
        (
            "happyhorse-1.0-t2v",
            {},
            {"seconds": 5, "aspect_ratio": "16:9", "resolution": "1080p", "watermark": True},
        ),
        ("viduq3-turbo", {}, {"seconds": 5, "aspect_ratio": "16:9", "resolution": "720p"}),
        ("hailuo-video", {}, {"seconds": 6, "resolution": "768p"}),
        ("my-wan", {}, {}),
    ],
)
def test_what_the_caller_leaves_open_is_said_aloud(model: str, arguments: JsonObject, expected: JsonObject) -> None:
    assert stated_fields(ask(model, arguments)) == expected


@pytest.mark.parametrize(
    ("model", "arguments", "mode"),
    [
        ("veo3.1", {}, "t2v"),
        ("veo3.1", {"image": FIRST}, "i2v"),
        ("veo3.1", {"image": FIRST, "end_image": LAST}, "i2v_first_last"),
        ("veo3.1", {"reference_images": [FIRST]}, "reference_images"),
        ("veo3.1", {"mode": "text-to-video"}, "t2v"),
        ("veo3.1", {"mode": "IMAGE_TO_VIDEO", "image": FIRST}, "i2v"),
        ("kling-v3", {"image": FIRST, "end_image": LAST}, "i2v"),
        ("kling-v1-6", {"reference_images": [FIRST]}, "multi_i2v"),
        ("kling-v1-6", {"options": {"video_id": "77"}}, "extend"),
        ("doubao-seedance-2-0-260128", {"reference_images": [FIRST]}, "reference_images"),
        ("doubao-seedance-2-0-260128", {"reference_videos": [FIRST]}, "reference_material"),
        ("gemini-omni", {"reference_images": [FIRST]}, "r2v"),
        ("gemini-omni", {"image": FIRST}, "r2v"),
        ("gemini-omni", {"source_video": FIRST}, "edit"),
        ("happyhorse-1.0", {"source_video": FIRST, "reference_images": [FIRST]}, "edit"),
        ("my-wan", {"image": FIRST}, "i2v"),
    ],
)
def test_the_mode_follows_from_the_media(model: str, arguments: JsonObject, mode: str) -> None:
    assert ask(model, arguments).mode == mode


@pytest.mark.parametrize(
    ("model", "arguments", "messages"),
    [
        (
            "veo3.1",
            {"seconds": 8, "options": {"duration": 6}},
            ["seconds says 8 and duration (another name of seconds) says 6; give one of them."],
        ),
        ("veo3.1", {"seconds": 8, "options": {"seconds": 6}}, [
            ("seconds says 8 and options.seconds says 6; give one of "
            "them.")
        ]),
        (
            "veo3.1",
            {"size": "1280x720", "aspect_ratio": "9:16"},
            ["size 1280x720 means aspect_ratio 16:9, but aspect_ratio says 9:16; give one of them."],
        ),
        ("veo3.1", {"size": "large"}, ["size is width and height in pixels such as 1280x720, not large."]),
        ("veo3.1", {"options": {"width": 1280}}, ["width and height belong together; add height."]),
        ("veo3.1", {"options": "fast"}, ['options is an object such as {"seed": 7}; send it as one.']),
        (
            "veo3.1",
            {"options": {"n": 2}},
            [
                (
                    "One call makes one video, and no model here makes more; leave n out and call once for each, "
                    "with allow_duplicate: true or another seed."
                )
            ],
        ),
        *(
            (
                "veo3.1",
                given,
                [
                    (
                        "One call makes one video, and no model here makes more; leave n out and call once for each, "
                        "with allow_duplicate: true or another seed."
                    )
                ],
            )
            for given in ({"num_videos": 4}, {"options": {"variants": "3"}}, {"numberOfVideos": 2, "n": 2})
        ),
        (
            "veo3.1",
            {"num_videos": 4, "options": {"n": 1}},
            [
                "num_videos (another name of n) says 4 and n says 1; give one of them.",
                (
                    "One call makes one video, and no model here makes more; leave n out and call once for each, "
                    "with allow_duplicate: true or another seed."
                ),
            ],
        ),
        (
            "veo3.1",
            {"options": {"sed": 7}},
            [
                ("Veo knows no field sed; the gateway would drop it silently. Did you mean seed? "
                "In options Veo takes person_generation, enhance_prompt and enable_upsample.")
            ],
        ),
        (
            "veo3.1",
            {"options": {"cfg_scale": 0.5}},
            [
                ("Veo has no cfg_scale (Kling has it); leave it out. "
                "In options Veo takes person_generation, enhance_prompt and enable_upsample.")
            ],
        ),
        ("sora-2", {"options": {"zoom": 1}}, ["Sora knows no field zoom; the gateway would drop it silently."]),
        ("veo3.1", {"mode": "i3v"}, [
            "i3v is not a mode. Did you mean i2v? veo3.1 does t2v, i2v, i2v_first_last and reference_images."
        ]),
        ("veo3.1", {"mode": 7}, ["7 is not a mode. veo3.1 does t2v, i2v, i2v_first_last and reference_images."]),
        ("veo3.1", {"seconds": "long"}, ["seconds is a whole number, not long."]),
        ("veo3.1", {"seconds": 7.6}, ["seconds is a whole number, not 7.6. Nearest: 8."]),
        ("veo3.1", {"seconds": True}, ["seconds is a whole number, not true."]),
        ("veo3.1", {"seed": -1}, ["seed is at least 0, not -1. Nearest: 0."]),
        ("veo3.1", {"aspect_ratio": 1.78}, ["aspect_ratio is text, not 1.78."]),
        ("veo3.1", {"options": {"metadata": "x"}}, ["metadata is an object, not x."]),
        ("veo3.1", {"options": {"person_generation": "allow"}}, [
            "person_generation is allow_all, allow_adult or dont_allow, not allow. Nearest: allow_all."
        ]),
        ("veo3.1", {"image": [FIRST, LAST]}, ["image takes one value, not 2; make a call for each."]),
        ("my-wan", {"options": {"lora": 1, "num_inference_steps": 0}}, [
            "num_inference_steps is at least 1, not 0. Nearest: 1.", "lora is an object, not 1."
        ]),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_refused_in_plain_words(
    model: str, arguments: JsonObject, messages: list[str]
) -> None:
    assert refusals(model, arguments) == messages


LEVELS: list[Validation] = ["strict", "warn", "off"]


@pytest.mark.parametrize("validation", LEVELS)
@pytest.mark.parametrize(
    "arguments", [{"options": {"sed": 7}}, {"options": {"n": 2}}, {"mode": "nonsense"}, {"seconds": "long"}]
)
def test_what_cannot_be_understood_is_refused_whatever_the_validation(
    validation: Validation, arguments: JsonObject
) -> None:
    assert findings("veo3.1", arguments, validation)


def test_every_reason_comes_at_once() -> None:
    wrong: JsonObject = {"seconds": 5, "aspect_ratio": "1:1", "end_image": LAST, "seed": "x", "prompt": " "}
    found = findings("veo3.1", {**wrong, "options": {"sed": 1}})
    assert [finding.field for finding in found] == ["sed", "seed", "image", "prompt", "seconds", "aspect_ratio"]


def test_a_refusal_carries_its_facts_for_programs() -> None:
    (found,) = findings("veo3.1", {"seconds": 5})
    assert found.severity == "refuse"
    assert (found.field, found.value, found.allowed, found.nearest) == ("seconds", 5, (4, 6, 8), 4)
    assert "kling-v3" in found.models


SEE_ALL = "list_models shows them all; VIDEO_MCP_EXTRA_MODELS adds ids that only your gateway has."


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("dall-e", f"dall-e is not a known model. {SEE_ALL}"),
        ("", f"model is missing; name one. {SEE_ALL}"),
        (
            "veo3.2",
            (
                "veo3.2 is not a model's id; Veo has veo3.1, veo3.1-fast, veo3.1-pro, veo3.1-components, veo3.1-4k and "
                "veo3.1-pro-4k. Did you mean veo3.1?"
            ),
        ),
        (
            "Seedance 2 Fast",
            (
                "Seedance 2 Fast is not a model's id; Seedance has doubao-seedance-2-0-260128, "
                "doubao-seedance-2-0-fast-260128, doubao-seedance-1-5-pro-251215, doubao-seedance-1-0-pro-250528, "
                "doubao-seedance-1-0-pro-fast-251015, doubao-seedance-1-0-lite-t2v-250428 and 1 more. "
                "Did you mean doubao-seedance-2-0-fast-260128?"
            ),
        ),
        (
            "seed dance",
            (
                "seed dance is not a model's id; Seedance has doubao-seedance-2-0-260128, "
                "doubao-seedance-2-0-fast-260128, doubao-seedance-1-5-pro-251215, doubao-seedance-1-0-pro-250528, "
                "doubao-seedance-1-0-pro-fast-251015, doubao-seedance-1-0-lite-t2v-250428 and 1 more."
            ),
        ),
        (
            "seedance 1.0 lite",
            (
                "seedance 1.0 lite may be doubao-seedance-1-0-lite-t2v-250428 or doubao-seedance-1-0-lite-i2v-250428; "
                "write one of them."
            ),
        ),
        (
            "Kling 2.5",
            (
                "Kling 2.5 is not a model's id; Kling has kling-v3, kling-v2-6, kling-v2-5-turbo, kling-v2-1-master, "
                "kling-v2-1, kling-v2-master and 3 more. Did you mean kling-v2-5-turbo?"
            ),
        ),
        ("hailuo 02", "hailuo 02 is not a model's id; Hailuo has hailuo-video."),
        ("minimax", "minimax is not a model's id; Hailuo has hailuo-video."),
        ("OpenAI", f"OpenAI is not a model's id; every Sora model is retired at its vendor. {SEE_ALL}"),
        (
            "veo3.1-official",
            "veo3.1-official: official is a group of the key and no part of a model's id; write veo3.1.",
        ),
    ],
)
def test_an_unknown_model_is_refused_with_those_that_may_be_meant(model: str, message: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        check_request(CATALOG, {"model": model, "prompt": PROMPT}, "off")
    assert str(caught.value) == message


SPELLINGS = [
    ("veo-3.1", "veo3.1"),
    (" VEO 3.1 Fast ", "veo3.1-fast"),
    ("veo-3 fast", "veo3-fast"),
    ("Veo 3.1 (fast)", "veo3.1-fast"),
    ("google/veo-3.1", "veo3.1"),
    ("Veo v3.1: 4K", "veo3.1-4k"),
    ("Kling V3", "kling-v3"),
    ("kling_v2.6", "kling-v2-6"),
    ("kling 2.6", "kling-v2-6"),
    ("Kling/2.5, turbo", "kling-v2-5-turbo"),
    ("kling 2.1", "kling-v2-1"),
    ("kling 2.1 master", "kling-v2-1-master"),
    ("Gemini Omni", "gemini-omni"),
    ("google: gemini+omni", "gemini-omni"),
    ("vidu-q3-turbo", "viduq3-turbo"),
    ("Vidu Q3 (Turbo)", "viduq3-turbo"),
    ("doubao-seedance-2.0-260128", "doubao-seedance-2-0-260128"),
    ("seed dance 2.0", "doubao-seedance-2-0-260128"),
    ("Seedance 2.0 Fast", "doubao-seedance-2-0-fast-260128"),
    ("bytedance/seedance-1.5-pro", "doubao-seedance-1-5-pro-251215"),
    ("grok imagine 1.0 video", "grok-imagine-1.0-video"),
    ("x-ai/grok imagine video 1.5 preview", "grok-imagine-video-1.5-preview"),
    ("Happy Horse 1.0", "happyhorse-1.0"),
    ("happy-horse v1.0 T2V", "happyhorse-1.0-t2v"),
    ("MiniMax Hailuo Video", "hailuo-video"),
    ("sora2", "sora-2"),
    ("OpenAI Sora 2 Pro", "sora-2-pro"),
]


@pytest.mark.parametrize(("spelling", "model"), SPELLINGS)
def test_a_model_is_found_however_it_is_spelled(spelling: str, model: str) -> None:
    found = CATALOG.find(spelling)
    assert found is not None
    assert found[1].id == model


def test_each_family_is_found_however_it_is_spelled() -> None:
    found = {family.name for spelling, _model in SPELLINGS if (family := CATALOG.family_called(spelling))}
    assert found == {family.name for family in CATALOG.families if family.name != "generic"}


def test_a_kling_version_is_sent_however_it_is_spelled() -> None:
    request = ask("kling 2.6")
    assert (request.spec.id, request.params.model_dump()["model_name"]) == ("kling-v2-6", "kling-v2-6")


def test_no_two_models_share_a_spelling() -> None:
    for key in (spelling_key, near_key):
        keys = [key(model) for model in CATALOG.ids()]
        assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("my wan 2", "my wan 2 may be my-wan-2 or my.wan.2; write one of them."),
        ("VEO 3.1", "VEO 3.1 may be veo3.1 or veo-3.1; write one of them."),
        ("my wan v2", "my wan v2 may be my-wan-2 or my.wan.2; write one of them."),
    ],
)
def test_of_two_models_that_may_be_meant_none_is_chosen(text: str, message: str) -> None:
    catalog = default_catalog(["my-wan-2", "my.wan.2", "veo-3.1"])
    with pytest.raises(InvalidRequest) as caught:
        check_request(catalog, {"model": text, "prompt": PROMPT}, "strict")
    assert str(caught.value) == message


@pytest.mark.parametrize("text", ["doubao-seedance-2-0-260215", "kling 2", "veo", "omni", "seedance fast", "2.6"])
def test_a_model_that_is_only_like_another_is_not_taken_for_it(text: str) -> None:
    assert CATALOG.find(text) is None


def test_an_extra_model_that_spells_a_known_one_otherwise_stays_itself() -> None:
    catalog = default_catalog(["veo-3.1", "VEO3.1"])
    assert [
        family.name for model in ("veo-3.1", "veo3.1") if (found := catalog.find(model)) for family in found[:1]
    ] == [
        "generic",
        "veo",
    ]
    assert "VEO3.1" not in catalog.ids()


def test_a_model_is_found_in_any_letter_case() -> None:
    assert ask(" Veo3.1 ").spec.id == "veo3.1"
    assert ask("KLING-V3").params.model_dump()["model_name"] == "kling-v3"


def test_under_warn_a_limit_is_a_remark_and_the_values_go_out_as_asked() -> None:
    request = ask("kling-v2-1", {"mode": "t2v", "seconds": 7}, "warn")
    assert (request.mode, request.params.seconds) == ("t2v", 7)
    assert [finding.field for finding in request.warnings] == ["mode", "seconds"]
    assert {finding.severity for finding in request.warnings} == {"warn"}


def test_under_off_no_limit_is_checked_and_nothing_is_filled_in() -> None:
    request = ask("kling-v2-1", {"mode": "t2v", "seconds": 7}, "off")
    assert (request.mode, request.warnings) == ("t2v", ())
    assert stated_fields(request) == {"seconds": 7, "model_name": "kling-v2-1"}
    assert stated_fields(ask("veo3.1", {}, "off")) == {}


def test_under_off_a_value_that_the_mode_lacks_goes_out_too() -> None:
    assert stated_fields(ask("kling-v3", {"image": FIRST, "aspect_ratio": "4:3"}, "off"))["aspect_ratio"] == "4:3"


def test_media_data_is_never_repeated_in_a_message() -> None:
    data: list[JsonValue] = [f"data:image/png;base64,{letter * 5000}" for letter in "AB"]
    (message,) = refusals("veo3.1", {"image": data[0], "options": {"image_url": data[1]}})
    assert message == (
        "image says data:image/png;... (5022 characters) and image_url (another name of image) says "
        "data:image/png;... (5022 characters); give one of them."
    )


@pytest.mark.parametrize(
    ("model", "arguments", "messages"),
    [
        ("sora-2", {"seed": 7}, ["sora-2 has no seed; it is not sent."]),
        ("sora-2", {"negative_prompt": "rain"}, ["sora-2 has no negative_prompt; it is not sent."]),
        ("sora-2", {"audio": False}, ["sora-2 has no audio switch: sound is always on."]),
        ("sora-2", {"audio": True}, []),
        ("hailuo-video", {"audio": True}, ["hailuo-video has no audio switch: its videos are silent."]),
        ("hailuo-video", {"audio": False}, []),
        (
            "veo3.1",
            {"options": {"fps": 30}},
            ["veo3.1 chooses its own frame rate; fps 30 is sent and probably ignored."],
        ),
        ("veo3.1", {"options": {"quality": "hd"}}, ["The gateway names no values for quality; hd is sent unchecked."]),
        (
            "veo3.1",
            {"options": {"function_mode": "x"}},
            ["The gateway names no values for function_mode; x is sent unchecked."],
        ),
        (
            "veo3.1",
            {"options": {"metadata": {"seed": 1, "foo": 2}}},
            ["What metadata carries (seed, foo) is sent unchecked and may override the fields that were."],
        ),
        ("veo3.1", {"options": {"n": 1, "callback_url": "https://example.com/done", "user": "u"}}, []),
        ("veo3.1", {"image": "", "reference_images": [], "seed": None}, []),
    ],
)
def test_what_a_model_does_without_is_said(model: str, arguments: JsonObject, messages: list[str]) -> None:
    assert warnings(model, arguments) == messages


def test_what_a_model_lacks_does_not_go_out() -> None:
    assert "seed" not in stated_fields(ask("sora-2", {"seed": 7}))
    assert "aspect_ratio" not in stated_fields(ask("kling-v3", {"image": FIRST, "aspect_ratio": "16:9"}))


def test_extra_models_never_hide_a_known_one() -> None:
    assert ask("my-wan").spec.family == "generic"
    assert CATALOG.find("veo3.1") is not None


@pytest.mark.parametrize(
    ("model", "arguments", "expected"),
    [
        ("veo3.1", {"seconds": 8, "options": {"duration": "8"}}, {"seconds": 8}),
        ("veo3.1", {"seconds": "8 s", "options": {"duration": 8, "Seconds": "8"}}, {"seconds": 8}),
        ("veo3.1", {"resolution": "1080P", "options": {"Resolution": 1080}}, {"resolution": "1080p"}),
        (
            "veo3.1",
            {"aspect_ratio": "16/9", "options": {"ratio": "16 : 9", "aspectRatio": "16:9"}},
            {"aspect_ratio": "16:9"},
        ),
        ("veo3.1", {"seed": 7, "options": {"seed": "7"}}, {"seed": 7}),
        ("kling-v3", {"audio": True, "options": {"sound": "on", "generate_audio": "true"}}, {"audio": True}),
        ("kling-v3", {"options": {"cfg_scale": 0.5, "cfg": "0.5"}}, {"cfg_scale": 0.5}),
        ("veo3.1", {"image": FIRST, "options": {"image_url": f" {FIRST} "}}, {"image": FIRST}),
        ("veo3.1", {"options": {"n": "1"}}, {"n": 1}),
        ("veo3.1", {"options": {"metadata": '{"a": 1}'}}, {"metadata": {"a": 1}}),
        ("veo3.1", {"options": {"person_generation": "Allow Adult"}}, {"person_generation": "allow_adult"}),
        ("kling-v3", {"options": {"kling_quality": "PRO"}}, {"kling_quality": "pro"}),
        ("sora-2", {"size": "16:9"}, {"size": "1280x720"}),
        ("sora-2-pro", {"size": "1080p"}, {"size": "1080x1920"}),
        ("veo3.1", {"seconds": "  ", "mode": " "}, {"seconds": 8}),
    ],
)
def test_equal_values_are_one_value_however_they_are_spelled(
    model: str, arguments: JsonObject, expected: JsonObject
) -> None:
    said = stated_fields(ask(model, arguments))
    assert {name: said.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("model", "arguments", "field"),
    [
        ("veo3.1", {"seconds": 8, "options": {"duration": "6"}}, "seconds"),
        ("kling-v3", {"audio": True, "options": {"sound": "off"}}, "audio"),
        ("veo3.1", {"seed": 1, "options": {"seed": "2"}}, "seed"),
        ("kling-v3", {"mode": "extend", "seconds": -5, "options": {"video_id": "7"}}, "seconds"),
        ("kling-v3", {"mode": "extend", "resolution": "tall", "options": {"video_id": "7"}}, "resolution"),
        ("happyhorse-1.0-i2v", {"image": FIRST, "aspect_ratio": "wide"}, "aspect_ratio"),
        ("kling-v3", {"seed": "many"}, "seed"),
        ("veo3.1", {"audio": "loud"}, "audio"),
        ("veo3.1", {"image": "asset://a-1"}, "image"),
        ("doubao-seedance-1-0-pro-250528", {"image": "asset://a-1"}, "image"),
        ("kling-v1-6", {"mode": "extend", "source_video": CLIP}, "source_video"),
    ],
)
def test_what_differs_or_makes_no_sense_is_refused(model: str, arguments: JsonObject, field: str) -> None:
    assert field in [finding.field for finding in findings(model, arguments)]


@pytest.mark.parametrize(
    ("model", "arguments", "mode", "expected"),
    [
        (
            "gemini-omni",
            {"mode": "reference_images", "reference_images": [FIRST]},
            "r2v",
            {"reference_images": [FIRST]},
        ),
        ("veo3.1", {"mode": "reference_material", "reference_images": [FIRST]}, "reference_images", {}),
        ("sora-2", {"mode": "reference_material", "reference_images": [FIRST]}, "reference_images", {}),
        ("kling-v1-6", {"mode": "r2v", "reference_images": [FIRST]}, "multi_i2v", {}),
        ("kling-v3", {"mode": "i2v_first_last", "image": FIRST, "end_image": LAST}, "i2v", {"end_image": LAST}),
        (
            "doubao-seedance-2-0-260128",
            {"mode": "reference_images", "reference_videos": [CLIP]},
            "reference_material",
            {"reference_videos": [CLIP]},
        ),
        ("doubao-seedance-2-0-260128", {"mode": "extend", "source_video": CLIP}, "reference_material", {}),
        ("happyhorse-1.0", {"source_video": CLIP, "image": FIRST}, "edit", {"reference_images": [FIRST]}),
        ("gemini-omni", {"mode": "edit", "source_video": CLIP, "image": FIRST}, "edit", {"reference_images": [FIRST]}),
    ],
)
def test_a_word_that_means_the_same_is_taken_and_the_answer_says_which_is_used(
    model: str, arguments: JsonObject, mode: str, expected: JsonObject
) -> None:
    request = ask(model, arguments)
    said = stated_fields(request)
    assert (request.mode, {name: said.get(name) for name in expected}) == (mode, expected)
    assert any(mode in finding.message or finding.field == "image" for finding in request.warnings)


@pytest.mark.parametrize(
    ("model", "images", "field"),
    [
        ("veo3.1", [FIRST], "image"),
        ("veo3.1", [FIRST, LAST], "reference_images"),
        ("gemini-omni", [FIRST], "reference_images"),
        ("happyhorse-1.0-r2v", [FIRST], "reference_images"),
        ("doubao-seedance-2-0-260128", [FIRST], "image"),
    ],
)
def test_one_image_without_a_mode_is_a_first_frame_and_several_are_references(
    model: str, images: list[JsonValue], field: str
) -> None:
    assert field in stated_fields(ask(model, {"options": {"images": images}}))


@pytest.mark.parametrize("source", ["video://vid_7/content", "video://vid_7", "vid_7"])
def test_kling_extends_a_video_of_ours(source: str) -> None:
    request = ask("kling-v1-6", {"source_video": source})
    assert (request.mode, stated_fields(request)["video_id"]) == ("extend", "vid_7")


def test_an_asset_goes_out_as_it_is_where_the_family_knows_it() -> None:
    request = ask("doubao-seedance-2-0-260128", {"reference_images": ["asset://a-1"]})
    assert request.params.reference_images == ("asset://a-1",)
    (finding,) = findings("veo3.1", {"image": "asset://a-1"})
    assert "doubao-seedance-2-0-260128" in finding.models
