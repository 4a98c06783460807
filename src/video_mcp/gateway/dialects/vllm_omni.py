"""vLLM-Omni: files under `input_reference` and `input_references`, addresses as JSON; MiniMax H3 reads the most."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import JsonValue

from video_mcp.families.messages import refusal
from video_mcp.families.params import VideoRequest
from video_mcp.families.spec import MediaField
from video_mcp.findings import Finding
from video_mcp.gateway.dialects.common.form import (
    FORM_WIRE,
    file_part,
    form_text,
    guessed_size,
    size_meant,
    text_parts,
    with_size,
)
from video_mcp.gateway.dialects.common.places import Media, body_of
from video_mcp.gateway.dialects.common.profile import ANY_NUMBER, Combination, MediumForm, Profile, Reading
from video_mcp.gateway.upstream import FormPart, Paths, ServerSigns, WireBody
from video_mcp.types import JsonObject

_H3 = r"minimax.?h3"
_OWN_PATH = "/v1/videos/sync"
_USUAL_RESOLUTION = "480p"
_FORMS: tuple[MediumForm, ...] = ("file", "url")
_MOST_IMAGES_OF_H3 = 9
_QUALITIES = ("lossless", "high")
_IN_ORDER: tuple[tuple[MediaField, str, str], ...] = (
    ("image", "image_reference", "image_url"),
    ("end_image", "image_reference", "image_url"),
    ("reference_images", "image_reference", "image_url"),
    ("source_video", "video_reference", "video_url"),
    ("reference_videos", "video_reference", "video_url"),
    ("reference_audios", "audio_reference", "audio_url"),
)
"""Each field with the text part for addresses; the order of the files is the order of the fields."""
_FIELDS = frozenset(
    {
        "seconds", "size", "resolution", "aspect_ratio", "width", "height", "fps", "num_frames", "seed", "quality",
        "negative_prompt", "guidance_scale", "guidance_scale_2", "true_cfg_scale", "num_inference_steps",
        "boundary_ratio", "flow_shift", "audio", "lora", "user",
    }
)  # fmt: skip
_LIMITS = {
    # Above these its own request model fails outside the form's check: HTTP 500, and a video may have been started.
    "guidance_scale": (0.0, 20.0),
    "guidance_scale_2": (0.0, 20.0),
    "true_cfg_scale": (0.0, 20.0),
    "num_inference_steps": (1.0, 200.0),
}
_SOURCE = "vllm-omni 0.30.0, entrypoints/openai/video/generation/helpers.py and protocol/videos.py"


def _body(request: VideoRequest) -> WireBody:
    fields = body_of(request, FORM_WIRE, model=request.spec.id)
    return WireBody(form=(*text_parts(_sized(request, fields)), *_media_parts(request.params.media())))


def _sized(request: VideoRequest, fields: JsonObject) -> JsonObject:
    """Say the size; MiniMax H3 alone reads a ratio."""
    reads_ratio = _is_h3(request) and "resolution" not in fields
    return fields if reads_ratio else with_size(fields, usual_resolution=_USUAL_RESOLUTION)


def _is_h3(request: VideoRequest) -> bool:
    return request.spec.id.lower().replace("_", "-").replace(" ", "-").find("minimax-h3") >= 0


def _media_parts(media: Media) -> Iterator[FormPart]:
    """Yield files when there is one, and else addresses; the server refuses or loses a mixture."""
    every = [reference for name, _, _ in _IN_ORDER for reference in media.get(name, ())]
    part = "input_reference" if len(every) == 1 and "reference_audios" not in media else "input_references"
    files = [file_part(part, reference, number) for number, reference in enumerate(every, 1)]
    if every and all(file is not None for file in files):
        yield from (file for file in files if file is not None)
        return
    for name in ("image_reference", "video_reference", "audio_reference"):
        addresses: list[JsonValue] = [
            {key: reference} for field, place, key in _IN_ORDER if place == name for reference in media.get(field, ())
        ]
        if addresses:
            yield FormPart(name=name, text=form_text(addresses[0] if len(addresses) == 1 else addresses))


def _findings(request: VideoRequest) -> Iterable[Finding]:
    said: JsonObject = request.params.model_dump(mode="json", exclude_none=True)
    if not _is_h3(request) or size_meant({**said, "aspect_ratio": None}, usual_resolution="") is not None:
        yield from guessed_size(request, usual_resolution=_USUAL_RESOLUTION)
    quality = said.get("quality")
    if isinstance(quality, str) and quality not in _QUALITIES:
        message = f"vLLM-Omni takes quality lossless or high, not {quality}; it answers 500 to anything else."
        yield refusal("quality", message, value=quality, allowed=_QUALITIES)


_ONE_OF_EACH = tuple(
    Combination(media={name: 1}, forms=_FORMS)
    for name in ("image", "reference_images", "source_video", "reference_videos")
)
_IMAGES_BY_ADDRESS = Combination(
    media={"image": 1, "end_image": 1, "reference_images": ANY_NUMBER, "reference_audios": ANY_NUMBER}, forms=("url",)
)
_VIDEOS = Combination(media={"source_video": 1, "reference_videos": ANY_NUMBER}, forms=_FORMS, uniform=True)
_VIDEOS_BY_ADDRESS = Combination(
    media={"source_video": 1, "reference_videos": ANY_NUMBER, "reference_audios": ANY_NUMBER}, forms=("url",)
)
_EVERYTHING = Combination(
    media={
        "image": 1,
        "end_image": 1,
        "reference_images": _MOST_IMAGES_OF_H3,
        "source_video": 1,
        "reference_videos": ANY_NUMBER,
        "reference_audios": ANY_NUMBER,
    },
    forms=_FORMS,
    uniform=True,
)


def _sign(signs: ServerSigns) -> str | None:
    paths = signs.schema.get("paths")
    return f"its /openapi.json has {_OWN_PATH}" if isinstance(paths, dict) and _OWN_PATH in paths else None


PROFILE = Profile(
    title="vLLM-Omni",
    spoken_by=("vLLM-Omni 0.30",),
    base_url="http://localhost:8091",
    verified="its router of 0.30.0 run with the engine stubbed, 2026-11",
    body=_body,
    own_ids=True,
    readings=(
        Reading(
            source=_SOURCE,
            models=_H3,
            combinations=(_EVERYTHING,),
            fields=_FIELDS | {"short_edge"},
            limits=_LIMITS,
        ),
        Reading(
            source=_SOURCE,
            combinations=(*_ONE_OF_EACH, _IMAGES_BY_ADDRESS, _VIDEOS, _VIDEOS_BY_ADDRESS),
            fields=_FIELDS,
            ignored={"short_edge": "only MiniMax H3 does"},
            limits=_LIMITS,
        ),
    ),
    paths=Paths(listing="/v1/videos"),
    findings=_findings,
    sign=_sign,
)
