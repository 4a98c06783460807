"""OpenAI's multipart form, strictly: what LiteLLM, Azure and resellers of Sora read.

One image as a file, a size instead of ratio and resolution; the rest of a request is passed on by some and dropped by
others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from video_mcp.families.messages import warning
from video_mcp.families.params import VideoRequest
from video_mcp.families.spec import MediaField
from video_mcp.findings import Finding
from video_mcp.gateway.dialects.common.form import FORM_WIRE, file_part, form_text, guessed_size, text_parts, with_size
from video_mcp.gateway.dialects.common.places import Media, body_of
from video_mcp.gateway.dialects.common.profile import USAGE_CHARGES, Combination, Profile, Reading
from video_mcp.gateway.upstream import ChargePlace, FormPart, Paths, ServerSigns, WireBody

_USUAL_RESOLUTION = "720p"
_FRAME = Combination(media={"image": 1}, forms=("file",))
_REFERENCE = Combination(media={"reference_images": 1}, forms=("file",))
_FIELDS = frozenset({"seconds", "size", "resolution", "aspect_ratio"})
_ONE_IMAGE = "OpenAI's form has one file, input_reference, and it is the first frame"
_LOST: dict[MediaField, str] = {
    "end_image": _ONE_IMAGE,
    "reference_images": _ONE_IMAGE,
    "reference_videos": _ONE_IMAGE,
    "reference_audios": _ONE_IMAGE,
    "source_video": "OpenAI's form edits no video here",
}
_LIMITS = {
    # vLLM-Omni answers 500 above these, after which a video may have been started or not.
    "guidance_scale": (0.0, 20.0),
    "guidance_scale_2": (0.0, 20.0),
    "true_cfg_scale": (0.0, 20.0),
    "num_inference_steps": (1.0, 200.0),
}


def _body(request: VideoRequest) -> WireBody:
    fields = with_size(body_of(request, FORM_WIRE, model=request.spec.id), usual_resolution=_USUAL_RESOLUTION)
    return WireBody(form=(*text_parts(fields), *_media_parts(request.params.media())))


def _media_parts(media: Media) -> Iterator[FormPart]:
    """Yield the one image that is read as `input_reference`; what is sent in spite of a warning keeps its own name."""
    first = next((name for name in ("image", "reference_images") if name in media), None)
    for name, references in media.items():
        for number, reference in enumerate(references):
            if name == first and number == 0:
                yield _reference_part(reference)
            else:
                yield file_part(name, reference) or FormPart(name=f"{name}_url", text=reference)


def _reference_part(reference: str) -> FormPart:
    file = file_part("input_reference", reference)
    return file or FormPart(name="input_reference", text=form_text({"image_url": reference}))


def _findings(request: VideoRequest) -> Iterable[Finding]:
    yield from guessed_size(request, usual_resolution=_USUAL_RESOLUTION)
    if request.params.reference_images and request.spec.family != "sora":
        yield warning("reference_images", "OpenAI's form has one image, and its servers take it as the first frame.")


def _sign(signs: ServerSigns) -> str | None:
    """Return the sign of LiteLLM; other servers of this form have none in common."""
    about = signs.schema.get("info")
    if isinstance(about, dict) and about.get("title") == "LiteLLM API":
        return "its /openapi.json is LiteLLM's"
    return "its answers have X-LiteLLM-Version" if "x-litellm-version" in signs.headers else None


PROFILE = Profile(
    title="a server of OpenAI's form",
    spoken_by=("LiteLLM", "Azure OpenAI", "CometAPI", "APIyi", "laozhang", "AIHubMix"),
    base_url="http://localhost:4000",
    verified="LiteLLM 1.108.7 run, the others read in their documentation, 2026-11",
    body=_body,
    readings=(
        Reading(
            source="openai-python's Videos API; the resellers' pages say that only a file is read",
            combinations=(_FRAME, _REFERENCE),
            fields=_FIELDS,
            ignored={"extra": "it goes out as extra_params, which LiteLLM drops without an error"},
            media_lost=_LOST,
            limits=_LIMITS,
        ),
    ),
    paths=Paths(listing="/v1/videos"),
    # LiteLLM's documentation of its response headers
    charges=(*USAGE_CHARGES, ChargePlace(header="x-litellm-response-cost")),
    findings=_findings,
    sign=_sign,
)
