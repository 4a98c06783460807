"""What Seedance and Gemini Omni take, refuse and warn of; both read `content`."""

from __future__ import annotations

import pytest
from pydantic import JsonValue

from tests.families.samples import CLIP, FIRST, LAST, SOUND, ask, images, refusals, stated_fields, warnings
from video_mcp.types import JsonObject

LITE_T2V = "doubao-seedance-1-0-lite-t2v-250428"
LITE_I2V = "doubao-seedance-1-0-lite-i2v-250428"
PRO = "doubao-seedance-1-0-pro-250528"
PRO_FAST = "doubao-seedance-1-0-pro-fast-251015"
PRO_1_5 = "doubao-seedance-1-5-pro-251215"
SEEDANCE_2 = "doubao-seedance-2-0-260128"
SEEDANCE_2_FAST = "doubao-seedance-2-0-fast-260128"
OMNI_MODES = (
    "gemini-omni, {mode}: the gateway's modes for gemini-omni are t2v, r2v and edit, and this one may be refused; "
)


def _text(text: str) -> JsonValue:
    return {"type": "text", "text": text}


def _image(url: str, role: str | None = None) -> JsonValue:
    item: JsonObject = {"type": "image_url", "image_url": {"url": url}}
    return {**item, "role": role} if role else item


def _video(url: str) -> JsonValue:
    return {"type": "video_url", "video_url": {"url": url}, "role": "reference_video"}


@pytest.mark.parametrize(
    ("model", "arguments", "messages"),
    [
        (LITE_T2V, {"image": FIRST}, [
            (f"{LITE_T2V} does not take a first frame (a text-only model). "
            f"{SEEDANCE_2} or {SEEDANCE_2_FAST} would.")
        ]),
        (LITE_I2V, {}, [f"{LITE_I2V} needs a first frame in mode i2v; add image."]),
        (LITE_I2V, {"mode": "t2v"}, [
            (f"{LITE_I2V} does not do t2v (it starts from an image); it does i2v, i2v_first_last, reference_images and "
            f"reference_material. {SEEDANCE_2} or {SEEDANCE_2_FAST} would do t2v.")
        ]),
        (LITE_I2V, {"reference_images": images(5)}, [
            f"{LITE_I2V} (reference_images) takes at most 4 reference_images, not 5; leave 1 out."
        ]),
        (LITE_I2V, {"reference_images": [FIRST], "resolution": "1080p"}, [
            (f"{LITE_I2V} (reference_images) takes resolution 480p or 720p, not 1080p. Nearest: 720p. "
            f"veo3.1-components, {SEEDANCE_2} or viduq3-turbo would take 1080p.")
        ]),
        (LITE_I2V, {"reference_images": [FIRST], "options": {"camera_fixed": True}}, [
            (f"{LITE_I2V}: camera_fixed true does not go with reference_images (the camera cannot be fixed with "
            "references); leave one of them out.")
        ]),
        (PRO_FAST, {"image": FIRST, "end_image": LAST}, [
            (f"{PRO_FAST} does not take an end frame (this model has no last frame). "
            f"It takes a first frame. {SEEDANCE_2} or {SEEDANCE_2_FAST} would.")
        ]),
        (PRO, {"reference_images": [FIRST]}, [
            (f"{PRO} does not take reference images (this model takes no references). "
            f"It takes a first frame and an end frame. {SEEDANCE_2} or {SEEDANCE_2_FAST} would.")
        ]),
        (PRO_1_5, {"mode": "reference_images", "reference_images": [FIRST]}, [
            (f"{PRO_1_5} does not do reference_images (this model takes no references); it does t2v, i2v and "
            f"i2v_first_last. {SEEDANCE_2} or {SEEDANCE_2_FAST} would do reference_images.")
        ]),
        (PRO, {"seconds": 13}, [
            (f"{PRO} (t2v) takes seconds 2 to 12, not 13. Nearest: 12. "
            f"{SEEDANCE_2}, kling-v3, grok-imagine-video-1.5-preview or happyhorse-1.0 would take 13.")
        ]),
        (SEEDANCE_2_FAST, {"seconds": 3, "resolution": "1080p"}, [
            (f"{SEEDANCE_2_FAST} (t2v) takes seconds 4 to 15, or -1 (-1 lets it choose), not 3. Nearest: 4. "
            f"{PRO}, kling-v3, grok-imagine-video-1.5-preview or happyhorse-1.0 would take 3."),
            (f"{SEEDANCE_2_FAST} (t2v) takes resolution 480p or 720p, not 1080p. Nearest: 720p. "
            f"veo3.1, {SEEDANCE_2}, kling-v3 or grok-imagine-video-1.5-preview would take 1080p."),
        ]),
        (SEEDANCE_2, {"reference_audios": [SOUND]}, [
            (f"{SEEDANCE_2} needs reference images or reference videos in mode reference_material; "
            "reference audio alone is not enough; add reference_images or reference_videos.")
        ]),
        (SEEDANCE_2, {"image": FIRST, "reference_images": [FIRST]}, [
            f"{SEEDANCE_2} does not take reference images in i2v beside a first frame; leave one of them out."
        ]),
        (SEEDANCE_2, {"reference_videos": [CLIP] * 4}, [
            f"{SEEDANCE_2} (reference_material) takes at most 3 reference_videos, not 4; leave 1 out."
        ]),
        (SEEDANCE_2, {"options": {"service_tier": "flex"}}, [
            (f"{SEEDANCE_2} takes service_tier default, not flex. {PRO_1_5}, {PRO}, {PRO_FAST} or {LITE_T2V} "
            "would take flex.")
        ]),
        (SEEDANCE_2, {"options": {"frames": 121}}, [
            f"{SEEDANCE_2} has no frames (this model lacks it); leave it out. {PRO} or {PRO_FAST} would take it."
        ]),
        (PRO, {"options": {"frames": 122}}, ["frames is 25 plus a multiple of 4, not 122; nearest: 121 and 125."]),
        (PRO, {"options": {"draft": True}}, [
            f"{PRO} has no draft (this model lacks it); leave it out. {PRO_1_5} would take it."
        ]),
        (PRO_1_5, {"resolution": "720p", "options": {
            "draft": True, "return_last_frame": True, "service_tier": "flex"
        }}, [
            f"{PRO_1_5}: draft true goes with resolution 480p (a draft is 480p), not 720p.",
            (f"{PRO_1_5}: draft true does not go with return_last_frame (a draft has no last frame to return); "
            "leave one of them out."),
            f"{PRO_1_5}: draft true goes with service_tier default (a draft has no cheaper tier), not flex.",
        ]),
        (PRO, {"options": {"execution_expires_after": 60}}, [
            "execution_expires_after is at least 3600, not 60. Nearest: 3600."
        ]),
        (PRO, {"mode": "edit", "source_video": CLIP}, [
            (f"{PRO} does not do edit (Seedance 2.0 does it with reference videos); it does t2v, i2v and "
            f"i2v_first_last. {SEEDANCE_2} or {SEEDANCE_2_FAST} would do edit.")
        ]),
        (SEEDANCE_2, {"options": {"content": [_text("another prompt")]}}, [
            ("prompt is given twice: content says another prompt, and beside it stands A lighthouse in a storm.; "
            "the gateway would drop one of them, so give one.")
        ]),
        (SEEDANCE_2, {"options": {"content": [_image(FIRST, "middle_frame")]}}, [
            "content[0].role is first_frame, last_frame or reference_image, not middle_frame. Nearest: last_frame."
        ]),
        (SEEDANCE_2, {"options": {"content": [{"type": "image", "url": FIRST}]}}, [
            ("content[0] has the type image; it is text, image_url, video_url, audio_url or draft_task. "
            "Did you mean image_url?")
        ]),
        (SEEDANCE_2, {"options": {"content": [{"url": FIRST}]}}, ["content[0] needs a type, such as image_url."]),
        (SEEDANCE_2, {"options": {"content": [_image(LAST, "last_frame")]}}, [
            f"{SEEDANCE_2} takes an end frame only together with a first frame; add image, or drop end_image."
        ]),
        ("gemini-omni", {"seconds": 2}, [
            ("gemini-omni (t2v) takes seconds 4, 6, 8 or 10 (the gateway maps other lengths to one of these), not 2. "
            f"Nearest: 4. {PRO}, grok-imagine-video-1.5-preview or viduq3-turbo would take 2.")
        ]),
        ("gemini-omni", {"aspect_ratio": "1:1"}, [
            ("gemini-omni (t2v) takes aspect_ratio 16:9 or 9:16, not 1:1. Nearest: 16:9. "
            f"{SEEDANCE_2}, kling-v3, grok-imagine-video-1.5-preview or happyhorse-1.0 would take 1:1.")
        ]),
        ("gemini-omni", {"mode": "edit"}, ["gemini-omni needs a video to edit in mode edit; add source_video."]),
        ("gemini-omni", {"mode": "edit", "options": {"videos": [CLIP, CLIP]}}, [
            "source_video takes one value, not 2; make a call for each."
        ]),
        ("gemini-omni", {"mode": "r2v"}, [
            "gemini-omni needs a first frame or reference images in mode r2v; add image or reference_images."
        ]),
        ("gemini-omni", {"reference_images": images(11)}, [
            "gemini-omni (r2v) takes at most 10 reference_images, not 11; leave 1 out."
        ]),
        ("gemini-omni", {"reference_audios": [SOUND], "reference_images": [FIRST]}, [
            ("gemini-omni does not take reference audio (it takes images as references, and one video to edit). "
            f"It takes a first frame, an end frame, reference images and a video to edit. {SEEDANCE_2} would.")
        ]),
    ],
)  # fmt: skip
def test_refuses(model: str, arguments: JsonObject, messages: list[str]) -> None:
    assert [said.partition(" It looks like ")[0] for said in refusals(model, arguments)] == messages


@pytest.mark.parametrize(
    ("model", "arguments", "messages"),
    [
        (SEEDANCE_2, {"reference_images": images(9), "reference_videos": [CLIP], "reference_audios": [SOUND]}, []),
        (SEEDANCE_2, {"seconds": -1, "aspect_ratio": "adaptive", "options": {"tools": [{"type": "web_search"}]}}, []),
        (PRO_1_5, {"image": FIRST, "end_image": LAST, "audio": False, "seed": -1}, []),
        (PRO_1_5, {"aspect_ratio": "adaptive"}, []),
        (PRO, {"aspect_ratio": "21:9", "options": {"service_tier": "flex", "watermark": True}}, []),
        (SEEDANCE_2, {"resolution": "4k"}, [
            (f"{SEEDANCE_2} (t2v) takes resolution 480p, 720p or 1080p (4k is documented by others than ByteDance); "
            "4k is sent anyway and may be changed or refused.")
        ]),
        (SEEDANCE_2, {"options": {"camera_fixed": True}}, [
            f"{SEEDANCE_2} has no camera_fixed (Seedance 2.0 ignores it); it is sent and probably ignored."
        ]),
        (LITE_T2V, {"resolution": "1080p"}, [
            (f"{LITE_T2V} (t2v) takes resolution 480p or 720p (1080p is documented, but several gateways stop at "
            "720p); 1080p is sent anyway and may be changed or refused.")
        ]),
        (PRO, {"audio": True}, [f"{PRO} has no audio (its videos are silent); it is sent and probably ignored."]),
        (PRO, {"aspect_ratio": "adaptive"}, [
            (f"{PRO} (t2v) takes aspect_ratio 16:9, 4:3, 1:1, 3:4, 9:16 or 21:9 (adaptive follows an image, and there "
            "is none); adaptive is sent anyway and may be changed or refused.")
        ]),
        (PRO, {"options": {"frames": 121}}, [
            ("frames decides the length: 121 frames are 5.0 s, whatever seconds "
            "says.")
        ]),
        (PRO, {"prompt": "海" * 501}, [
            (f"{PRO} is made for prompts of up to 500 Chinese characters or 1000 words; details of a "
            f"longer one get lost.")
        ]),
        ("gemini-omni", {"source_video": CLIP, "reference_images": images(3)}, []),
        ("gemini-omni", {"seconds": 5}, [
            ("gemini-omni (t2v) takes seconds 4, 6, 8 or 10 (the gateway maps other lengths to one of these); "
            "5 is sent anyway and probably becomes 6.")
        ]),
        ("gemini-omni", {"mode": "t2v", "reference_images": [FIRST]}, [
            "gemini-omni (t2v) is not meant to have reference_images; it is sent anyway and may be ignored."
        ]),
        ("gemini-omni", {"image": FIRST}, [
            "gemini-omni takes the image as a reference: the video need not start with it."
        ]),
        ("gemini-omni", {"mode": "i2v", "image": FIRST}, [
            OMNI_MODES.format(mode="i2v") + "r2v takes the image as a reference."
        ]),
        ("gemini-omni", {"image": FIRST, "end_image": LAST}, [
            OMNI_MODES.format(mode="i2v_first_last") + "veo3.1 takes both frames."
        ]),
        ("gemini-omni", {"reference_images": images(4)}, [
            "gemini-omni (r2v) is known to take 3 reference_images; 4 are sent anyway."
        ]),
        ("gemini-omni", {"source_video": CLIP, "seconds": 4}, [
            "Some gateways render and bill every edit as 10 s; 4 s may come as 10."
        ]),
    ],
)  # fmt: skip
def test_takes_with_these_remarks(model: str, arguments: JsonObject, messages: list[str]) -> None:
    assert warnings(model, arguments) == messages


@pytest.mark.parametrize(
    ("model", "content", "mode", "expected"),
    [
        (SEEDANCE_2, [_text("Rain.")], "t2v", {}),
        (SEEDANCE_2, [_text("Rain."), _image(FIRST)], "i2v", {"image": FIRST}),
        (
            PRO,
            [_text("Rain."), _image(FIRST, "first_frame"), _image(LAST, "last_frame")],
            "i2v_first_last",
            {"image": FIRST, "end_image": LAST},
        ),
        (
            SEEDANCE_2,
            [_text("Rain."), _image(FIRST), _image(LAST)],
            "reference_images",
            {"reference_images": [FIRST, LAST]},
        ),
        (
            SEEDANCE_2,
            [_text("Rain."), _image(FIRST, "reference_image"), _video(CLIP)],
            "reference_material",
            {"reference_images": [FIRST], "reference_videos": [CLIP]},
        ),
        (PRO_1_5, [{"type": "draft_task", "draft_task": {"id": "d-1"}}], "t2v", {"draft_task_id": "d-1"}),
        ("gemini-omni", [_text("Rain."), _image(FIRST)], "r2v", {"reference_images": [FIRST]}),
        ("gemini-omni", [_text("Rain."), _video(CLIP)], "edit", {"source_video": CLIP}),
    ],
)
def test_content_means_the_canonical_fields(
    model: str, content: list[JsonValue], mode: str, expected: JsonObject
) -> None:
    request = ask(model, {"prompt": "", "options": {"content": content}})
    media = {name: value for name, value in stated_fields(request).items() if name in expected or name == "content"}
    assert (request.mode, media) == (mode, expected)


def test_seedance_2_edits_by_reference() -> None:
    request = ask(SEEDANCE_2, {"mode": "edit", "source_video": CLIP})
    assert (request.mode, request.params.reference_videos) == ("reference_material", (CLIP,))


def test_frames_decide_how_many_seconds_are_counted() -> None:
    assert stated_fields(ask(PRO, {"options": {"frames": 241}}))["seconds"] == 10
