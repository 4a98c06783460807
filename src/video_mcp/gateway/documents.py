"""Small JSON documents from addresses that the operator names, such as an issuer's keys."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import cast

import anyio
import httpx2

from video_mcp.errors import GatewayProtocolError
from video_mcp.gateway.transport import translated_errors
from video_mcp.types import JsonObject

FetchDocument = Callable[[str], Awaitable[JsonObject]]

_MOST_BYTES = 1024 * 1024
_SECONDS = 10.0


def document_fetcher(client: httpx2.AsyncClient) -> FetchDocument:
    """Return what fetches one JSON object; no redirect is followed.

    Raises:
        GatewayError: There is no such document.
    """

    async def fetch(address: str) -> JsonObject:
        with translated_errors("video's host"), anyio.fail_after(_SECONDS):
            async with client.stream("GET", address) as response:
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > _MOST_BYTES:
                        raise GatewayProtocolError("The document is too large.", status_code=response.status_code)
        return _object_in(bytes(body), response.status_code)

    return fetch


def _object_in(body: bytes, status_code: int) -> JsonObject:
    try:
        found: object = json.loads(body) if status_code == 200 else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise GatewayProtocolError(f"There is no JSON document (status {status_code}).", status_code=status_code)
    return cast("JsonObject", found)
