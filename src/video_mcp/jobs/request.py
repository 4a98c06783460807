"""A create, from what the caller wants to what may be sent: the request, its fingerprint, its price. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from video_mcp.families.params import VideoRequest
from video_mcp.families.spec import MediaField
from video_mcp.gateway.dialects import shortened
from video_mcp.gateway.upstream import WireBody
from video_mcp.jobs.budget import Cost
from video_mcp.media.linked_input import LinkedInput
from video_mcp.types import JsonObject

CALLBACK_FIELD = "callback_url"
"""Where the gateway is to call back; a user may name an address of their own."""
SECONDS_AT_MOST = "seconds_at_most"
"""A parameter that a job keeps where the model chooses the length: it counts against a cap until the file is here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateRequest:
    """The video that a caller wants, not yet checked.

    `fields` holds the canonical fields, and the family's own ones under `options`. With `fit_images`, an image that
    is too large for the model is scaled down. `permitted_files` lie outside of the input folders, and the user has
    allowed each of them for this request. Without `reads_files`, the caller's paths are of another machine.
    """

    fields: Mapping[str, JsonValue]
    fit_images: bool = False
    permitted_files: frozenset[Path] = frozenset()
    reads_files: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedVideo:
    """A request that is checked, with its inputs read and hashed, and priced; nothing has been sent or stored.

    `linked` are the inputs that the body names by a link: submitting keeps them where the links lead.
    """

    request: VideoRequest
    fingerprint: str
    cost: Cost | None
    body: WireBody
    linked: tuple[LinkedInput, ...] = ()

    def would_send(self) -> JsonObject:
        """Return the body as JSON, with media data cut short."""
        return shortened(self.body)


def fingerprint(request: VideoRequest, digests: Mapping[MediaField, Sequence[str]]) -> str:
    """Return the sha256 of model, mode, canonical parameters and inputs; how the inputs were named does not matter.

    `digests` holds, by field, the sha256 of each input's bytes, or its URL where the bytes were not read here.
    """
    parameters = request.params.model_dump(mode="json", exclude_none=True, exclude=set(digests))
    facts = {
        "model": request.spec.id,
        "mode": request.mode,
        "params": parameters,
        "media": {name: list(known) for name, known in digests.items()},
    }
    canonical = json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def requested_parameters(request: VideoRequest) -> dict[str, JsonValue]:
    """Return the parameters without prompt and media: fit for the ledger and for an answer."""
    media = set(request.params.media())
    dumped = request.params.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    parameters = {name: value for name, value in dumped.items() if name not in media and name != "prompt"}
    if _model_chooses_seconds(request):
        parameters[SECONDS_AT_MOST] = _longest_seconds(request)
    return parameters


def _model_chooses_seconds(request: VideoRequest) -> bool:
    return request.params.seconds is None or request.params.seconds <= 0


def _longest_seconds(request: VideoRequest) -> int:
    """Return the longest video that the mode makes; 0 where that is unknown."""
    choices = request.spec.modes[request.mode].seconds
    known = (*choices.allowed, *choices.tolerated) if choices is not None else ()
    return max((seconds for seconds in known if isinstance(seconds, int)), default=0)
