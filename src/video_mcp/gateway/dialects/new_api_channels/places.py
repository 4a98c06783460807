"""Where each field goes in a body for stock new-api, by family."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue

from video_mcp.families.spec import Mode
from video_mcp.gateway.dialects.common.places import Gathered, Places, Wire, with_places
from video_mcp.gateway.dialects.common.values import (
    KLING_SPELLING,
    decimal_text,
    draft_items,
    first_of,
    happyhorse_media,
    images_in_order,
    list_of_one,
    seedance_content,
    subject_reference,
    upper_case,
)

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


BY_FAMILY: Mapping[str, Wire] = {
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
        spelled=KLING_SPELLING,
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
ANY_FAMILY = Wire(places=_COMMON, rest=_REST)
