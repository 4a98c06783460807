"""The body of a response that is a file: whether it is one, its first bytes, and all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2

from video_mcp.errors import GatewayRejected, NotAVideo
from video_mcp.gateway.upstream import HTTPResponse

_NOTHING_YET = frozenset({202, 204})


def require_plain(response: httpx2.Response) -> None:
    """Refuse a response that brings no bytes yet, or brings them compressed, which no video needs.

    Raises:
        GatewayRejected: The bytes are not there yet.
        NotAVideo: They are compressed.
    """
    if response.status_code in _NOTHING_YET:
        raise GatewayRejected("The video's host says that it is not ready yet.", status_code=response.status_code)
    if response.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise NotAVideo("The video came compressed although that was not requested; it is not taken.")


async def with_head(head: bytes, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield a body whose first bytes were read before."""
    yield head
    async for chunk in body:
        yield chunk


async def first_bytes(count: int, body: AsyncIterator[bytes]) -> bytes:
    """Return the first bytes of what is left of a body: at least so many, unless it ends before."""
    found = b""
    async for chunk in body:
        found += chunk
        if len(found) >= count:
            break
    return found


def bounded_response(response: httpx2.Response, body: bytes, *, key: str = "") -> HTTPResponse:
    """Return a response with the part of its body that was read, as the protocol takes it."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    return HTTPResponse(status_code=response.status_code, headers=headers, body=body, key=key)
