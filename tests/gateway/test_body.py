"""The body of a file, read from its connection: every byte once and in order, however it is cut on its way."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import anyio
import anyio.abc
import httpx2
import pytest

from tests.gateway.servers import http_clients
from video_mcp.gateway.body import file_bytes

pytestmark = pytest.mark.anyio

CONTENT = b"".join(number.to_bytes(4, "big") for number in range(100_000))
HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n" % len(CONTENT)
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(CONTENT), CONTENT)
UNTIL_CLOSE = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + CONTENT


async def received(segments: Sequence[bytes]) -> bytes:
    """Return what is read of a response that comes in segments."""
    pieces: list[bytes] = []
    errors: list[httpx2.TransportError] = []

    async def answer(stream: anyio.abc.SocketStream) -> None:
        async with stream:
            await stream.receive()
            with suppress(anyio.BrokenResourceError):  # the client takes no more than was announced
                for segment in segments:
                    await stream.send(segment)
                    await anyio.sleep(0.01)

    async with (
        await anyio.create_tcp_listener(local_host="127.0.0.1") as listener,
        anyio.create_task_group() as tasks,
        http_clients() as clients,
    ):
        tasks.start_soon(listener.serve, answer)
        port = int(listener.extra(anyio.abc.SocketAttribute.local_port))
        try:
            async with clients.files.stream("GET", f"http://127.0.0.1:{port}/") as response:
                pieces += [piece async for piece in file_bytes(response)]
        except httpx2.TransportError as error:  # raised below, where no group wraps it
            errors.append(error)
        tasks.cancel_scope.cancel()
    if errors:
        raise errors[0]
    return b"".join(pieces)


@pytest.mark.parametrize(
    "segments",
    [
        pytest.param([HEAD + b"\r\n" + CONTENT], id="at once"),
        pytest.param([HEAD + b"\r\n", CONTENT], id="headers first"),
        pytest.param([HEAD + b"\r\n" + CONTENT[:1], CONTENT[1:]], id="one byte with the headers"),
        pytest.param([HEAD, b"\r\n" + CONTENT[:70_000], CONTENT[70_000:-1], CONTENT[-1:]], id="headers cut"),
        pytest.param([HEAD + b"\r\n" + CONTENT + b"HTTP/1.1 200 OK\r\n"], id="more than was announced"),
        pytest.param([CHUNKED], id="in chunks"),
        pytest.param([CHUNKED[:100], CHUNKED[100:]], id="in chunks that are cut"),
        pytest.param([UNTIL_CLOSE], id="until the connection is closed"),
    ],
)
async def test_a_body_is_read_whole_and_in_order(segments: Sequence[bytes]) -> None:
    content = await received(segments)
    assert content == CONTENT


async def test_a_body_that_ends_early_is_broken() -> None:
    with pytest.raises(httpx2.RemoteProtocolError):
        await received([HEAD + b"\r\n" + CONTENT[:1000], CONTENT[1000:5000]])
