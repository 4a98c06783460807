"""What the gateway and its vendors accept and refuse, case by case."""

from __future__ import annotations

import pytest

from video_mcp.simulator.body import Body, Upload
from video_mcp.simulator.rules import check
from video_mcp.simulator.rules_data import KLING_VERSIONS, MODELS
from video_mcp.simulator.values import JsonValue
from video_mcp.types import JsonObject

IMAGE, OTHER_IMAGE, VIDEO, AUDIO = (f"https://example.com/{name}" for name in ("a.png", "b.png", "c.mp4", "d.mp3"))
PRO_1_0 = "doubao-seedance-1-0-pro-250528"
PRO_FAST = "doubao-seedance-1-0-pro-fast-251015"
PRO_1_5 = "doubao-seedance-1-5-pro-251215"
LITE_T2V = "doubao-seedance-1-0-lite-t2v-250428"
LITE_I2V = "doubao-seedance-1-0-lite-i2v-250428"
SEEDANCE_2 = "doubao-seedance-2-0-260128"
SEEDANCE_2_FAST = "doubao-seedance-2-0-fast-260128"
GROK_1_0, GROK_1_5, GROK_3 = "grok-imagine-1.0-video", "grok-imagine-video-1.5-preview", "grok-video-3"
HORSE = "happyhorse-1.0"
CAMERA: JsonObject = {"type": "simple", "config": {"pan": 5}}


def request(model: str, **fields: JsonValue) -> Body:
    return Body(fields={"model": model, "prompt": "a cat", **fields})


def kling(version: str, **fields: JsonValue) -> Body:
    return request("kling-video", model_name=f"kling-{version}", **fields)


def content(*items: tuple[str, str, str]) -> list[JsonValue]:
    return [{"type": kind, kind: {"url": url}, "role": role} for kind, url, role in items]


def urls(count: int) -> list[JsonValue]:
    return [f"https://example.com/{number}.png" for number in range(count)]


ACCEPTED: list[Body] = [
    request("sora-2", seconds="8", size="1280x720"),
    request("sora-2", seconds=12),
    request("sora-2", input_reference={"image_url": IMAGE}),
    request("sora-2", image=IMAGE, images=[IMAGE]),
    request("sora-2-pro", size="1792x1024"),
    request("sora-2", watermarking="an unknown key is dropped"),
    request("veo3", duration="8", ratio="9:16", resolution="1080P"),
    request("veo3", mode="i2v", image_url=IMAGE),
    request("veo3.1", image=IMAGE, end_image_url=OTHER_IMAGE),
    request("veo3.1", mode="i2v_first_last", images=[IMAGE, OTHER_IMAGE]),
    request("veo3.1", mode="reference_images", reference_images=urls(3)),
    request("veo3.1", metadata={"durationSeconds": 8, "seed": 4294967295}),
    request("veo3.1-components", image_url=IMAGE),
    request("veo3.1-components", mode="reference_images", reference_images=[{"url": IMAGE}]),
    request("veo3.1-4k", resolution="4k", size="1280x720"),
    request(GROK_1_0, seconds=30, aspect_ratio="16:9", resolution="720P", reference_images=[IMAGE]),
    request(GROK_1_5, duration=15, ratio="2:3"),
    request(GROK_3, input_reference=IMAGE),
    request(GROK_3, mode="reference_images", reference_images=urls(7)),
    request(LITE_T2V, duration=2, resolution="1080p"),
    request(LITE_I2V, image_url=IMAGE, last_image_url=OTHER_IMAGE),
    request(LITE_I2V, mode="reference_images", reference_images=urls(4)),
    request(PRO_1_0, metadata={"frames": 29}),
    request(PRO_FAST, mode="i2v", image_url=IMAGE),
    request(PRO_1_5, duration=-1, metadata={"draft": True, "resolution": "480p"}),
    request(SEEDANCE_2, mode="reference_material", image_urls=urls(9), video_urls=[VIDEO], audio_urls=[AUDIO]),
    request(
        SEEDANCE_2,
        content=content(("image_url", IMAGE, "first_frame"), ("image_url", OTHER_IMAGE, "last_frame")),
    ),
    request(SEEDANCE_2, content=content(("image_url", IMAGE, "reference_image"), ("audio_url", AUDIO, ""))),
    request(SEEDANCE_2, function_mode="omni_reference", metadata={"content": content(("video_url", VIDEO, ""))}),
    request(SEEDANCE_2, content=content(("image_url", IMAGE, ""))),
    kling("v2-6", mode="t2v", duration=5, aspect_ratio="16:9"),
    kling("v1-5", mode="i2v", image=IMAGE, image_tail=OTHER_IMAGE),
    kling("v1-6", mode="multi_i2v", image_list=[{"image": IMAGE}, {"image": OTHER_IMAGE}]),
    kling("v1", prompt="", mode="extend", video_id="123"),
    kling("v1", mode="t2v", camera_control=CAMERA),
    kling("v1-5", mode="i2v", image=IMAGE, camera_control=CAMERA, metadata={"mode": "pro"}),
    kling("v3", duration=15, sound="on"),
    kling("v3", duration=7, multi_prompt=[{"prompt": "a", "duration": 3}, {"prompt": "b", "duration": "4"}]),
    kling("v2-6", sound="on", voice_list=[{"voice_id": "1"}], cfg_scale=1),
    kling("v2-1", mode="i2v", image=IMAGE, aspect_ratio="4:3"),
    kling("v2-6", mode="pro"),
    request("gemini-omni", seconds=5),
    request("gemini-omni", mode="r2v", images=[IMAGE]),
    request("gemini-omni", mode="r2v", image=IMAGE, image_urls=urls(9)),
    request("gemini-omni", mode="edit", video_url=VIDEO, image=IMAGE),
    request("gemini-omni", videos=[{"url": VIDEO}]),
    request(HORSE, mode="video_edit", video=VIDEO, seconds=60),
    request(HORSE, mode="r2v", reference_images=urls(9), ratio="9:21"),
    request(f"{HORSE}-i2v", image_url=IMAGE, ratio="whatever the image has"),
    request(f"{HORSE}-t2v", duration=15, resolution="1080P"),
    request(f"{HORSE}-video-edit", video_url=VIDEO, image_urls=urls(5)),
    request("viduq3-turbo", duration=16, size="540P", aspect_ratio="3:4"),
    request("viduq3-turbo", images=[IMAGE, OTHER_IMAGE]),
    request("viduq3-turbo", images=urls(7)),
    request("hailuo-video", duration=6, resolution="1080P"),
    request("hailuo-video", metadata={"first_frame_image": IMAGE, "last_frame_image": OTHER_IMAGE}),
    request("hailuo-video", duration=10, resolution="768P", aspect_ratio="16:9"),
]

REFUSED: list[tuple[Body, str]] = [
    (request("sora-2", prompt=""), "prompt is required"),
    (request("sora-2", seconds="5"), "duration '5'"),
    (request("sora-2", seconds="soon"), "duration 'soon'"),
    (request("sora-2", seconds=4.5), "duration '4.5'"),
    (request("sora-2", size="1024x1792"), "size 1024x1792"),
    (request("sora-2", images=[IMAGE, OTHER_IMAGE]), "1 first frame image, got 2"),
    (request("sora-2", image=IMAGE, end_image_url=OTHER_IMAGE), "i2v_first_last"),
    (request("sora-2", mode="extend"), "'extend'"),
    (request("sora-2", video_urls=[VIDEO]), "reference_material"),
    (request("veo3", duration=5), "duration"),
    (request("veo3", ratio="1:1"), "aspect ratio"),
    (request("veo3", size="1024x1024"), "neither 16:9 nor 9:16"),
    (request("veo3", resolution="4k"), "resolution"),
    (request("veo3.1", reference_images=urls(4)), "1 to 3 reference image, got 4"),
    (request("veo3.1", end_image_url=IMAGE), "1 first frame image, got 0"),
    (request("veo3.1", mode="i2v"), "1 first frame image, got 0"),
    (request("veo3.1", audio_urls=[AUDIO]), "reference_material"),
    (request("veo3.1", seed=2**32), "seed"),
    (request("veo3.1-components"), "'t2v'"),
    (request("veo3.1-components", image=IMAGE, end_image_url=OTHER_IMAGE), "i2v_first_last"),
    (
        request("veo3.1-components", mode="i2v_first_last", image=IMAGE, end_image_url=OTHER_IMAGE),
        "not supported",
    ),
    (request(GROK_1_0, image=IMAGE, reference_images=[OTHER_IMAGE]), "together"),
    (request(GROK_1_0, seconds=31), "duration"),
    (request(GROK_1_5, seconds=16), "duration"),
    (request(GROK_3, seconds=0), "duration"),
    (request(GROK_3, aspect_ratio="21:9"), "aspect ratio"),
    (request(GROK_3, reference_images=urls(8)), "1 to 7 reference image, got 8"),
    (request(GROK_3, mode="i2v"), "1 first frame image, got 0"),
    (request(GROK_1_5, mode="edit", video=VIDEO), "'edit'"),
    (request(LITE_T2V, image_url=IMAGE), "'i2v'"),
    (request(LITE_I2V), "'t2v'"),
    (request(LITE_I2V, reference_images=urls(2), resolution="1080p"), "1080p"),
    (request(LITE_I2V, reference_images=urls(2), camera_fixed=True), "camera_fixed"),
    (request(LITE_I2V, reference_images=urls(5)), "1 to 4"),
    (request(PRO_FAST, image_url=IMAGE, end_image_url=OTHER_IMAGE), "i2v_first_last"),
    (request(PRO_1_0, reference_images=[IMAGE]), "reference_images"),
    (request(PRO_1_0, duration=13), "duration"),
    (request(PRO_1_0, duration=-1), "duration"),
    (request(PRO_1_0, frames=30), "25 + 4n"),
    (request(PRO_1_0, draft=True), "draft"),
    (request(PRO_1_5, duration=3), "duration"),
    (request(PRO_1_5, draft=True, resolution="720p"), "480p only"),
    (request(PRO_1_5, draft=True, service_tier="flex"), "excludes"),
    (request(SEEDANCE_2, duration=16), "duration"),
    (request(SEEDANCE_2, ratio="2:1"), "aspect ratio"),
    (request(SEEDANCE_2, audio_urls=[AUDIO]), "at least one reference image or video"),
    (request(SEEDANCE_2, mode="reference_material"), "at least one of"),
    (request(SEEDANCE_2, image_url=IMAGE, reference_images=[OTHER_IMAGE]), "first frame image, got 1"),
    (request(SEEDANCE_2, content=content(("image_url", IMAGE, "hero"))), "role 'hero'"),
    (request(SEEDANCE_2, content=content(("image_url", IMAGE, "last_frame"))), "1 first frame image, got 0"),
    (request(SEEDANCE_2, content=[{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]), "one text"),
    (request(SEEDANCE_2, video_urls=["data:video/mp4;base64,AA"]), "must be a URL"),
    (request(SEEDANCE_2, image_urls=urls(10), mode="reference_material"), "0 to 9"),
    (request(SEEDANCE_2, service_tier="flex"), "flex"),
    (request(SEEDANCE_2, execution_expires_after=60), "execution_expires_after"),
    (request(SEEDANCE_2_FAST, resolution="1080p"), "resolution"),
    (request("kling-video", mode="t2v"), "model_name is required"),
    (kling("v9", mode="t2v"), "'kling-v9' is not supported"),
    (kling("v1-5", mode="t2v"), "'t2v'"),
    (kling("v2-1"), "'t2v'"),
    (kling("v2-6", mode="i2v", image_url=IMAGE), "1 first frame image, got 0"),
    (kling("v2-6", mode="i2v_first_last", image=IMAGE, image_tail=OTHER_IMAGE), "i2v_first_last"),
    (kling("v2-master", mode="i2v", image=IMAGE, image_tail=OTHER_IMAGE), "i2v_first_last"),
    (kling("v2-6", duration=6), "duration"),
    (kling("v3", duration=16), "duration"),
    (kling("v2-6", aspect_ratio="4:3"), "aspect ratio"),
    (kling("v2-5-turbo", sound="on"), "sound is not supported"),
    (kling("v2-6", mode="i2v", image=IMAGE, image_tail=OTHER_IMAGE, sound="on"), "sound off"),
    (kling("v2-6", mode="i2v", image=IMAGE, image_tail=OTHER_IMAGE, metadata={"mode": "std"}), "mode pro"),
    (kling("v1", mode="i2v", image=IMAGE, image_tail=OTHER_IMAGE, duration=10), "duration of 5"),
    (kling("v1", camera_control=CAMERA, duration=10), "duration of 5"),
    (kling("v1", mode="i2v", image=IMAGE, camera_control=CAMERA), "text-to-video"),
    (kling("v1-5", mode="i2v", image=IMAGE, camera_control={"type": "down_back"}), "type simple only"),
    (kling("v2-6", camera_control=CAMERA), "camera_control is not supported"),
    (kling("v1", camera_control={"type": "spin"}), "'spin'"),
    (kling("v1", camera_control={"type": "simple", "config": {"pan": 5, "zoom": 1}}), "exactly one"),
    (kling("v1", camera_control={"type": "simple", "config": {"pan": 11}}), "exactly one"),
    (kling("v1", camera_control={"type": "down_back", "config": {"pan": 1}}), "simple only"),
    (kling("v1", mode="i2v", image=IMAGE, image_tail=OTHER_IMAGE, static_mask=IMAGE), "exclude each other"),
    (kling("v1", mode="i2v", image=IMAGE, dynamic_masks=urls(7)), "at most 6"),
    (kling("v2-6", mode="i2v", image=IMAGE, static_mask=IMAGE), "motion brush"),
    (kling("v1-6", mode="multi_i2v", image_list=urls(5)), "1 to 4"),
    (kling("v1-6", mode="multi_i2v", images=urls(2)), "1 to 4 reference image, got 0"),
    (kling("v1", mode="extend"), "video_id is required"),
    (kling("v2-6", cfg_scale=1.5), "cfg_scale"),
    (kling("v2-6", prompt="a" * 2501), "2500"),
    (kling("v2-6", negative_prompt="a" * 2501), "2500"),
    (kling("v2-6", sound="on", voice_list=urls(3)), "at most 2"),
    (kling("v2-6", voice_list=urls(1)), "sound on"),
    (kling("v3", duration=9, multi_prompt=[{"prompt": "a", "duration": 3}]), "sum to duration"),
    (kling("v3", multi_prompt=[{"prompt": "a" * 513, "duration": 5}]), "512"),
    (request("gemini-omni", seconds=2), "duration"),
    (request("gemini-omni", seconds=11), "duration"),
    (request("gemini-omni", ratio="1:1"), "aspect ratio"),
    (request("gemini-omni", mode="edit"), "1 video, got 0"),
    (request("gemini-omni", mode="edit", videos=[VIDEO, IMAGE]), "1 video, got 2"),
    (request("gemini-omni", mode="r2v"), "1 to 10"),
    (request("gemini-omni", mode="r2v", images=urls(11)), "1 to 10"),
    (request(HORSE), "mode is required"),
    (request(HORSE, mode="i2v", image=IMAGE, end_image_url=OTHER_IMAGE), "i2v_first_last"),
    (request(f"{HORSE}-t2v", mode="i2v", image=IMAGE), "'i2v'"),
    (request(f"{HORSE}-t2v", image=IMAGE), "got 1"),
    (request(f"{HORSE}-i2v"), "1 first frame image, got 0"),
    (request(f"{HORSE}-r2v", reference_images=urls(10)), "1 to 9"),
    (request(f"{HORSE}-video-edit"), "1 video, got 0"),
    (request(f"{HORSE}-t2v", duration=2), "duration"),
    (request(f"{HORSE}-t2v", ratio="2:1"), "aspect ratio"),
    (request(f"{HORSE}-t2v", resolution="4K"), "resolution"),
    (request(f"{HORSE}-t2v", seed=-1), "seed"),
    (request("viduq3-turbo", duration=17), "duration"),
    (request("viduq3-turbo", mode="reference_images", images=urls(3), duration=2), "duration"),
    (request("viduq3-turbo", mode="reference_images", images=urls(3), ratio="4:3"), "aspect ratio"),
    (request("viduq3-turbo", resolution="480p"), "resolution"),
    (request("viduq3-turbo", images=urls(8)), "1 to 7"),
    (request("viduq3-turbo", images=urls(3), video_urls=[VIDEO]), "0 video, got 1"),
    (request("hailuo-video", duration=10, resolution="1080P"), "1080P"),
    (request("hailuo-video", duration=3), "duration"),
    (request("hailuo-video", prompt="a" * 2001), "2000"),
    (request("hailuo-video", mode="edit", video=VIDEO), "'edit'"),
    (request("hailuo-video", images=urls(3), mode="i2v_first_last"), "end frame image, got 2"),
]


@pytest.mark.parametrize("body", ACCEPTED, ids=lambda body: str(body.fields)[:120])
def test_what_a_vendor_takes_is_accepted(body: Body) -> None:
    assert check(body) is None


@pytest.mark.parametrize(("body", "why"), REFUSED, ids=lambda part: str(getattr(part, "fields", part))[:120])
def test_what_a_vendor_refuses_is_refused_and_says_why(body: Body, why: str) -> None:
    violation = check(body)
    assert violation is not None
    assert why in violation.message


@pytest.mark.parametrize("model", sorted(MODELS))
def test_every_model_has_a_smallest_request_that_is_accepted(model: str) -> None:
    smallest: dict[str, JsonObject] = {
        "kling-video": {"model_name": "kling-v2-6"},
        "veo3.1-components": {"reference_images": [IMAGE]},
        LITE_I2V: {"image_url": IMAGE},
        HORSE: {"mode": "t2v"},
        f"{HORSE}-i2v": {"image_url": IMAGE},
        f"{HORSE}-r2v": {"reference_images": [IMAGE]},
        f"{HORSE}-video-edit": {"video_url": VIDEO},
    }
    assert check(request(model, **smallest.get(model, {}))) is None


@pytest.mark.parametrize("version", sorted(KLING_VERSIONS))
def test_every_kling_version_animates_an_image(version: str) -> None:
    assert check(request("kling-video", model_name=version, mode="i2v", image=IMAGE)) is None


@pytest.mark.parametrize(
    ("model", "taken"),
    [("sora-2", True), ("veo3.1", True), (PRO_1_0, False), ("viduq3-turbo", False), ("hailuo-video", False)],
)
def test_only_some_families_take_an_uploaded_image(model: str, taken: bool) -> None:
    upload = Upload(name="input_reference", filename="a.png", content_type="image/png", size=4)
    violation = check(Body(fields={"model": model, "prompt": "a cat"}, uploads=(upload,)))
    assert (violation is None) is taken
