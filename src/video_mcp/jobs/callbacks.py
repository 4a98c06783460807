"""Where a gateway may call back about a job: an address that cannot be guessed, and a hint that is not believed.

A gateway hands `callback_url` on to the vendor, whose body names ids that are unknown here. So the path alone says
which job is meant, and whoever posts there only lets it be polled sooner.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import replace

from video_mcp.families.params import VideoRequest
from video_mcp.gateway.dialects import reads_field, wire_body
from video_mcp.gateway.upstream import WireBody
from video_mcp.jobs.request import CALLBACK_FIELD, PreparedVideo
from video_mcp.jobs.store.ledger import Ledger
from video_mcp.types import Dialect

_PURPOSE = b"video-mcp hook"
_SIGNATURE_CHARACTERS = 32
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Callbacks:
    """The addresses of one server's jobs; there are none unless its public address is `https:`."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        wake: Callable[[], None],
        public_url: str | None,
        secret: bytes,
        dialect: Dialect,
        now: Callable[[], float],
    ) -> None:
        self._ledger = ledger
        self._wake = wake
        self._base_url = public_url if public_url is not None and public_url.startswith("https:") else None
        self._key = hmac.digest(secret, _PURPOSE, hashlib.sha256)
        self._dialect: Dialect = dialect
        self._now = now

    def body_for(self, prepared: PreparedVideo, video_id: str) -> WireBody:
        """Return what is sent for a job: with our address, unless the user gave one or the server reads none."""
        request = prepared.request
        if self._base_url is None or _names_own(request) or not reads_field(request, self._dialect, CALLBACK_FIELD):
            return prepared.body
        url = f"{self._base_url}/hooks/{video_id}/{self._signature(video_id)}"
        params = request.params.model_copy(update={CALLBACK_FIELD: url})
        return wire_body(replace(request, params=params), self._dialect)

    def is_valid(self, video_id: str, signature: str) -> bool:
        """Tell whether an address is one that a replica of this server has given out."""
        is_id = _ID.fullmatch(video_id) is not None
        return is_id and hmac.compare_digest(signature.encode("utf-8", "replace"), self._signature(video_id).encode())

    async def poke(self, video_id: str) -> None:
        """Let a job be polled now, by whichever replica is free; at most once a second."""
        if await self._ledger.poke(video_id, now=self._now()):
            self._wake()

    def _signature(self, video_id: str) -> str:
        return hmac.digest(self._key, video_id.encode(), hashlib.sha256).hex()[:_SIGNATURE_CHARACTERS]


def _names_own(request: VideoRequest) -> bool:
    """Return whether the user names an address of their own, or the family has no such field."""
    if CALLBACK_FIELD not in type(request.params).model_fields or getattr(request.params, CALLBACK_FIELD) is not None:
        return True
    extras = (getattr(request.params, name, None) for name in ("metadata", "parameters"))
    return any(isinstance(extra, dict) and CALLBACK_FIELD in extra for extra in extras)
