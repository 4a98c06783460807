"""Signed links to finished videos, which work without a key until they expire."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

LinkVerdict = Literal["valid", "expired", "forged"]


@dataclass(frozen=True, slots=True)
class LinkSigner:
    """Make and check links of the form `/media/ID.mp4?expires=...&signature=...`."""

    secret: bytes

    def link(self, origin: str, job_id: str, expires_at: float) -> str:
        """Return a link to a job's video that works until a time."""
        expires = str(int(expires_at * 1000))
        signature = self._signature(job_id, expires)
        return f"{origin}/media/{quote(job_id, safe='')}.mp4?expires={expires}&signature={signature}"

    def verdict(self, job_id: str, expires: str, signature: str, now: float) -> LinkVerdict:
        """Tell whether a link was made here and still works."""
        if not expires.isdigit() or not hmac.compare_digest(signature, self._signature(job_id, expires)):
            return "forged"
        return "valid" if now * 1000 < int(expires) else "expired"

    def _signature(self, job_id: str, expires: str) -> str:
        return hmac.new(self.secret, f"{job_id}\n{expires}".encode(), hashlib.sha256).hexdigest()
