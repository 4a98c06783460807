"""OAuth 2.1: access tokens of one issuer, for this server alone. The tokens never travel on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import jwt
from jwt.exceptions import PyJWTError

from video_mcp.server.http.identity import Identity, Scope, known_scopes
from video_mcp.server.http.key_set import KeySet
from video_mcp.types import JsonObject, Principal

# Asymmetric ones alone: with a shared secret, everybody who can check a token can make one.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_CLOCK_SKEW_SECONDS = 5.0
_LONGEST_SUBJECT = 255


class AccessTokens:
    """Verifies JWT access tokens: signature, issuer, audience, time and subject, each required."""

    def __init__(self, *, issuer: str, audience: str, keys: KeySet) -> None:
        self._issuer = issuer
        self._audiences = [audience, f"{audience}/"]
        self._keys = keys

    async def verify(self, token: str) -> Identity | None:
        """Return whose token it is."""
        try:
            header = jwt.get_unverified_header(token)
            key_id = header.get("kid")
            if header.get("alg") not in _ALGORITHMS or not isinstance(key_id, str | None):
                return None
            key = await self._keys.key(key_id)
            if key is None or (key.algorithm_name not in (None, header["alg"]) and key.key_type != "RSA"):
                return None
            claims = jwt.decode(
                token,
                key.key,
                algorithms=[header["alg"]],
                audience=self._audiences,
                issuer=self._issuer,
                leeway=_CLOCK_SKEW_SECONDS,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except PyJWTError:
            return None
        return _identity(claims) if is_storable(claims["sub"]) else None


def is_storable(subject: str) -> bool:
    """Tell whether a subject can be kept as it is: of a sane length, and without control characters."""
    return 0 < len(subject) <= _LONGEST_SUBJECT and subject.isprintable()


def _identity(claims: dict[str, Any]) -> Identity:
    return Identity(principal=Principal(f"{claims['iss']} {claims['sub']}"), scopes=_scopes(claims))


def _scopes(claims: dict[str, Any]) -> frozenset[Scope]:
    """Return the scopes of a token: in one string, as RFC 9068 has them, or in a list, as some issuers do."""
    words: list[str] = []
    for name in ("scope", "scp"):
        value = claims.get(name)
        if isinstance(value, str):
            words += value.split()
        elif isinstance(value, list):
            words += [word for word in cast("list[object]", value) if isinstance(word, str)]
    return known_scopes(words)


def resource_metadata(*, resource: str, issuer: str, scopes: Sequence[Scope]) -> JsonObject:
    """Return what RFC 9728 wants: whose tokens are taken here, and which scopes there are."""
    return {
        "resource": resource,
        "authorization_servers": [issuer],
        "scopes_supported": [*scopes],
        "bearer_methods_supported": ["header"],
        "resource_name": "video-mcp",
    }
