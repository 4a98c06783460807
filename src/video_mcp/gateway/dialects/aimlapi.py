"""AI/ML API: one path for all models, and names for media that differ from model to model; Google's are certain."""

from __future__ import annotations

from video_mcp.families.params import VideoRequest
from video_mcp.gateway.dialects.common.places import MERGED, Wire, body_of
from video_mcp.gateway.dialects.common.profile import Combination, MediumForm, Profile, Reading
from video_mcp.gateway.upstream import ChargePlace, Paths, WireBody

_WIRE = Wire(
    places={
        "seconds": ("duration",),
        "mode": (),
        "image": ("image_url",),
        "end_image": ("last_image_url",),
        "audio": ("generate_audio",),
        "extra": (MERGED,),
    }
)
_FORMS: tuple[MediumForm, ...] = ("url", "data")
_FIELDS = frozenset({"seconds", "aspect_ratio", "resolution"})
_SOURCE = "docs.aimlapi.com, video models"


def _body(request: VideoRequest) -> WireBody:
    return WireBody(json=body_of(request, _WIRE, model=request.spec.id))


PROFILE = Profile(
    title="AI/ML API",
    spoken_by=("AI/ML API",),
    base_url="https://api.aimlapi.com",
    verified="read in its documentation, answers replayed, 2026-11",
    body=_body,
    own_ids=True,
    readings=(
        Reading(
            source=_SOURCE,
            models="^google/veo",
            combinations=(Combination(media={"image": 1, "end_image": 1}, forms=_FORMS),),
            fields=_FIELDS,
        ),
        Reading(source=_SOURCE, fields=_FIELDS),
    ),
    paths=Paths(
        create="/v2/video/generations",
        video="/v2/video/generations?generation_id={id}",
        content="/v2/video/generations?generation_id={id}",
        models="/v1/models",
    ),
    # docs.aimlapi.com, request tracing and cost headers
    charges=(ChargePlace(header="x-aimlapi-usd-spent"),),
)
