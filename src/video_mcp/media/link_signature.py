"""What signs a link to a file of this server. Pure."""

from __future__ import annotations

import hashlib
import hmac

_PURPOSE = b"video-mcp file link"


def signature_of(secret: bytes, subject: str, expires_at: int) -> str:
    """Return what only a replica of this server can have made; `subject` is what the link is to."""
    key = hmac.digest(secret, _PURPOSE, hashlib.sha256)
    return hmac.digest(key, f"{subject} {expires_at}".encode(), hashlib.sha256).hex()


def signed_url(base_url: str, path: str, *, secret: bytes, subject: str, expires_at: int) -> str:
    """Return the address of a file below `/files/`, for whoever has it, until a Unix time."""
    signature = signature_of(secret, subject, expires_at)
    return f"{base_url}/files/{path}?expires={expires_at}&signature={signature}"
