"""A request against the catalogue, and what came of it."""

from __future__ import annotations

from pydantic import JsonValue

from video_mcp.errors import InvalidRequest
from video_mcp.families.catalog import default_catalog
from video_mcp.families.params import VideoRequest
from video_mcp.families.validation.check import check_request
from video_mcp.findings import Finding
from video_mcp.types import JsonObject, Validation

CATALOG = default_catalog(["my-wan"])
PROMPT = "A lighthouse in a storm."
FIRST, LAST = "https://example.com/first.png", "https://example.com/last.png"
CLIP = "https://example.com/clip.mp4"
LONGER_FILMS = "Make several videos and join them with fetch_video: no model known here makes one as long."
SOUND = "https://example.com/sound.wav"


def ask(model: str, arguments: JsonObject | None = None, validation: Validation = "strict") -> VideoRequest:
    return check_request(CATALOG, {"model": model, "prompt": PROMPT, **(arguments or {})}, validation)


def findings(model: str, arguments: JsonObject | None = None, validation: Validation = "strict") -> tuple[Finding, ...]:
    """Return the refusals of a request, or nothing when it is taken."""
    try:
        ask(model, arguments, validation)
    except InvalidRequest as refusal:
        return refusal.findings
    return ()


def refusals(model: str, arguments: JsonObject) -> list[str]:
    return [finding.message for finding in findings(model, arguments)]


def warnings(model: str, arguments: JsonObject) -> list[str]:
    """Return the remarks that a request is sent with, without those on the model's life."""
    return [finding.message for finding in ask(model, arguments).warnings if finding.field != "model"]


def images(count: int) -> list[JsonValue]:
    return [f"https://example.com/{number}.png" for number in range(count)]


def stated_fields(request: VideoRequest) -> JsonObject:
    """Return what a request says, without the fields that it leaves open."""
    return {
        name: value
        for name, value in request.params.model_dump(mode="json").items()
        if value not in (None, [], "") and name != "prompt"
    }
