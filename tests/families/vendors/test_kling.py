"""What Kling's nine versions take, refuse and warn of."""

from __future__ import annotations

import pytest
from pydantic import JsonValue

from tests.families.samples import CATALOG, FIRST, LAST, ask, images, refusals, stated_fields, warnings
from video_mcp.families.params import Family
from video_mcp.types import JsonObject

VERSIONS = (
    "kling-v1, kling-v1-5, kling-v1-6, kling-v2-master, kling-v2-1, kling-v2-1-master, kling-v2-5-turbo, kling-v2-6 "
    "or kling-v3"
)
ZOOM: JsonValue = {"type": "simple", "config": {"zoom": 5}}
MASK: JsonValue = {"mask": FIRST, "trajectories": [{"x": 0, "y": 0}, {"x": 9, "y": 9}]}


@pytest.mark.parametrize(
    ("model", "arguments", "messages"),
    [
        ("kling-video", {}, [
            f"kling-video needs options.model_name: {VERSIONS}. Each is also a model id of its own."
        ]),
        ("kling-video", {"options": {"model_name": "kling-v27"}}, [
            f"model_name is {VERSIONS}, not kling-v27. Nearest: kling-v2-6."
        ]),
        ("kling-v3", {"options": {"model_name": "kling-v2-6"}}, [
            "model says kling-v3 and model_name says kling-v2-6; give one of them."
        ]),
        ("kling-v2-1", {}, ["kling-v2-1 needs a first frame in mode i2v; add image."]),
        ("kling-v1-5", {"mode": "t2v"}, [
            ("kling-v1-5 does not do t2v (this version starts from an image); it does i2v, multi_i2v and extend. "
            "kling-v3, kling-v2-6 or kling-v2-5-turbo would do t2v.")
        ]),
        ("kling-v2-master", {"image": FIRST, "end_image": LAST}, [
            ("kling-v2-master does not take an end frame (this version has no end frame). "
            "It takes a first frame and reference images. kling-v3, kling-v2-6 or kling-v2-5-turbo would.")
        ]),
        ("kling-v3", {"mode": "i2v_first_last", "image": FIRST}, [
            "i2v_first_last needs an end frame; add end_image, or use i2v."
        ]),
        ("kling-v2-6", {"seconds": 7}, [
            ("kling-v2-6 (t2v) takes seconds 5 or 10, not 7. Nearest: 5. "
            "doubao-seedance-2-0-260128, kling-v3, grok-imagine-video-1.5-preview or happyhorse-1.0 would take 7.")
        ]),
        ("kling-v3", {"seconds": 16}, [
            "kling-v3 (t2v) takes seconds 3 to 15, not 16. Nearest: 15. viduq3-turbo would take 16."
        ]),
        ("kling-v3", {"aspect_ratio": "4:3"}, [
            ("kling-v3 (t2v) takes aspect_ratio 16:9, 9:16 or 1:1, not 4:3. Nearest: 1:1. doubao-seedance-2-0-260128, "
            "grok-imagine-video-1.5-preview, happyhorse-1.0 or viduq3-turbo would take 4:3.")
        ]),
        ("kling-v2-5-turbo", {"audio": True}, [
            ("kling-v2-5-turbo has no audio (sound starts with kling-v2-6); leave it out. "
            "kling-v3 or kling-v2-6 would take it.")
        ]),
        ("kling-v2-6", {"audio": True, "image": FIRST, "end_image": LAST, "options": {"kling_quality": "pro"}}, [
            "kling-v2-6: audio true does not go with end_image (the end frame needs sound off); leave one of them out."
        ]),
        ("kling-v2-6", {"image": FIRST, "end_image": LAST, "options": {"kling_quality": "std"}}, [
            ("kling-v2-6: end_image goes with kling_quality pro (Kling's documentation ties the end frame to it), "
            "not std.")
        ]),
        ("kling-v3", {"image": FIRST, "end_image": LAST, "options": {"kling_quality": "4k"}}, [
            ("kling-v3: end_image goes with kling_quality std or pro (Kling's documentation ties the end frame to it), "
            "not 4k.")
        ]),
        ("kling-v1", {"image": FIRST, "end_image": LAST, "seconds": 10}, [
            "kling-v1: end_image goes with seconds 5 (with an end frame this version renders 5 s), not 10."
        ]),
        ("kling-v2-6", {"options": {"kling_quality": "4k"}}, [
            "kling-v2-6 takes kling_quality std or pro, not 4k. kling-v3 would take 4k."
        ]),
        ("kling-v2-6", {"resolution": "4k"}, [
            ("kling-v2-6 (t2v) takes resolution 720p or 1080p (kling_quality decides), not 4k. Nearest: 1080p. "
            "veo3.1-4k or kling-v3 would take 4k.")
        ]),
        ("kling-v3", {"resolution": "720p", "options": {"kling_quality": "pro"}}, [
            "kling-v3: kling_quality pro goes with resolution 1080p (the quality decides the resolution), not 720p."
        ]),
        ("kling-v3", {"options": {"cfg_scale": 1.5}}, ["cfg_scale is at most 1, not 1.5. Nearest: 1."]),
        ("kling-v3", {"negative_prompt": "x" * 2501}, [
            "negative_prompt holds at most 2500 characters, not 2501; shorten it."
        ]),
        ("kling-v1-6", {"reference_images": images(5)}, [
            "kling-v1-6 (multi_i2v) takes at most 4 reference_images, not 5; leave 1 out."
        ]),
        ("kling-v1-6", {"mode": "extend"}, ["kling-v1-6 needs options.video_id for extend."]),
        ("kling-v3", {"options": {"camera_control": ZOOM}}, [
            ("kling-v3 has no camera_control (only kling-v1 in t2v and kling-v1-5 in i2v take it); leave it out. "
            "kling-v1-5 or kling-v1 would take it.")
        ]),
        ("kling-v1", {"options": {"camera_control": {"type": "simple", "config": {"zoom": 5, "pan": 1}}}}, [
            ("camera_control.config moves one way at a time: exactly one of its six numbers differs from 0, and here "
            "pan and zoom do.")
        ]),
        ("kling-v1", {"options": {"camera_control": {"type": "simple", "config": {}}}}, [
            ("camera_control.config moves one way at a time: exactly one of its six numbers differs from 0, and here "
            "none does.")
        ]),
        ("kling-v1", {"options": {"camera_control": {"type": "simple", "config": {"zoom": 11}}}}, [
            "camera_control.config.zoom is at most 10, not 11. Nearest: 10."
        ]),
        ("kling-v1", {"options": {"camera_control": {"type": "simple"}}}, [
            'camera_control of the type simple needs config, such as {"zoom": 5}.'
        ]),
        ("kling-v1", {"options": {"camera_control": {"type": "forward_up", "config": {"zoom": 5}}}}, [
            "camera_control of the type forward_up takes no config; leave config out, or use the type simple."
        ]),
        ("kling-v1", {"options": {"camera_control": {"type": "simple", "config": {"dolly": 5}}}}, [
            "camera_control.config has no dolly; leave it out."
        ]),
        ("kling-v1", {"options": {"camera_control": {"config": {"zoom": 5}}}}, ["camera_control needs type."]),
        ("kling-v1", {"options": {"camera_control": "zoom"}}, ["camera_control is an object, not zoom."]),
        ("kling-v1", {"image": FIRST, "options": {"camera_control": ZOOM}}, [
            "kling-v1 takes camera_control in t2v only, not in i2v; leave it out. kling-v1-5 takes it in i2v."
        ]),
        ("kling-v1-5", {"image": FIRST, "options": {"camera_control": {"type": "forward_up"}}}, [
            "kling-v1-5 takes camera_control of the type simple only, not forward_up; kling-v1 takes forward_up."
        ]),
        ("kling-v1", {"image": FIRST, "end_image": LAST, "options": {"dynamic_masks": [MASK]}}, [
            ("kling-v1: dynamic_masks does not go with end_image (an end frame, masks and camera_control exclude one "
            "another); leave one of them out.")
        ]),
        ("kling-v1", {"image": FIRST, "options": {"dynamic_masks": [MASK] * 7}}, [
            "dynamic_masks holds at most 6 items, not 7."
        ]),
        ("kling-v1", {"image": FIRST, "options": {"dynamic_masks": [
            {"mask": FIRST, "trajectories": [{"x": 0, "y": 0}]}
        ]}}, [
            "dynamic_masks[0].trajectories needs at least 2 items, not 1."
        ]),
        ("kling-v2-6", {"options": {"voice_list": [{"voice_id": "a"}], "kling_quality": "pro"}}, [
            "kling-v2-6: voice_list goes with audio true (voices need sound); audio is not given."
        ]),
        ("kling-v3", {"options": {"multi_shot": True, "shot_type": "customize"}}, [
            "shot_type customize needs multi_prompt: one prompt for each shot."
        ]),
        ("kling-v3", {"seconds": 5, "options": {"multi_shot": True, "multi_prompt": [
            {"index": 1, "prompt": "a", "duration": 4}, {"index": 2, "prompt": "b", "duration": 4}
        ]}}, ["The shots last 8 s together, but seconds is 5; make them equal."]),
        ("kling-v3", {"image": FIRST, "end_image": LAST, "options": {"multi_shot": True}}, [
            ("kling-v3: multi_shot true does not go with end_image (several shots have no end frame); "
            "leave one of them out.")
        ]),
        ("kling-v2-6", {"options": {"multi_shot": True}}, [
            "kling-v2-6 has no multi_shot (this version lacks it); leave it out. kling-v3 would take it."
        ]),
    ],
)  # fmt: skip
def test_refuses(model: str, arguments: JsonObject, messages: list[str]) -> None:
    assert [said.partition(" It looks like ")[0] for said in refusals(model, arguments)] == messages


@pytest.mark.parametrize(
    ("model", "arguments", "messages"),
    [
        ("kling-v3", {"image": FIRST, "end_image": LAST, "seconds": 15, "audio": True}, []),
        ("kling-v3", {"options": {"cfg_scale": 0}}, []),
        ("kling-v1", {"options": {"camera_control": ZOOM}}, []),
        ("kling-v1-6", {"mode": "extend", "prompt": "", "options": {"video_id": "77", "task_id": "5"}}, []),
        ("kling-v1-6", {"options": {"image_list": [{"image": FIRST}, {"image": LAST}]}}, []),
        ("kling-v2-6", {"options": {"watermark_info": {"enabled": False}, "external_task_id": "mine"}}, []),
        ("kling-v1-5", {"image": FIRST, "options": {"camera_control": ZOOM}}, [
            ("kling-v1-5: camera_control goes with kling_quality pro (Kling offers it in pro); "
            "kling_quality is not given.")
        ]),
        ("kling-v2-6", {"audio": True}, [
            ("kling-v2-6: audio true goes with kling_quality pro (sound comes with pro only); "
            "kling_quality is not given.")
        ]),
        ("kling-v2-6", {"image": FIRST, "end_image": LAST}, [
            ("kling-v2-6: end_image goes with kling_quality pro (Kling's documentation ties the end frame to it); "
            "kling_quality is not given.")
        ]),
        ("kling-v2-6", {"options": {"kling_quality": "pro"}}, []),
        ("kling-v3", {"resolution": "4k"}, []),
        ("kling-v3", {"resolution": "720p"}, []),
        ("kling-v3", {"reference_images": [FIRST]}, [
            ("kling-v3, multi_i2v: Kling documents multi_i2v for kling-v1-6 "
            "only.")
        ]),
        ("kling-v3", {"options": {"video_id": "77"}}, [
            "kling-v3, extend: Kling documents extend for kling-v1, kling-v1-5 and kling-v1-6 only."
        ]),
        ("kling-v2-6", {"options": {"cfg_scale": 0.5}}, [
            "kling-v2-6 has no cfg_scale (Kling documents it for 1.x and 3); it is sent and probably ignored."
        ]),
        ("kling-v3", {"image": FIRST, "aspect_ratio": "16:9"}, [
            "kling-v3 has no choice of aspect_ratio in i2v; 16:9 is not sent."
        ]),
        ("kling-v1", {"negative_prompt": "rain", "options": {"video_id": "77"}}, [
            "kling-v1 has no negative_prompt in extend; it is sent and probably ignored."
        ]),
        ("kling-v2-master", {"options": {"kling_quality": "pro"}}, [
            "kling-v2-master has no kling_quality (it renders one quality only); it is sent and probably ignored.",
        ]),
    ],
)  # fmt: skip
def test_takes_with_these_remarks(model: str, arguments: JsonObject, messages: list[str]) -> None:
    assert warnings(model, arguments) == messages


@pytest.mark.parametrize(
    ("model", "arguments", "version"),
    [
        ("kling-video", {"options": {"model_name": "kling-v2-6"}}, "kling-v2-6"),
        ("kling-video", {"options": {"model_name": "Kling-V3"}}, "kling-v3"),
        ("kling-v3", {}, "kling-v3"),
        ("kling-v3", {"options": {"model_name": "kling-v3"}}, "kling-v3"),
    ],
)
def test_a_version_is_found_by_model_or_model_name(model: str, arguments: JsonObject, version: str) -> None:
    request = ask(model, arguments)
    assert (request.spec.id, request.spec.model_on_wire) == (version, "kling-video")
    assert stated_fields(request)["model_name"] == version


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"mode": "pro"}, {"kling_quality": "pro"}),
        ({"resolution": "1080p"}, {"kling_quality": "pro", "resolution": "1080p"}),
        ({"options": {"kling_quality": "4k"}}, {"kling_quality": "4k", "resolution": "4k"}),
        ({"options": {"sound": "off"}}, {"audio": False}),
        ({"image": FIRST, "options": {"image_tail": LAST}}, {"end_image": LAST}),
        ({"mode": "i2v_first_last", "image": FIRST, "end_image": LAST}, {"end_image": LAST}),
        (
            {"prompt": "", "options": {"multi_shot": True, "multi_prompt": [
                {"index": 1, "prompt": "a", "duration": "4"}, {"index": 2, "prompt": "b", "duration": 4}
            ]}},
            {"seconds": 8},
        ),
    ],
)  # fmt: skip
def test_klings_own_words_are_understood(arguments: JsonObject, expected: JsonObject) -> None:
    said = stated_fields(ask("kling-v3", arguments))
    assert {name: said.get(name) for name in expected} == expected


@pytest.mark.parametrize("value", ["zoom in", {"zoom": 5}, {"type": "zoom"}, ["simple"], {"type": "simple"}])
def test_a_camera_that_cannot_be_read_is_shown_its_shape_once(value: JsonValue) -> None:
    (said,) = [" ".join(refusals("kling-v1", {"options": {"camera_control": value}}))]
    assert said.count('It looks like {"type": "simple", "config": {"zoom": 5}}.') == 1


@pytest.mark.parametrize(
    ("model", "arguments", "words"),
    [
        ("kling-v3", {}, "only kling-v1 in t2v and kling-v1-5 in i2v take it"),
        ("kling-v1", {"image": FIRST}, "kling-v1-5 takes it in i2v"),
        ("veo3.1", {}, "kling-v1-5 and kling-v1 have it"),
    ],
)
def test_a_camera_leads_to_the_models_and_modes_that_take_it(model: str, arguments: JsonObject, words: str) -> None:
    found = refusals(model, {**arguments, "options": {"camera_control": ZOOM}})
    assert words in " ".join(found)
    assert refusals("kling-v1", {"options": {"camera_control": ZOOM}}) == []
    assert refusals("kling-v1-5", {"image": FIRST, "options": {"camera_control": ZOOM}}) == []


@pytest.mark.parametrize("family", CATALOG.families, ids=lambda family: family.name)
def test_every_shape_that_is_shown_can_be_read(family: Family) -> None:
    for name, field in family.params.model_fields.items():
        for example in field.examples or ():
            assert getattr(family.params.model_validate({name: example}), name)
