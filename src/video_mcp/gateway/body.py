"""The body of a response that is a file: whether it is one, its first bytes, and all of them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import cast

import httpcore2
import httpx2

from video_mcp.errors import GatewayRejected, NotAVideo
from video_mcp.gateway.connection_errors import as_client_errors
from video_mcp.gateway.upstream import HTTPResponse

_NOTHING_YET = frozenset({202, 204})
_READ_BYTES = 1024 * 1024


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


async def file_bytes(response: httpx2.Response) -> AsyncGenerator[bytes]:
    """Yield a body as it comes.

    One of an announced length is read from the connection itself, once the client has handed out what came with its
    headers: the client reads 64 KiB at a time, and parses, checks and copies each.

    Raises:
        httpx2.TransportError: The connection broke, or nothing came in time.
    """
    stream, left = response.extensions.get("network_stream"), _announced_bytes(response)
    async with aclosing(response.aiter_raw()) as body:
        async for chunk in body:
            yield chunk
            if left is not None and isinstance(stream, httpcore2.AsyncNetworkStream):
                async for further in _read(stream, left - len(chunk), _read_timeout_seconds(response)):
                    yield further
                return


async def _read(stream: httpcore2.AsyncNetworkStream, left: int, timeout_seconds: float | None) -> AsyncIterator[bytes]:
    while left > 0:
        with as_client_errors():
            chunk = await stream.read(min(left, _READ_BYTES), timeout=timeout_seconds)
        if not chunk:
            raise httpx2.RemoteProtocolError("the connection was closed before the end of the body")
        left -= len(chunk)
        yield chunk


def _announced_bytes(response: httpx2.Response) -> int | None:
    """Return the length of a body that comes as it is, without frames of its own."""
    length = response.headers.get("content-length", "")
    is_framed = "transfer-encoding" in response.headers or not response.http_version.startswith("HTTP/1")
    return int(length) if length.isdigit() and not is_framed else None


def _read_timeout_seconds(response: httpx2.Response) -> float | None:
    return cast("dict[str, float | None]", response.request.extensions.get("timeout", {})).get("read")


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
