"""What each channel of stock new-api reads of a request, from its own adaptors and its newer plugins."""

from __future__ import annotations

from video_mcp.families.spec import MediaField
from video_mcp.gateway.dialects.common.profile import ANY_NUMBER, Combination, MediumForm, Reading

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

READINGS = (
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
