"""Stock new-api: a few typed fields at the top level, everything else in `metadata`.

What each channel honours is read from new-api's own adaptors (relay/channel/task, 2026-08) and from its newer plugins.
Media that one of the two generations drops are refused: the video would be made without them, and charged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import JsonValue

from video_mcp.errors import Finding
from video_mcp.families.messages import warning
from video_mcp.families.params import VideoRequest
from video_mcp.families.spec import MediaField, Mode
from video_mcp.gateway.dialects.common.places import Gathered, Places, Wire, body_of, put, with_places
from video_mcp.gateway.dialects.common.profile import (
    ANY_NUMBER,
    USAGE_CHARGES,
    Combination,
    MediumForm,
    Profile,
    Reading,
)
from video_mcp.gateway.dialects.common.recognition import NEW_API_VERSION
from video_mcp.gateway.dialects.common.values import (
    bare_base64,
    bare_masks,
    decimal_text,
    draft_items,
    first_of,
    happyhorse_media,
    image_objects,
    images_in_order,
    list_of_one,
    on_or_off,
    seedance_content,
    subject_reference,
    upper_case,
)
from video_mcp.gateway.upstream import ChargePlace, ServerSigns, WireBody

_COMMON: Places = {
    "prompt": ("prompt",),
    "mode": ("mode",),
    "seconds": ("duration",),
    "size": ("size",),
    "image": ("image",),
    "end_image": ("metadata.end_image_url",),
    "reference_images": ("images",),
    "reference_videos": ("metadata.video_urls",),
    "reference_audios": ("metadata.audio_urls",),
    "source_video": ("metadata.video_url",),
    "audio": ("metadata.generate_audio",),
    "extra": ("metadata",),
    "metadata": ("metadata",),
}
_REST = "metadata."
_FROM_MEDIA: frozenset[Mode] = frozenset(
    {"i2v", "i2v_first_last", "reference_images", "reference_material", "r2v", "edit"}
)


def _vidu_action(value: JsonValue) -> JsonValue:
    """Name the endpoint: without it two reference images become first and last frame."""
    actions: dict[JsonValue, str] = {
        "t2v": "textGenerate",
        "i2v": "generate",
        "i2v_first_last": "firstTailGenerate",
        "reference_images": "referenceGenerate",
        "reference_material": "referenceGenerate",
    }
    return actions.get(value, value)


_BY_FAMILY: Mapping[str, Wire] = {
    # The whole body goes on to the vendor, who knows no `mode`.
    "sora": Wire(
        places=with_places(
            _COMMON,
            {
                "seconds": ("seconds",),
                "mode": (),
                "image": ("input_reference",),
                "reference_images": ("input_reference",),
            },
        ),
        spelled={"seconds": decimal_text, "reference_images": first_of},
        rest=_REST,
    ),
    "veo": Wire(
        places=with_places(
            _COMMON,
            {
                "image": ("images",),
                "reference_images": ("metadata.reference_images",),
                "aspect_ratio": ("metadata.aspectRatio",),
                "negative_prompt": ("metadata.negativePrompt",),
                "person_generation": ("metadata.personGeneration",),
                "audio": ("metadata.generateAudio",),
            },
        ),
        spelled={"image": list_of_one},
        rest=_REST,
    ),
    "seedance": Wire(
        places=with_places(
            _COMMON,
            {
                # At the top level only what is above zero counts, and -1 lets the model choose.
                "seconds": ("metadata.duration",),
                "aspect_ratio": ("metadata.ratio",),
                "draft_task_id": ("metadata.content",),
            },
        ),
        spelled={"draft_task_id": draft_items},
        rest=_REST,
        gathered=Gathered(place="metadata.content", modes=_FROM_MEDIA, shape=seedance_content),
    ),
    "grok": Wire(
        places=with_places(
            _COMMON, {"seconds": ("seconds",), "mode": (), "reference_images": ("metadata.reference_images",)}
        ),
        spelled={"seconds": decimal_text},
        rest=_REST,
    ),
    "kling": Wire(
        places=with_places(
            _COMMON,
            {
                # Here `mode` is Kling's own: std or pro.
                "mode": (),
                # It would override the name that the operator mapped the model to.
                "model_name": (),
                "kling_quality": ("metadata.mode",),
                "resolution": (),
                "end_image": ("metadata.image_tail",),
                "reference_images": ("metadata.image_list",),
                "audio": ("metadata.sound",),
            },
        ),
        spelled={
            "image": bare_base64,
            "end_image": bare_base64,
            "reference_images": image_objects,
            "static_mask": bare_base64,
            "dynamic_masks": bare_masks,
            "audio": on_or_off,
        },
        rest=_REST,
    ),
    "happyhorse": Wire(
        # metadata is read over the whole request to Alibaba.
        places=with_places(
            _COMMON,
            {
                "aspect_ratio": ("metadata.parameters.ratio",),
                "resolution": ("metadata.parameters.resolution",),
                "watermark": ("metadata.parameters.watermark",),
                "seed": ("metadata.parameters.seed",),
                "audio_setting": ("metadata.parameters.audio_setting",),
            },
        ),
        spelled={"resolution": upper_case},
        rest=_REST,
        gathered=Gathered(place="metadata.input.media", modes=_FROM_MEDIA, shape=happyhorse_media),
    ),
    "vidu": Wire(
        places=with_places(_COMMON, {"mode": ("metadata.action",), "audio": ("metadata.audio",)}),
        spelled={"mode": _vidu_action},
        rest=_REST,
        gathered=Gathered(place="images", modes=_FROM_MEDIA, shape=images_in_order),
    ),
    "hailuo": Wire(
        places=with_places(
            _COMMON,
            {
                "resolution": ("size",),
                "image": ("metadata.first_frame_image",),
                "end_image": ("metadata.last_frame_image",),
                "reference_images": ("metadata.subject_reference",),
            },
        ),
        spelled={"reference_images": subject_reference, "resolution": upper_case},
        rest=_REST,
    ),
}
_ANY = Wire(places=_COMMON, rest=_REST)


def _body(request: VideoRequest) -> WireBody:
    """Return the JSON body for a stock new-api; a Kling version is a model id of its own there."""
    body = body_of(request, _BY_FAMILY.get(request.spec.family, _ANY), model=request.spec.id)
    if request.spec.family == "happyhorse" and request.mode == "i2v" and request.params.image:
        # The older generation reads `input_reference` only, the newer one `input.media`.
        put(body, "input_reference", request.params.image)
    return WireBody(json=body)


def _findings(request: VideoRequest) -> Iterable[Finding]:
    if request.spec.family == "happyhorse":
        if getattr(request.params, "watermark", None) is False:
            yield warning(
                "watermark", "new-api drops watermark false on its way to Alibaba: the mark stays.", value=False
            )
        if "t2v" in request.spec.id:
            yield warning(
                "resolution", "new-api adds a size of 1280*720 for this id; resolution and ratio may not count."
            )


_ANY_FORM: tuple[MediumForm, ...] = ("url", "data")
_FRAMES: dict[MediaField, int] = {"image": 1, "end_image": 1}
_REFERENCES: dict[MediaField, int] = {"reference_images": ANY_NUMBER}
_SHAPE = frozenset({"seconds", "resolution", "aspect_ratio"})
_OLDER = "releases before v1.0.0-rc.25 drop it"
_NO_FIELD = "its channel has no field for it"
_MULTI = "its channel calls text-to-video instead of multi-image2video"
_OLDER_MEDIA: dict[MediaField, str] = dict.fromkeys(
    ("image", "reference_images", "reference_videos", "reference_audios", "source_video"),
    f"{_OLDER}; with a newer one set VIDEO_MCP_VALIDATION=warn",
)
_GO = "new-api of 2026-08, relay/channel/task/"

_READINGS = (
    Reading(
        source=f"{_GO}sora",
        families=frozenset({"sora"}),
        combinations=(
            Combination(media={"image": 1}, forms=_ANY_FORM),
            Combination(media={"reference_images": 1}, forms=_ANY_FORM),
        ),
        fields=frozenset({"seconds", "size"}),
    ),
    Reading(
        source=f"{_GO}gemini and vertex",
        families=frozenset({"veo"}),
        # An address is dropped without an error, and a video made from the text alone.
        combinations=(Combination(media={"image": 1}, forms=("data",)),),
        fields=_SHAPE | {"negative_prompt", "person_generation", "seed", "audio"},
        media_lost={"end_image": _NO_FIELD, "reference_images": _NO_FIELD},
    ),
    Reading(
        source=f"{_GO}doubao",
        families=frozenset({"seedance"}),
        combinations=(
            Combination(
                media={**_FRAMES, **_REFERENCES, "reference_videos": ANY_NUMBER, "reference_audios": ANY_NUMBER},
                forms=(*_ANY_FORM, "asset"),
            ),
        ),
        fields=_SHAPE
        | {
            "seed",
            "audio",
            "camera_fixed",
            "watermark",
            "return_last_frame",
            "service_tier",
            "draft",
            "draft_task_id",
            "execution_expires_after",
            "tools",
            "frames",
            "callback_url",
        },
    ),
    Reading(
        source=f"{_GO}kling",
        families=frozenset({"kling"}),
        combinations=(Combination(media=_FRAMES, forms=_ANY_FORM),),
        fields=_SHAPE
        | {
            "kling_quality",
            "negative_prompt",
            "cfg_scale",
            "camera_control",
            "static_mask",
            "dynamic_masks",
            "callback_url",
            "external_task_id",
        },
        ignored={"audio": _OLDER},
        modes_lost={
            "multi_i2v": _MULTI,
            "extend": "its channel calls text-to-video with the prompt",
        },
        media_lost={"reference_images": _MULTI},
    ),
    Reading(
        source=f"{_GO}ali",
        families=frozenset({"happyhorse"}),
        combinations=(Combination(media={"image": 1}, forms=_ANY_FORM),),
        fields=frozenset({"seconds", "resolution", "seed", "watermark"}),
        ignored={"aspect_ratio": f"{_OLDER}, and 16:9 comes", "audio_setting": _OLDER},
        media_lost=_OLDER_MEDIA,
    ),
    Reading(
        source=f"{_GO}vidu",
        families=frozenset({"vidu"}),
        combinations=(Combination(media={**_FRAMES, **_REFERENCES}, forms=_ANY_FORM),),
        fields=frozenset({"seconds", "resolution", "seed", "movement_amplitude", "bgm", "payload", "callback_url"}),
        ignored={"aspect_ratio": _OLDER, "audio": _OLDER},
    ),
    Reading(
        source=f"{_GO}hailuo",
        families=frozenset({"hailuo"}),
        combinations=(
            Combination(media=_FRAMES, forms=_ANY_FORM),
            Combination(media={"reference_images": 1}, forms=_ANY_FORM),
        ),
        fields=frozenset({"seconds", "resolution", "prompt_optimizer", "fast_pretreatment", "callback_url"}),
    ),
    Reading(
        source=f"{_GO}: no channel of its own for these models",
        fields=frozenset({"seconds", "size"}),
        media_lost=dict.fromkeys(
            ("image", "end_image", "reference_images", "reference_videos", "reference_audios", "source_video"),
            "stock new-api has no channel that is known to pass it on",
        ),
    ),
)


def _sign(signs: ServerSigns) -> str | None:
    return "its answers have X-New-Api-Version" if NEW_API_VERSION in signs.headers else None


PROFILE = Profile(
    title="stock new-api",
    spoken_by=("new-api", "its forks with the stock channels"),
    base_url="https://your-new-api.example",
    verified="read in its adaptors of 2026-08 and in its newer plugins, answers replayed, 2026-11",
    body=_body,
    readings=_READINGS,
    # model/task.go; half a million units are a dollar unless the operator says otherwise.
    charges=(*USAGE_CHARGES, ChargePlace(path=("quota",), units_per_usd=500_000.0)),
    sweep_seconds=15.0,
    findings=_findings,
    sign=_sign,
    alternatives=frozenset({"gateway", "openai"}),
)
