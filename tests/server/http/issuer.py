"""A small OAuth issuer on another library than the product's: its metadata, its keys, and tokens of every kind."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from video_mcp.simulator.listener import bound_socket, serving


def rsa_key(key_id: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": key_id, "use": "sig"})


@dataclass(slots=True, kw_only=True)
class Issuer:
    """What the issuer is called, signs with and publishes; `fetches` counts how often its keys were fetched."""

    url: str
    audience: str
    key: RSAKey | ECKey = field(default_factory=lambda: rsa_key("first"))
    published: list[RSAKey | ECKey] = field(default_factory=list[RSAKey | ECKey])
    is_down: bool = False
    fetches: int = 0

    def token(self, *, header: dict[str, str] | None = None, key: RSAKey | None = None, **changes: object) -> str:
        """Return a good token with some claims exchanged; None takes a claim out."""
        claims: dict[str, object] = {
            "iss": self.url,
            "aud": self.audience,
            "sub": "alice",
            "exp": int(time.time()) + 600,
            "iat": int(time.time()),
            "scope": "video:read video:create",
            **changes,
        }
        kept = {name: value for name, value in claims.items() if value is not None}
        algorithm = "ES256" if isinstance(self.key, ECKey) else "RS256"
        known = {"alg": algorithm, "kid": str(self.key.kid), **(header or {})}
        return jwt.encode(known, kept, key or self.key, algorithms=["RS256", "ES256", "PS256"])

    def forged(self, algorithm: str) -> str:
        """Return a token that a careless verifier takes: not signed, or with what everybody can read as the secret."""
        header = {"alg": algorithm, "kid": self.key.kid, "typ": "JWT"}
        signed = f"{_encoded(json.dumps(header).encode())}.{self.token().split('.')[1]}"
        secret = self.key.as_pem(private=False)
        digest = hmac.digest(secret, signed.encode(), "sha256") if algorithm == "HS256" else b""
        return f"{signed}.{_encoded(digest)}"


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


@asynccontextmanager
async def an_issuer(audience: str) -> AsyncGenerator[Issuer]:
    with bound_socket("127.0.0.1", 0) as bound:
        issuer = Issuer(url=f"http://127.0.0.1:{bound.getsockname()[1]}", audience=audience)
        issuer.published.append(issuer.key)

        async def metadata(_request: Request) -> Response:
            return JSONResponse({"issuer": issuer.url, "jwks_uri": f"{issuer.url}/keys"})

        async def keys(_request: Request) -> Response:
            issuer.fetches += 1
            if issuer.is_down:
                return Response(status_code=503)
            return JSONResponse(KeySet([*issuer.published]).as_dict(private=False))

        routes = [Route("/.well-known/openid-configuration", metadata), Route("/keys", keys)]
        async with serving(Starlette(routes=routes), bound):
            yield issuer
