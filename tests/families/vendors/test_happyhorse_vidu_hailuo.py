"""What HappyHorse, Vidu, Hailuo and self-hosted servers take, refuse and warn of."""

from __future__ import annotations

import pytest

from tests.families.samples import (
    CLIP,
    FIRST,
    LAST,
    LONGER_FILMS,
    SOUND,
    ask,
    images,
    refusals,
    stated_fields,
    warnings,
)
from video_mcp.types import JsonObject

MARK = (
    "{model} shows Happy Horse's mark in the video; options.watermark false leaves it out where the gateway passes "
    "that on."
)
CLEAN: JsonObject = {"options": {"watermark": False}}


@pytest.mark.parametrize(
    ("model", "arguments", "messages"),
    [
        ("happyhorse-1.0-t2v", {"image": FIRST}, [
            ("happyhorse-1.0-t2v does not take a first frame (this id does one thing; its sibling does that). "
            "happyhorse-1.0 or happyhorse-1.0-i2v would.")
        ]),
        ("happyhorse-1.0-i2v", {"mode": "r2v", "reference_images": [FIRST]}, [
            ("happyhorse-1.0-i2v does not do r2v (this id does one thing; its sibling does that); it does i2v. "
            "happyhorse-1.0 or happyhorse-1.0-r2v would do r2v.")
        ]),
        ("happyhorse-1.0-i2v", {}, ["happyhorse-1.0-i2v needs a first frame in mode i2v; add image."]),
        ("happyhorse-1.0", {"image": FIRST, "end_image": LAST}, [
            ("happyhorse-1.0 does not take an end frame (HappyHorse 1.0 has no last frame). "
            "It takes a first frame, reference images and a video to edit. veo3.1 or kling-v3 would.")
        ]),
        ("happyhorse-1.0", {"image": FIRST, "reference_images": [FIRST]}, [
            "happyhorse-1.0 does not take reference images in i2v beside a first frame; leave one of them out."
        ]),
        ("happyhorse-1.0", {"seconds": 16, "aspect_ratio": "2:1", "resolution": "4k"}, [
            "happyhorse-1.0 (t2v) takes seconds 3 to 15, not 16. Nearest: 15. viduq3-turbo would take 16.",
            ("happyhorse-1.0 (t2v) takes resolution 720p or 1080p, not 4k. Nearest: 1080p. "
            "veo3.1-4k or kling-v3 would take 4k."),
            ("happyhorse-1.0 (t2v) takes aspect_ratio 16:9, 9:16, 1:1, 4:3, 3:4, 4:5, 5:4, 9:21 or 21:9, not 2:1. "
            "Nearest: 16:9."),
        ]),
        ("happyhorse-1.0-r2v", {"reference_images": images(10)}, [
            "happyhorse-1.0-r2v (r2v) takes at most 9 reference_images, not 10; leave 1 out."
        ]),
        ("happyhorse-1.0-video-edit", {"source_video": CLIP, "reference_images": images(6)}, [
            "happyhorse-1.0-video-edit (edit) takes at most 5 reference_images, not 6; leave 1 out."
        ]),
        ("viduq3-turbo", {"seconds": 17}, [
            f"viduq3-turbo (t2v) takes seconds 1 to 16, not 17. Nearest: 16. {LONGER_FILMS}"
        ]),
        ("viduq3-turbo", {"seconds": 2, "reference_images": [FIRST]}, [
            ("viduq3-turbo (reference_images) takes seconds 3 to 16, not 2. Nearest: 3. "
            "doubao-seedance-1-0-lite-i2v-250428 would take 2.")
        ]),
        ("viduq3-turbo", {"aspect_ratio": "4:3", "reference_images": [FIRST]}, [
            ("viduq3-turbo (reference_images) takes aspect_ratio 16:9, 9:16 or 1:1, not 4:3. Nearest: 1:1. "
            "doubao-seedance-2-0-260128 would take 4:3.")
        ]),
        ("viduq3-turbo", {"reference_images": images(8)}, [
            "viduq3-turbo (reference_images) takes at most 7 reference_images, not 8; leave 1 out."
        ]),
        ("viduq3-turbo", {"reference_videos": [CLIP], "reference_images": [FIRST]}, [
            ("viduq3-turbo does not take reference videos (videos as references are for viduq2-pro, sounds for none). "
            "It takes a first frame, an end frame and reference images. doubao-seedance-2-0-260128 would.")
        ]),
        ("viduq3-turbo", {"reference_images": [FIRST], "audio": False, "options": {"off_peak": True}}, [
            "viduq3-turbo: off_peak true goes with audio true (off-peak work with references has sound), not false."
        ]),
        ("viduq3-turbo", {"options": {"wm_position": 5}}, ["wm_position is 1 to 4, not 5. Nearest: 4."]),
        ("hailuo-video", {"resolution": "1080p", "seconds": 10}, [
            "hailuo-video: resolution 1080p goes with seconds 6 (every Hailuo model renders 1080p at 6 s only), not 10."
        ]),
        ("hailuo-video", {"seconds": 3}, [
            ("hailuo-video (t2v) takes seconds 6 or 10 (4 to 15 s belong to MiniMax-H3), not 3. Nearest: 6. "
            "doubao-seedance-1-0-pro-250528, kling-v3, grok-imagine-video-1.5-preview or happyhorse-1.0 would take 3.")
        ]),
        ("hailuo-video", {"image": FIRST, "end_image": LAST, "options": {"fast_pretreatment": True}}, [
            ("hailuo-video: fast_pretreatment true does not go with end_image (MiniMax allows it without a last frame "
            "only); leave one of them out.")
        ]),
        ("hailuo-video", {"mode": "edit", "source_video": CLIP}, [
            ("hailuo-video does not do edit (no Hailuo model does it); it does t2v, i2v, i2v_first_last and "
            "reference_images. gemini-omni or happyhorse-1.0 would do edit.")
        ]),
        ("my-wan", {"options": {"width": 832}}, ["width and height belong together; add height."]),
        ("my-wan", {"size": "large"}, ["size cannot be large; it is width and height in pixels such as 1280x720."]),
        ("my-wan", {"options": {"n": 2}}, [
            ("One call makes one video, and no model here makes more; leave n out and call once for each, "
            "with allow_duplicate: true or another seed.")
        ]),
        ("my-wan", {"mode": "i2v"}, ["my-wan needs a first frame in mode i2v; add image."]),
    ],
)  # fmt: skip
def test_refuses(model: str, arguments: JsonObject, messages: list[str]) -> None:
    assert refusals(model, arguments) == messages


@pytest.mark.parametrize(
    ("model", "arguments", "messages"),
    [
        ("happyhorse-1.0", {}, [MARK.format(model="happyhorse-1.0")]),
        ("happyhorse-1.0-r2v", {"reference_images": images(9), "aspect_ratio": "9:21", **CLEAN}, []),
        ("happyhorse-1.0", {"resolution": "480p", **CLEAN}, [
            ("happyhorse-1.0 (t2v) takes resolution 720p or 1080p; 480p is sent anyway and may be changed or "
            "refused.")
        ]),
        ("happyhorse-1.0", {"image": FIRST, "aspect_ratio": "16:9", **CLEAN}, [
            "happyhorse-1.0 has no choice of aspect_ratio in i2v; 16:9 is not sent."
        ]),
        ("happyhorse-1.0-video-edit", {"source_video": CLIP, "seconds": 5, **CLEAN}, [
            "happyhorse-1.0-video-edit has no choice of seconds in edit; 5 is not sent."
        ]),
        ("happyhorse-1.0", {"negative_prompt": "rain", **CLEAN}, [
            "happyhorse-1.0 has no negative_prompt; it is not sent."
        ]),
        ("happyhorse-1.0", {"prompt": "雨" * 2501, **CLEAN}, [
            "The prompt has 2501 characters; happyhorse-1.0 reads 2500 and drops the rest."
        ]),
        ("happyhorse-1.0", {"options": {"watermark": False, "audio_setting": "origin"}}, [
            "audio_setting means something in edit only, not in t2v."
        ]),
        ("viduq3-turbo", {"image": FIRST, "end_image": LAST, "seed": 0, "audio": False}, []),
        ("viduq3-turbo", {"audio": False, "options": {"off_peak": True}}, []),
        ("viduq3-turbo", {"options": {"bgm": True, "style": "anime"}}, [
            "viduq3-turbo has no bgm (Vidu says that it has no effect on q3); it is sent and probably ignored.",
            "viduq3-turbo has no style (Vidu says that it has no effect on q3); it is sent and probably ignored.",
        ]),
        ("viduq3-turbo", {"reference_images": images(2)}, [
            ("Gateways of this kind choose the task by the number of images: two reference images may become the first "
            "and the last frame.")
        ]),
        ("viduq3-turbo", {"image": FIRST, "options": {"is_rec": True}}, [
            "With is_rec Vidu writes its own prompt, ignores yours and costs 10 credits more."
        ]),
        ("viduq3-turbo", {"reference_images": [FIRST], "prompt": "x" * 2001}, [
            "The prompt has 2001 characters; with references viduq3-turbo reads 2000."
        ]),
        ("hailuo-video", {"image": FIRST, "resolution": "512p", "seconds": 10}, []),
        ("hailuo-video", {"seconds": 8, "resolution": "2k"}, [
            ("hailuo-video (t2v) takes seconds 6 or 10 (4 to 15 s belong to MiniMax-H3); "
            "8 is sent anyway and may be changed or refused."),
            ("hailuo-video (t2v) takes resolution 768p or 1080p (others depend on the model behind the gateway); "
            "2k is sent anyway and may be changed or refused."),
        ]),
        ("hailuo-video", {"image": FIRST, "end_image": LAST}, [
            "hailuo-video, i2v_first_last: only MiniMax-Hailuo-02 takes a last frame; it may be ignored."
        ]),
        ("hailuo-video", {"reference_images": [FIRST], "reference_audios": [SOUND]}, [
            ("hailuo-video does not take reference audio (only MiniMax-H3 takes mixed references); it is sent anyway "
            "and may be ignored."),
            ("hailuo-video, reference_images: only S2V-01 (one person) and MiniMax-H3 take references; they may be "
            "ignored."),
        ]),
        ("hailuo-video", {"aspect_ratio": "9:16", "seed": 4}, [
            "hailuo-video has no seed; it is not sent.",
            "hailuo-video has no choice of aspect_ratio in t2v; 9:16 is not sent.",
        ]),
        ("my-wan", {"seconds": 97, "aspect_ratio": "7:5", "resolution": "333p", "options": {"fps": 16}}, []),
    ],
)  # fmt: skip
def test_takes_with_these_remarks(model: str, arguments: JsonObject, messages: list[str]) -> None:
    assert warnings(model, arguments) == messages


@pytest.mark.parametrize(
    ("model", "arguments", "expected"),
    [
        ("happyhorse-1.0", {"resolution": "720p"}, {"resolution": "720p"}),
        ("hailuo-video", {"resolution": "1080p"}, {"resolution": "1080p", "seconds": 6}),
        ("hailuo-video", {"options": {"first_frame_image": FIRST}}, {"image": FIRST}),
    ],
)
def test_resolutions_are_lower_case_and_vendors_names_are_taken(
    model: str, arguments: JsonObject, expected: JsonObject
) -> None:
    said = stated_fields(ask(model, arguments))
    assert {name: said.get(name) for name in expected} == expected


def test_a_self_hosted_server_gets_every_field_as_it_was_given() -> None:
    options: JsonObject = {
        "fps": 16,
        "num_frames": 81,
        "guidance_scale": 5.5,
        "num_inference_steps": 30,
        "flow_shift": 3.0,
        "width": 832,
        "height": 480,
        "extra": {"interpolation": True},
    }
    assert stated_fields(ask("my-wan", {"seed": 7, "negative_prompt": "rain", "options": options})) == {
        "seed": 7,
        "negative_prompt": "rain",
        **options,
    }
