"""The check of who calls and what they may, at the HTTP level: clients ask for consent on a 401 or 403 alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import anyio
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from video_mcp.server.callers import PRINCIPAL_KEY
from video_mcp.server.http.answers import refusal
from video_mcp.server.http.identity import SCOPES, Identity, Verify, challenge, lacking
from video_mcp.server.http.identity import Scope as Permission
from video_mcp.server.http.rates import RequestRates
from video_mcp.types import LOCAL_PRINCIPAL

_EVERYBODY = Identity(principal=LOCAL_PRINCIPAL, scopes=frozenset(SCOPES))


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessPolicy:
    """Who verifies callers, and what a refused client is told; without a verifier everybody is the one local user."""

    verifiers: Sequence[Verify]
    rates: RequestRates
    metadata_url: str | None = None

    async def identity_in(self, headers: Headers) -> Identity | None:
        """Return who calls, by the token of the request."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return None
        for verify in self.verifiers:
            identity = await verify(token.strip())
            if identity is not None:
                return identity
        return None

    async def admit(self, headers: Headers) -> Identity | Response:
        """Return who calls, or the refusal of a caller who is not known, or who calls too often."""
        if not self.verifiers:
            return _EVERYBODY
        identity = await self.identity_in(headers)
        if identity is None:
            return self._unauthenticated(headers)
        wait_seconds = self.rates.seconds_to_wait(identity.principal, now=anyio.current_time())
        return _too_many(wait_seconds) if wait_seconds > 0 else identity

    def forbidden(self, identity: Identity, missing: frozenset[Permission]) -> Response:
        """Return the refusal of a caller whose token lacks some scopes."""
        header = challenge(metadata_url=self.metadata_url, scopes=identity.scopes | missing, error="insufficient_scope")
        message = f"This needs the scope {' and '.join(sorted(missing))}."
        return refusal(403, "insufficient_scope", message, headers={"WWW-Authenticate": header})

    def _unauthenticated(self, headers: Headers) -> Response:
        error = "invalid_token" if "authorization" in headers else None
        header = challenge(metadata_url=self.metadata_url, scopes=SCOPES, error=error)
        no_token = "No access token was sent; send one as Authorization: Bearer TOKEN."
        message = "The access token is none that is taken here, or no longer valid." if error else no_token
        return refusal(401, error or "unauthorized", message, headers={"WWW-Authenticate": header})


class Permitted:
    """Lets callers in who may do one thing, whatever they send."""

    def __init__(self, app: ASGIApp, policy: AccessPolicy, *, needs: Permission) -> None:
        self._app = app
        self._policy = policy
        self._needs: Permission = needs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request as its principal's."""
        admitted = await self._policy.admit(Headers(scope=scope))
        if isinstance(admitted, Response):
            await admitted(scope, receive, send)
        elif self._needs not in admitted.scopes:
            await self._policy.forbidden(admitted, frozenset({self._needs}))(scope, receive, send)
        else:
            await self._app({**scope, PRINCIPAL_KEY: admitted.principal}, receive, send)


class Access:
    """Lets callers in who may do what their message wants; the others get a challenge."""

    def __init__(self, app: ASGIApp, policy: AccessPolicy, *, max_body_bytes: int) -> None:
        self._app = app
        self._policy = policy
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request as its principal's."""
        if not self._policy.verifiers:
            await self._app({**scope, PRINCIPAL_KEY: LOCAL_PRINCIPAL}, receive, send)
            return
        identity = await self._policy.admit(Headers(scope=scope))
        if isinstance(identity, Response):
            await identity(scope, receive, send)
            return
        body = await read_body(receive, self._max_body_bytes)
        if body is None:
            await too_large()(scope, receive, send)
            return
        if missing := lacking(body, identity.scopes):
            await self._policy.forbidden(identity, missing)(scope, receive, send)
            return
        await self._app({**scope, PRINCIPAL_KEY: identity.principal}, replayed(body, receive), send)


def _too_many(wait_seconds: float) -> Response:
    seconds = str(math.ceil(wait_seconds))
    message = f"Too many requests; try again in {seconds} s. One call with wait_seconds waits for a video by itself."
    return refusal(429, "too_many_requests", message, headers={"Retry-After": seconds})


def too_large() -> Response:
    """Return what a request with too large a body is answered with."""
    return refusal(413, "too_large", "The request is larger than VIDEO_MCP_MAX_REQUEST_BYTES.")


async def read_body(receive: Receive, most_bytes: int) -> bytes | None:
    """Return a request's body, or None when it is too large or broken off."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if len(body) > most_bytes:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def replayed(body: bytes, receive: Receive) -> Receive:
    """Return what gives a body that was read once more, and then whatever comes."""
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return first.pop() if first else await receive()

    return again
