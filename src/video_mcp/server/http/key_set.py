"""An issuer's signing keys: fetched when needed, kept, and found again after a rotation."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import cast
from urllib.parse import urlsplit

import anyio
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from video_mcp.errors import GatewayError, VideoMCPError
from video_mcp.gateway.documents import FetchDocument
from video_mcp.types import JsonObject

_FRESH_SECONDS = 600.0
_AGAIN_SECONDS = 30.0
_FIRST_AGAIN_SECONDS = 1.0

logger = logging.getLogger(__name__)


class KeySet:
    """The keys of one issuer; what is known stays in use while the issuer does not answer."""

    def __init__(
        self, *, issuer: str, jwks_url: str | None, fetch: FetchDocument, monotonic: Callable[[], float]
    ) -> None:
        self._issuer = issuer
        self._jwks_url = jwks_url
        self._fetch = fetch
        self._monotonic = monotonic
        self._keys: Mapping[str, PyJWK] = {}
        self._fetched_at = self._tried_at = self._rotated_at = float("-inf")
        self._lock = anyio.Lock()

    async def key(self, key_id: str | None) -> PyJWK | None:
        """Return the key of an id; without an id, the only one there is."""
        if self._known(key_id) is None or self._monotonic() - self._fetched_at > _FRESH_SECONDS:
            await self._refresh(key_id)
        return self._known(key_id)

    def _known(self, key_id: str | None) -> PyJWK | None:
        if key_id is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(key_id)

    async def _refresh(self, key_id: str | None) -> None:
        """Fetch the keys, once for all who wait, and no oftener than an issuer can bear."""
        async with self._lock:
            now = self._monotonic()
            is_fresh = now - self._fetched_at <= _FRESH_SECONDS
            if is_fresh and self._known(key_id) is not None:
                return
            # A token of an unknown key may be a rotation, or forged.
            last, pause = (self._rotated_at, _AGAIN_SECONDS) if is_fresh else (self._tried_at, self._retry_seconds())
            if now - last < pause:
                return
            self._tried_at = now
            self._rotated_at = now if is_fresh else self._rotated_at
            try:
                self._keys = _keys_in(await self._fetch(await self._address()))
                self._fetched_at = now
            except VideoMCPError as error:
                logger.warning("the issuer's keys could not be fetched: %s", error)

    def _retry_seconds(self) -> float:
        return _AGAIN_SECONDS if self._keys else _FIRST_AGAIN_SECONDS

    async def _address(self) -> str:
        if self._jwks_url is None:
            self._jwks_url = await discovered_jwks_url(self._issuer, self._fetch)
        return self._jwks_url


async def discovered_jwks_url(issuer: str, fetch: FetchDocument) -> str:
    """Return where an issuer says that its keys are.

    Raises:
        GatewayError: It does not say, or is another one.
    """
    for address in metadata_urls(issuer):
        try:
            found = await fetch(address)
        except GatewayError:
            continue
        jwks_url = found.get("jwks_uri")
        if found.get("issuer") == issuer and isinstance(jwks_url, str):
            return jwks_url
    message = "VIDEO_MCP_OAUTH_ISSUER does not say where its keys are; set VIDEO_MCP_OAUTH_JWKS_URL."
    raise GatewayError(message)


def metadata_urls(issuer: str) -> tuple[str, ...]:
    """Return where an issuer may describe itself: by RFC 8414, and by OpenID Connect."""
    parts = urlsplit(issuer)
    path = parts.path.rstrip("/")
    return (
        f"{parts.scheme}://{parts.netloc}/.well-known/oauth-authorization-server{path}",
        f"{issuer.rstrip('/')}/.well-known/openid-configuration",
    )


def _keys_in(document: JsonObject) -> dict[str, PyJWK]:
    """Return the keys that can be used; others, of a kind that is not known here, are left out."""
    listed = document.get("keys")
    found: dict[str, PyJWK] = {}
    for number, item in enumerate(cast("list[object]", listed) if isinstance(listed, list) else []):
        try:
            facts = cast("dict[str, object]", item) if isinstance(item, dict) else {}
            if facts.get("use", "sig") == "sig" and facts.get("kty") != "oct":
                found[str(facts.get("kid", number))] = PyJWK(facts)
        except PyJWTError:
            continue
    return found
