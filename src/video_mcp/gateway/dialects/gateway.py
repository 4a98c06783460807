"""The gateway's own dialect: fields at the top level, under the names of its page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import JsonValue

from video_mcp.families.messages import warning
from video_mcp.families.params import VideoRequest
from video_mcp.findings import Finding
from video_mcp.gateway.dialects.common.places import MERGED, Gathered, Places, Wire, body_of, with_places
from video_mcp.gateway.dialects.common.profile import ANY_MEDIA, Combination, Profile, Reading
from video_mcp.gateway.dialects.common.recognition import NEW_API_VERSION, ONE_API_REQUEST_ID
from video_mcp.gateway.dialects.common.values import (
    KLING_SPELLING,
    decimal_text,
    draft_items,
    seedance_content,
    upper_case,
)
from video_mcp.gateway.upstream import ServerSigns, WireBody

_COMMON: Places = {
    "seconds": ("duration",),
    "image": ("image_url",),
    "end_image": ("end_image_url",),
    "reference_images": ("reference_images",),
    "reference_material:reference_images": ("image_urls",),
    "reference_videos": ("video_urls",),
    "reference_audios": ("audio_urls",),
    "source_video": ("video_url",),
    "audio": ("generate_audio",),
    "extra": (MERGED,),
}


def video_edit(value: JsonValue) -> JsonValue:
    """Write `edit` as HappyHorse's aggregate model calls it."""
    return "video_edit" if value == "edit" else value


# The gateway documentation's Grok example has `seconds`, no `mode`, and "720P".
_GROK = with_places(_COMMON, {"seconds": ("seconds",), "mode": ()})

_BY_FAMILY: Mapping[str, Wire] = {
    "sora": Wire(places=with_places(_COMMON, {"seconds": ("seconds",)}), spelled={"seconds": decimal_text}),
    "grok": Wire(places=_GROK, spelled={"seconds": decimal_text}),
    "kling": Wire(
        places=with_places(
            _COMMON,
            {
                "image": ("image",),
                "end_image": ("image_tail",),
                "reference_images": ("image_list",),
                "audio": ("sound",),
                # At Kling `mode` is std or pro, at the gateway the task; new-api lets metadata override.
                "kling_quality": ("metadata.mode",),
                # The quality decides it; Kling has no such field.
                "resolution": (),
            },
        ),
        spelled=KLING_SPELLING,
    ),
    "seedance": Wire(
        places=with_places(_COMMON, {"draft_task_id": ("content",)}),
        spelled={"draft_task_id": draft_items},
        # Images without a role are all taken as first frames.
        gathered=Gathered(
            place="content",
            modes=frozenset({"i2v_first_last", "reference_images", "reference_material"}),
            shape=seedance_content,
        ),
    ),
    "happyhorse": Wire(places=_COMMON, spelled={"mode": video_edit, "resolution": upper_case}),
    "vidu": Wire(places=with_places(_COMMON, {"audio": ("audio",)})),
    "hailuo": Wire(
        places=with_places(
            _COMMON,
            {
                # new-api's Hailuo channel reads frames from metadata only.
                "image": ("image_url", "metadata.first_frame_image"),
                "end_image": ("end_image_url", "metadata.last_frame_image"),
            },
        ),
        spelled={"resolution": upper_case},
    ),
}
_BY_MODEL: Mapping[str, Wire] = {
    "grok-imagine-1.0-video": Wire(places=_GROK, spelled={"seconds": decimal_text, "resolution": upper_case}),
}
_ANY = Wire(places=_COMMON)


def _body(request: VideoRequest) -> WireBody:
    spec = request.spec
    wire = _BY_MODEL.get(spec.id) or _BY_FAMILY.get(spec.family, _ANY)
    return WireBody(json=body_of(request, wire, model=spec.model_on_wire))


def _findings(request: VideoRequest) -> Iterable[Finding]:
    quality: str | None = getattr(request.params, "kling_quality", None)
    if quality is not None and "kling_quality" not in request.spec.denied:
        message = f"Where this gateway takes Kling's quality is not documented; {quality} is sent in metadata.mode "
        yield warning("kling_quality", f"{message}and may be ignored.", value=quality)


def _sign(signs: ServerSigns) -> str | None:
    """Return the sign of a fork of new-api, which does not state new-api's version."""
    if NEW_API_VERSION in signs.headers:
        return None
    if ONE_API_REQUEST_ID in signs.headers:
        return "its answers have X-Oneapi-Request-Id and no X-New-Api-Version"
    return "its errors are of type new_api_error" if signs.error.get("type") == "new_api_error" else None


PROFILE = Profile(
    title="the gateway",
    spoken_by=("gateways with the Sora-compatible page",),
    base_url="https://your-gateway.example",
    verified="read on its page, 2026-11",
    body=_body,
    readings=(
        Reading(
            source="gateway_page",
            combinations=(Combination(media=ANY_MEDIA, forms=("url", "data", "asset")),),
        ),
    ),
    findings=_findings,
    sign=_sign,
    alternatives=frozenset({"new-api", "openai"}),
)
