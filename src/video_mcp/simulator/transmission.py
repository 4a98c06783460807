"""Answers onto the socket, the broken ones too."""

from __future__ import annotations

import asyncio  # noqa: TID251 - the type of uvicorn's transports
import json
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, assert_never, cast

import anyio
from starlette.types import Receive, Scope, Send

from video_mcp.simulator.answers import Answer, FileAnswer, JsonAnswer, NoAnswer, TextAnswer
from video_mcp.simulator.media import Part, Unsatisfiable, Whole, slice_for

TRANSPORT_KEY = "video_mcp.transport"
"""Where the simulator's protocol leaves the connection's transport in the scope's extensions."""

Stall = Callable[[float], Awaitable[None]]

_CHUNK_BYTES = 64 * 1024
_CUT_SHARE = 0.5


async def transmit(
    answer: Answer, extra_headers: Mapping[str, str], scope: Scope, receive: Receive, send: Send, *, stall: Stall
) -> None:
    """Send an answer, or end the connection the way the answer says; `stall` waits in the middle of a body."""
    match answer:
        case JsonAnswer(status_code, body, headers):
            text = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
            typed = {"content-type": "application/json; charset=utf-8", **headers, **extra_headers}
            await _send_bytes(status_code, typed, text, send)
        case TextAnswer(status_code, text, content_type, headers):
            typed = {"content-type": content_type} if text else {}
            await _send_bytes(status_code, {**typed, **headers, **extra_headers}, text.encode(), send)
        case FileAnswer():
            await _send_file(answer, extra_headers, scope, receive, send, stall)
        case NoAnswer(how):
            await _end_connection(how, scope, receive)
        case _:
            assert_never(answer)


async def _send_bytes(status_code: int, headers: Mapping[str, str], body: bytes, send: Send) -> None:
    await _start(status_code, {**headers, "content-length": str(len(body))}, send)
    await send({"type": "http.response.body", "body": body})


async def _start(status_code: int, headers: Mapping[str, str], send: Send) -> None:
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status_code, "headers": raw})


async def _send_file(
    answer: FileAnswer, extra_headers: Mapping[str, str], scope: Scope, receive: Receive, send: Send, stall: Stall
) -> None:
    size = (await anyio.Path(answer.path).stat()).st_size
    headers = {
        "content-type": "video/mp4",
        "accept-ranges": "bytes" if answer.honour_range else "none",
        "etag": answer.etag,
        "cache-control": "public, max-age=86400",
        **extra_headers,
    }
    wanted = slice_for(_headers(scope), answer.etag, size) if answer.honour_range else Whole()
    match wanted:
        case Unsatisfiable():
            await _send_bytes(416, {**headers, "content-range": f"bytes */{size}"}, b"", send)
            return
        case Part(start, end):
            headers["content-range"] = f"bytes {start}-{end - 1}/{size}"
            status_code = 206
        case Whole():
            start, end, status_code = 0, size, 200
        case _:
            assert_never(wanted)
    if answer.state_length:
        headers["content-length"] = str(end - start)
    await _start(status_code, headers, send)
    await _send_body(answer, range(start, end), scope, receive, send, stall)


async def _send_body(answer: FileAnswer, part: range, scope: Scope, receive: Receive, send: Send, stall: Stall) -> None:
    if scope["method"] == "HEAD":
        await send({"type": "http.response.body"})
        return
    middle = part.start + int(len(part) * _CUT_SHARE)
    async with await anyio.open_file(answer.path, "rb") as file:
        await file.seek(part.start)
        await _pump(file, middle - part.start, send)
        if answer.cut:
            await _end_connection("closed", scope, receive)
            return
        await stall(answer.stall_seconds)
        await _pump(file, part.stop - middle, send)
    await send({"type": "http.response.body"})


async def _pump(file: anyio.AsyncFile[bytes], left: int, send: Send) -> None:
    while left and (chunk := await file.read(min(_CHUNK_BYTES, left))):
        left -= len(chunk)
        await send({"type": "http.response.body", "body": chunk, "more_body": True})


async def _end_connection(how: Literal["closed", "reset"], scope: Scope, receive: Receive) -> None:
    transport = cast("asyncio.Transport", scope["extensions"][TRANSPORT_KEY])
    if how == "reset":
        # A linger of zero seconds turns the close into a RST; Windows has it in shorts.
        linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
    else:
        transport.close()
    # Uvicorn calls an application that ends without an answer faulty, unless the client is gone.
    while (await receive())["type"] != "http.disconnect":
        pass


def _headers(scope: Scope) -> dict[str, str]:
    raw = cast("list[tuple[bytes, bytes]]", scope["headers"])
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in raw}
