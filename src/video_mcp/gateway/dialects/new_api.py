"""Stock new-api: a few typed fields at the top level, everything else in `metadata`.

What each channel honours is read from new-api's own adaptors (relay/channel/task, 2026-08) and from its newer plugins.
Media that one of the two generations drops are refused: the video would be made without them, and charged.
"""

from __future__ import annotations

from collections.abc import Iterable

from video_mcp.families.messages import warning
from video_mcp.families.params import VideoRequest
from video_mcp.findings import Finding
from video_mcp.gateway.dialects.common.places import body_of, put
from video_mcp.gateway.dialects.common.profile import USAGE_CHARGES, Profile
from video_mcp.gateway.dialects.common.recognition import NEW_API_VERSION
from video_mcp.gateway.dialects.new_api_channels.places import ANY_FAMILY, BY_FAMILY
from video_mcp.gateway.dialects.new_api_channels.readings import READINGS
from video_mcp.gateway.upstream import ChargePlace, ServerSigns, WireBody


def _body(request: VideoRequest) -> WireBody:
    """Return the JSON body for a stock new-api; a Kling version is a model id of its own there."""
    body = body_of(request, BY_FAMILY.get(request.spec.family, ANY_FAMILY), model=request.spec.id)
    if request.spec.family == "happyhorse" and request.mode == "i2v" and request.params.image:
        # The older generation reads `input_reference` only, the newer one `input.media`.
        put(body, "input_reference", request.params.image)
    return WireBody(json=body)


def _findings(request: VideoRequest) -> Iterable[Finding]:
    if request.spec.family == "happyhorse":
        if getattr(request.params, "watermark", None) is False or "watermark" not in request.params.model_fields_set:
            message = f"{request.spec.id} shows Happy Horse's mark in any case: new-api drops watermark false."
            yield warning("watermark", message)
        if "t2v" in request.spec.id:
            yield warning(
                "resolution", "new-api adds a size of 1280*720 for this id; resolution and ratio may not count."
            )


def _sign(signs: ServerSigns) -> str | None:
    return "its answers have X-New-Api-Version" if NEW_API_VERSION in signs.headers else None


PROFILE = Profile(
    title="stock new-api",
    spoken_by=("new-api", "its forks with the stock channels"),
    base_url="https://your-new-api.example",
    verified="read in its adaptors of 2026-08 and in its newer plugins, answers replayed, 2026-11",
    body=_body,
    readings=READINGS,
    # model/task.go; how many units are a dollar is an option of the operator (QuotaPerUnit).
    charges=(*USAGE_CHARGES, ChargePlace(path=("quota",), units_per_usd=None, units_at="/api/status")),
    sweep_seconds=15.0,
    findings=_findings,
    sign=_sign,
    alternatives=frozenset({"gateway", "openai"}),
)
