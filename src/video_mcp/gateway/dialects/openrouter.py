"""OpenRouter: frames and references as typed items, and a live catalogue of what its models take."""

from __future__ import annotations

from pydantic import JsonValue

from video_mcp.families.params import VideoRequest
from video_mcp.families.spec import MEDIA_FIELDS, MediaField
from video_mcp.gateway.dialects.common.places import MERGED, Wire, body_of
from video_mcp.gateway.dialects.common.profile import ANY_NUMBER, Combination, MediumForm, Profile, Reading
from video_mcp.gateway.dialects.common.recognition import every_model_has
from video_mcp.gateway.upstream import Paths, ServerSigns, WireBody

_WIRE = Wire(
    places={
        "seconds": ("duration",),
        "mode": (),
        "audio": ("generate_audio",),
        "extra": (MERGED,),
        **dict.fromkeys(MEDIA_FIELDS, ()),
    }
)
_FORMS: tuple[MediumForm, ...] = ("url", "data")
_FRAMES: tuple[tuple[MediaField, str], ...] = (("image", "first_frame"), ("end_image", "last_frame"))
_REFERENCES: tuple[tuple[MediaField, str], ...] = (
    ("reference_images", "image_url"),
    ("reference_videos", "video_url"),
    ("reference_audios", "audio_url"),
)
_FIELDS = frozenset({"seconds", "resolution", "aspect_ratio", "size", "audio", "seed", "callback_url"})
_IMAGES: dict[MediaField, int] = {"image": 1, "end_image": 1, "reference_images": ANY_NUMBER}
_SOURCE = "openrouter.ai's documentation of its video API"
_NO_EDIT = "its API has no field for a video to edit"


def _body(request: VideoRequest) -> WireBody:
    body, media = body_of(request, _WIRE, model=request.spec.id), request.params.media()
    frames: list[JsonValue] = [
        {"type": "image_url", "image_url": {"url": url}, "frame_type": frame}
        for name, frame in _FRAMES
        for url in media.get(name, ())
    ]
    references: list[JsonValue] = [
        {"type": kind, kind: {"url": url}} for name, kind in _REFERENCES for url in media.get(name, ())
    ]
    lists: dict[str, list[JsonValue]] = {"frame_images": frames, "input_references": references}
    return WireBody(json={**body, **{name: items for name, items in lists.items() if items}})


def _sign(signs: ServerSigns) -> str | None:
    return "its models have a canonical_slug" if every_model_has(signs, "canonical_slug") else None


PROFILE = Profile(
    title="OpenRouter",
    spoken_by=("OpenRouter",),
    base_url="https://openrouter.ai/api",
    verified="read in its documentation, answers replayed, 2026-11",
    body=_body,
    own_ids=True,
    readings=(
        Reading(
            source=_SOURCE,
            models=r"seedance-2\.0",
            combinations=(
                Combination(
                    media={**_IMAGES, "reference_videos": ANY_NUMBER, "reference_audios": ANY_NUMBER}, forms=_FORMS
                ),
            ),
            fields=_FIELDS,
            media_lost={"source_video": _NO_EDIT},
        ),
        Reading(
            source=_SOURCE,
            combinations=(Combination(media=_IMAGES, forms=_FORMS),),
            fields=_FIELDS,
            media_lost={
                "source_video": _NO_EDIT,
                "reference_videos": "Seedance 2.0 alone honours them there",
                "reference_audios": "Seedance 2.0 alone honours them there",
            },
        ),
    ),
    paths=Paths(catalog="/v1/videos/models", models="/v1/models"),
    sign=_sign,
)
