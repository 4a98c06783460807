"""Settings in, who may call out: static tokens, an OAuth issuer, or everybody on this machine."""

from __future__ import annotations

from urllib.parse import urlsplit

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from video_mcp.errors import ConfigurationError
from video_mcp.gateway.documents import FetchDocument
from video_mcp.server.http.access import AccessPolicy
from video_mcp.server.http.identity import SCOPES, Verify
from video_mcp.server.http.key_set import KeySet
from video_mcp.server.http.oauth import AccessTokens, resource_metadata
from video_mcp.server.http.rates import RequestRates
from video_mcp.server.http.tokens import StaticTokens
from video_mcp.settings import Settings

_METADATA_PATH = "/.well-known/oauth-protected-resource"
# Anybody may read it, a client in a browser too.
_PUBLIC = {"Access-Control-Allow-Origin": "*", "Cache-Control": "max-age=3600"}


async def access_policy(settings: Settings, fetch: FetchDocument) -> AccessPolicy:
    """Return who may call.

    Raises:
        ConfigurationError: The file of tokens cannot be read, or the issuer's settings cannot work.
    """
    verifiers: list[Verify] = []
    if settings.tokens is not None:
        tokens = StaticTokens(settings.tokens)
        await tokens.load()
        verifiers.append(tokens.verify)
    if settings.oauth_issuer is not None:
        verifiers.append(_access_tokens(settings, settings.oauth_issuer, fetch).verify)
    return AccessPolicy(
        verifiers=verifiers,
        rates=RequestRates(per_principal=settings.requests_per_minute, for_all=settings.max_requests_per_minute),
        metadata_url=metadata_url(resource_of(settings)) if settings.oauth_issuer is not None else None,
    )


def _access_tokens(settings: Settings, issuer: str, fetch: FetchDocument) -> AccessTokens:
    for name in ("oauth_issuer", "oauth_jwks_url"):
        address = getattr(settings, name)
        if address is not None and not _is_safe(address):
            raise ConfigurationError([f"VIDEO_MCP_{name.upper()} is not an https: address"])
    keys = KeySet(issuer=issuer, jwks_url=settings.oauth_jwks_url, fetch=fetch, monotonic=anyio.current_time)
    return AccessTokens(issuer=issuer, audience=resource_of(settings), keys=keys)


def _is_safe(address: str) -> bool:
    """Tell whether no host on the way can exchange the keys that come from an address."""
    parts = urlsplit(address)
    on_this_machine = parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"}
    return bool(parts.hostname) and (parts.scheme == "https" or on_this_machine)


def resource_of(settings: Settings) -> str:
    """Return what access tokens have to be made out for.

    Raises:
        ConfigurationError: Neither setting says it.
    """
    if settings.oauth_audience is not None:
        return settings.oauth_audience.rstrip("/")
    if settings.public_url is None:
        raise ConfigurationError(
            ["VIDEO_MCP_OAUTH_ISSUER needs VIDEO_MCP_PUBLIC_URL, which its tokens are made out for"]
        )
    return f"{settings.public_url}/mcp"


def metadata_url(resource: str) -> str | None:
    """Return where a resource is described, by RFC 9728; None where it has no web address."""
    parts = urlsplit(resource)
    return f"{parts.scheme}://{parts.netloc}{_METADATA_PATH}{parts.path}" if parts.netloc else None


def metadata_routes(settings: Settings) -> list[Route]:
    """Return the routes that tell a client whom to get a token from: none without an issuer."""
    if settings.oauth_issuer is None:
        return []
    resource = resource_of(settings)
    document = resource_metadata(resource=resource, issuer=settings.oauth_issuer, scopes=SCOPES)

    async def describe(_request: Request) -> Response:
        return JSONResponse(document, headers=_PUBLIC)

    path = urlsplit(resource).path or "/mcp"
    places = dict.fromkeys((_METADATA_PATH, f"{_METADATA_PATH}/mcp", f"{_METADATA_PATH}{path}"))
    return [Route(place, describe, methods=["GET"]) for place in places]
