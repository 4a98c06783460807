"""SGLang's diffusion server: one image or one video, and a size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from video_mcp.families.params import VideoRequest
from video_mcp.families.spec import MediaField
from video_mcp.findings import Finding
from video_mcp.gateway.dialects.common.form import FORM_WIRE, file_part, guessed_size, text_parts, with_size
from video_mcp.gateway.dialects.common.places import Media, body_of
from video_mcp.gateway.dialects.common.profile import Combination, MediumForm, Profile, Reading
from video_mcp.gateway.dialects.common.recognition import every_model_has
from video_mcp.gateway.upstream import FormPart, Paths, ServerSigns, WireBody

_USUAL_RESOLUTION = "480p"
_FORMS: tuple[MediumForm, ...] = ("file", "url")
_VIDEOS: frozenset[MediaField] = frozenset({"source_video", "reference_videos"})
_FIELDS = frozenset(
    {
        "seconds", "size", "resolution", "aspect_ratio", "width", "height", "fps", "num_frames", "seed", "quality",
        "negative_prompt", "guidance_scale", "guidance_scale_2", "true_cfg_scale", "num_inference_steps",
        "max_sequence_length", "flow_shift", "enhance_prompt", "task_type",
    }
)  # fmt: skip
_ONE_MEDIUM = "it reads one image or one video, input_reference"
_LOST: dict[MediaField, str] = {
    "end_image": "it has no last frame",
    "reference_audios": "it reads no sound",
}


def _body(request: VideoRequest) -> WireBody:
    fields = with_size(body_of(request, FORM_WIRE, model=request.spec.id), usual_resolution=_USUAL_RESOLUTION)
    return WireBody(form=(*text_parts(fields), *_media_parts(request.params.media())))


def _media_parts(media: Media) -> Iterator[FormPart]:
    """Yield each medium under the name that is read; of several files under one name the first counts."""
    for name, references in media.items():
        address = "video_url" if name in _VIDEOS else "reference_url"
        for reference in references:
            if name in _LOST:
                yield file_part(name, reference) or FormPart(name=f"{name}_url", text=reference)
            else:
                yield file_part("input_reference", reference) or FormPart(name=address, text=reference)


def _findings(request: VideoRequest) -> Iterable[Finding]:
    return guessed_size(request, usual_resolution=_USUAL_RESOLUTION)


def _sign(signs: ServerSigns) -> str | None:
    return "its models are owned by sglang" if every_model_has(signs, "owned_by", "sglang") else None


PROFILE = Profile(
    title="SGLang",
    spoken_by=("SGLang 0.5.23",),
    base_url="http://localhost:30000",
    verified="its router of 0.5.23 run with the engine stubbed, 2026-11",
    body=_body,
    own_ids=True,
    readings=(
        Reading(
            source="sglang 0.5.23, multimodal_gen/runtime/entrypoints/openai/video_api.py",
            combinations=(
                Combination(media={"image": 1}, forms=_FORMS),
                Combination(media={"reference_images": 1}, forms=_FORMS),
                Combination(media={"source_video": 1}, forms=_FORMS),
                Combination(media={"reference_videos": 1}, forms=_FORMS),
            ),
            fields=_FIELDS,
            ignored={"audio": "it has no switch for sound", "lora": "adapters are set when it starts"},
            media_lost=_LOST,
        ),
    ),
    paths=Paths(listing="/v1/videos"),
    findings=_findings,
    sign=_sign,
)
