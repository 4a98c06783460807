"""What Veo, Sora and Grok take, refuse and warn of."""

from __future__ import annotations

from dataclasses import MISSING, fields

import pytest

from tests.families.samples import (
    CLIP,
    FIRST,
    LAST,
    LONGER_FILMS,
    SOUND,
    ask,
    findings,
    images,
    refusals,
    stated_fields,
    warnings,
)
from video_mcp.families.spec import CURRENT, ModelSpec
from video_mcp.families.vendors.kling.versions import Version
from video_mcp.families.vendors.seedance.rows import Capabilities
from video_mcp.families.vendors.veo import ROWS, VeoModel, spec_of
from video_mcp.types import JsonObject

TEXT_ALONE = "Some channels of grok-imagine-video-1.5-preview still ask for an image and refuse text alone."
SHORT_CLIP = "Many channels of {model} render 8 s whatever is requested; {seconds} s may come as 8."


@pytest.mark.parametrize(
    ("model", "arguments", "messages"),
    [
        ("veo3.1", {"seconds": 5}, [
            ("veo3.1 (t2v) takes seconds 4, 6 or 8, not 5. Nearest: 4. "
            "doubao-seedance-2-0-260128, kling-v3, grok-imagine-video-1.5-preview or happyhorse-1.0 would take 5.")
        ]),
        ("veo3.1", {"aspect_ratio": "21:9"}, [
            ("veo3.1 (t2v) takes aspect_ratio 16:9 or 9:16, not 21:9. Nearest: 16:9. "
            "doubao-seedance-2-0-260128 or happyhorse-1.0 would take 21:9.")
        ]),
        ("veo3.1", {"end_image": LAST}, [
            "veo3.1 takes an end frame only together with a first frame; add image, or drop end_image."
        ]),
        ("veo3.1", {"image": FIRST, "reference_images": [FIRST]}, [
            "veo3.1 does not take reference images in i2v beside a first frame; leave one of them out."
        ]),
        ("veo3.1", {"mode": "t2v", "image": FIRST}, [
            "veo3.1 does not take a first frame in t2v; use i2v or i2v_first_last, or leave image out."
        ]),
        ("veo3.1", {"reference_images": images(4)}, [
            "veo3.1 (reference_images) takes at most 3 reference_images, not 4; leave 1 out."
        ]),
        ("veo3.1", {"reference_images": [FIRST], "seconds": 6}, [
            ("veo3.1 (reference_images) takes seconds 8 (with reference images it is always 8 s), not 6. Nearest: 8. "
            "doubao-seedance-2-0-260128 or viduq3-turbo would take 6.")
        ]),
        ("veo3.1", {"reference_audios": [SOUND], "reference_images": [FIRST]}, [
            ("veo3.1 does not take reference audio (Veo takes no video or audio as reference). "
            "It takes a first frame, an end frame and reference images. doubao-seedance-2-0-260128 would.")
        ]),
        ("veo3.1", {"mode": "extend"}, [
            ("veo3.1 does not do extend (the gateway offers no Veo extension); it does t2v, i2v, i2v_first_last and "
            "reference_images. kling-v1-6 would do extend.")
        ]),
        ("veo3.1-components", {}, [
            "veo3.1-components needs reference images in mode reference_images; add reference_images."
        ]),
        ("veo3.1-components", {"mode": "t2v"}, [
            ("veo3.1-components does not do t2v (it builds the video from 1 to 3 reference images); it does "
            "reference_images, reference_material and i2v. veo3.1 or veo3.1-fast would do t2v.")
        ]),
        ("veo3.1-components", {"image": FIRST, "end_image": LAST}, [
            ("veo3.1-components does not take an end frame (frames and references exclude one another). "
            "It takes a first frame and reference images. veo3.1 would.")
        ]),
        ("veo3", {"prompt": "  "}, [
            "veo3 needs a prompt for t2v: the gateway asks for one; say what the video shows."
        ]),
        ("veo3", {"seed": 4_294_967_296}, ["seed is at most 4294967295, not 4294967296. Nearest: 4294967295."]),
        ("sora-2", {"seconds": 7}, [
            ("sora-2 (t2v) takes seconds 4, 8 or 12 (16 and 20 came later and not everywhere), not 7. Nearest: 8. "
            "doubao-seedance-2-0-260128, kling-v3, grok-imagine-video-1.5-preview or happyhorse-1.0 would take 7.")
        ]),
        ("sora-2", {"size": "1024x1024"}, [
            "sora-2 (t2v) takes size 720x1280 or 1280x720, not 1024x1024."
        ]),
        ("sora-2", {"image": FIRST, "end_image": LAST}, [
            ("sora-2 does not take an end frame (Sora has no last frame). It takes a first frame and reference images. "
            "veo3.1 or kling-v3 would.")
        ]),
        ("sora-2", {"reference_images": images(2)}, [
            "sora-2 (reference_images) takes at most 1 reference_images, not 2; leave 1 out."
        ]),
        ("sora-2-pro", {"source_video": CLIP}, [
            ("sora-2-pro does not take a video to edit. It takes a first frame and reference images. "
            "gemini-omni or happyhorse-1.0 would.")
        ]),
        ("grok-imagine-video-1.5-preview", {"image": FIRST, "reference_images": [FIRST]}, [
            ("grok-imagine-video-1.5-preview does not take reference images in i2v beside a first frame; "
            "leave one of them out.")
        ]),
        ("grok-imagine-video-1.5-preview", {"seconds": 16}, [
            ("grok-imagine-video-1.5-preview (t2v) takes seconds 1 to 15, not 16. Nearest: 15. "
            "viduq3-turbo would take 16.")
        ]),
        ("grok-imagine-1.0-video", {"seconds": 31}, [
            ("grok-imagine-1.0-video (t2v) takes seconds 6 or 10 (what every reseller takes), not 31. Nearest: 10. "
            f"{LONGER_FILMS}")
        ]),
        ("grok-imagine-1.0-video", {"reference_images": images(8)}, [
            "grok-imagine-1.0-video (reference_images) takes at most 7 reference_images, not 8; leave 1 out."
        ]),
        ("grok-video-3", {"aspect_ratio": "21:9"}, [
            ("grok-video-3 (t2v) takes aspect_ratio 16:9, 9:16, 1:1, 3:2 or 2:3, not 21:9. Nearest: 16:9. "
            "doubao-seedance-2-0-260128 or happyhorse-1.0 would take 21:9.")
        ]),
        ("grok-video-3", {"mode": "edit", "source_video": CLIP}, [
            ("grok-video-3 does not do edit (xAI does this on another model, and the gateway names no such mode); it "
            "does t2v, i2v, i2v_first_last and reference_images. gemini-omni or happyhorse-1.0 would do edit.")
        ]),
    ],
)  # fmt: skip
def test_refuses(model: str, arguments: JsonObject, messages: list[str]) -> None:
    assert refusals(model, arguments) == messages


@pytest.mark.parametrize(
    ("model", "arguments", "messages"),
    [
        ("veo3.1", {"image": FIRST, "end_image": LAST, "seed": 0, "negative_prompt": "rain"}, []),
        ("veo3.1-components", {"reference_images": images(3)}, []),
        ("veo3-frames", {"image": FIRST}, []),
        ("veo3.1", {"seconds": 6}, [SHORT_CLIP.format(model="veo3.1", seconds=6)]),
        ("veo3.1", {"seconds": 4, "resolution": "1080p"}, [
            "veo3.1: resolution 1080p goes with seconds 8 (Google renders 1080p and 4k at 8 s only), not 4.",
            SHORT_CLIP.format(model="veo3.1", seconds=4),
        ]),
        ("veo3.1", {"resolution": "4k"}, [
            ("veo3.1 (t2v) takes resolution 720p or 1080p (for 4k prefer a -4k model); "
            "4k is sent anyway and may be changed or refused.")
        ]),
        ("veo3", {"resolution": "1080p", "aspect_ratio": "9:16"}, [
            "veo3: resolution 1080p goes with aspect_ratio 16:9 (Veo 3.0 renders 1080p in 16:9 only), not 9:16."
        ]),
        ("veo3", {"image": FIRST}, [
            "veo3, i2v: resellers take images through veo3-frames; here the image may be ignored."
        ]),
        ("veo3-fast-frames", {}, [
            "veo3-fast-frames, t2v: it starts from an image; without one use the id without -frames."
        ]),
        ("veo3.1-components", {"image": FIRST}, [
            "veo3.1-components, i2v: the image is taken as a thing that appears, not as the first frame."
        ]),
        ("veo3.1-4k", {"image": FIRST, "seconds": 4}, [
            "veo3.1-4k, i2v: some channels have no frame control for this id and may ignore the image.",
            "veo3.1-4k: resolution 4k goes with seconds 8 (Google renders 1080p and 4k at 8 s only), not 4.",
            SHORT_CLIP.format(model="veo3.1-4k", seconds=4),
        ]),
        ("veo3.1", {"audio": False}, ["veo3.1 has no audio switch: sound is always on."]),
        ("veo3.1", {"prompt": "x" * 4001}, [
            "The prompt has 4001 characters; veo3.1 reads 4000 and may cut or refuse the rest."
        ]),
        ("sora-2-pro", {"size": "1024x1792", "seconds": 12}, []),
        ("sora-2", {"seconds": 20}, [
            ("sora-2 (t2v) takes seconds 4, 8 or 12 (16 and 20 came later and not everywhere); "
            "20 is sent anyway and may be changed or refused.")
        ]),
        ("sora-2", {"reference_images": [FIRST]}, [
            "sora-2, reference_images: Sora takes one image, and as the first frame."
        ]),
        ("grok-imagine-1.0-video", {
            "reference_images": [FIRST], "seconds": 10, "aspect_ratio": "16:9", "resolution": "720P"
        }, ["grok-imagine-1.0-video, reference_images: some gateways keep only the first reference image."]),
        ("grok-imagine-1.0-video", {"seconds": 20}, [
            ("grok-imagine-1.0-video (t2v) takes seconds 6 or 10 (what every reseller takes); "
            "20 is sent anyway and may be changed or refused.")
        ]),
        ("grok-imagine-video-1.5-preview", {"seconds": 15, "resolution": "1080p", "aspect_ratio": "3:2"}, [TEXT_ALONE]),
        ("grok-imagine-video-1.5-preview", {"image": FIRST}, []),
        ("veo3.1", {"options": {"person_generation": "allow_all"}}, []),
        ("veo3.1", {"image": FIRST, "options": {"person_generation": "allow_all"}}, [
            "Google takes person_generation allow_all with text only; in i2v it takes allow_adult."
        ]),
        ("grok-imagine-video-1.5-preview", {"image": FIRST, "aspect_ratio": "1:1"}, [
            "grok-imagine-video-1.5-preview follows the shape of the image; aspect_ratio 1:1 may stretch it."
        ]),
        ("grok-imagine-video-1.5-preview", {"audio": False}, [
            TEXT_ALONE,
            ("Whether the gateway passes grok-imagine-video-1.5-preview the audio switch is not known; "
            "the video may have sound.")
        ]),
        ("grok-video-3", {"reference_images": images(4)}, [
            "grok-video-3, reference_images: some gateways keep only the first reference image.",
            "grok-video-3 (reference_images) is known to take 3 reference_images; 4 are sent anyway.",
        ]),
        ("grok-video-3", {"image": FIRST, "end_image": LAST}, [
            "grok-video-3, i2v_first_last: no last frame is described for this id; end_image may be ignored."
        ]),
    ],
)  # fmt: skip
def test_takes_with_these_remarks(model: str, arguments: JsonObject, messages: list[str]) -> None:
    assert warnings(model, arguments) == messages


@pytest.mark.parametrize(
    ("model", "remark"),
    [
        (
            "sora-2",
            (
                "sora-2: OpenAI ended this model on 2026-09-24 without a successor; the gateway "
                "decides whether it still "
                "serves it."
            ),
        ),
        ("veo3", "veo3: Google retired Veo 3.0 on 2026-06-30; gateways keep the name through other channels."),
        (
            "veo3.1",
            (
                "veo3.1: Google ended the preview ids of Veo 3.1 on 2026-10-22, and sources disagree on the end of the "
                "others (2026-11-17 or no date); the gateway decides what it serves."
            ),
        ),
    ],
)
def test_a_model_near_its_end_says_so_and_is_never_refused_for_it(model: str, remark: str) -> None:
    assert [finding.message for finding in ask(model).warnings if finding.field == "model"] == [remark]


@pytest.mark.parametrize(
    ("arguments", "size"),
    [
        ({}, "720x1280"),
        ({"aspect_ratio": "16:9"}, "1280x720"),
        ({"resolution": "720P", "aspect_ratio": "9:16"}, "720x1280"),
        ({"resolution": "1024p", "aspect_ratio": "16:9"}, "1792x1024"),
        ({"size": "1792 X 1024"}, "1792x1024"),
    ],
)
def test_sora_says_ratio_and_resolution_as_its_size(arguments: JsonObject, size: str) -> None:
    assert stated_fields(ask("sora-2-pro", arguments)) == {"seconds": 4, "size": size}


@pytest.mark.parametrize(
    ("also", "field"), [({"resolution": "360p"}, "resolution"), ({"aspect_ratio": "16:9"}, "aspect_ratio")]
)
def test_a_sora_size_and_what_contradicts_it_are_refused(also: JsonObject, field: str) -> None:
    (finding,) = findings("sora-2", {"size": "720x1280", **also})
    assert finding.field == field
    assert finding.message.startswith("size 720x1280 means")
    assert findings("sora-2", {"size": "720x1280", "resolution": "720P", "aspect_ratio": "9:16"}) == ()


def test_a_new_veo_id_has_the_life_that_its_row_states() -> None:
    known = ROWS[0]
    row = VeoModel(id="veo3.2-fast", lifecycle=CURRENT, resolution=known.resolution, modes=known.modes)
    assert spec_of(row).lifecycle == CURRENT


@pytest.mark.parametrize("row", [VeoModel, Capabilities, Version, ModelSpec])
def test_no_row_has_a_life_by_default(row: type) -> None:
    (lifecycle,) = (field for field in fields(row) if field.name == "lifecycle")
    assert lifecycle.default is MISSING
    assert lifecycle.default_factory is MISSING
