"""Two requests are equal when the gateway would be asked for the same video. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from video_mcp.families.params import VideoRequest
from video_mcp.families.spec import MediaField


def fingerprint(request: VideoRequest, digests: Mapping[MediaField, Sequence[str]]) -> str:
    """Return the sha256 of model, mode, canonical parameters and inputs; how the inputs were named does not matter.

    `digests` holds, by field, the sha256 of each input's bytes, or its URL where nobody here has seen the bytes.
    """
    said = request.params.model_dump(mode="json", exclude_none=True, exclude=set(digests))
    facts = {
        "model": request.spec.id,
        "mode": request.mode,
        "params": said,
        "media": {name: list(known) for name, known in digests.items()},
    }
    canonical = json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
