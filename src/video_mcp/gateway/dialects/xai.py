"""xAI's own API: a first frame or references, and no path for the bytes but the link."""

from __future__ import annotations

from pydantic import JsonValue

from video_mcp.families.params import VideoRequest
from video_mcp.gateway.dialects.common.places import MERGED, Wire, body_of, texts_in
from video_mcp.gateway.dialects.common.profile import Combination, MediumForm, Profile, Reading
from video_mcp.gateway.upstream import ChargePlace, Paths, WireBody


def _image(value: JsonValue) -> JsonValue:
    return {"url": value}


def _images(value: JsonValue) -> JsonValue:
    return [{"url": image} for image in texts_in(value)]


_WIRE = Wire(
    places={"seconds": ("duration",), "mode": (), "extra": (MERGED,), "image": ("image",)},
    spelled={"image": _image, "reference_images": _images},
)
_FORMS: tuple[MediumForm, ...] = ("url", "data")
_MOST_REFERENCES = 7
_TICKS_PER_USD = 1e10
"""docs.x.ai, cost tracking."""


def _body(request: VideoRequest) -> WireBody:
    return WireBody(json=body_of(request, _WIRE, model=request.spec.id))


PROFILE = Profile(
    title="xAI",
    spoken_by=("xAI",),
    base_url="https://api.x.ai",
    verified="read in its documentation and in public clients, answers replayed, 2026-11",
    body=_body,
    own_ids=True,
    readings=(
        Reading(
            source="docs.x.ai, video generation",
            combinations=(
                Combination(media={"image": 1}, forms=_FORMS),
                Combination(media={"reference_images": _MOST_REFERENCES}, forms=_FORMS),
            ),
            fields=frozenset({"seconds", "aspect_ratio", "resolution"}),
            media_lost={
                "end_image": "its API has no last frame",
                "source_video": "its API edits a video on another path",
            },
        ),
    ),
    paths=Paths(create="/v1/videos/generations", content="/v1/videos/{id}"),
    charges=(ChargePlace(path=("usage", "cost_in_usd_ticks"), units_per_usd=_TICKS_PER_USD),),
)
