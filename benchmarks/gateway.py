"""A gateway that costs next to nothing: every video is in progress, a little further at each poll. Run as a program."""

from __future__ import annotations

import itertools
import sys

import anyio
from anyio.abc import SocketAttribute, SocketStream

_HINT_MS = 10_000
_polls = itertools.count(1)


async def _serve(stream: SocketStream) -> None:
    received = b""
    async with stream:
        while True:
            try:
                received += await stream.receive()
            except (anyio.EndOfStream, anyio.BrokenResourceError):
                return
            while b"\r\n\r\n" in received:
                head, _, received = received.partition(b"\r\n\r\n")
                await stream.send(_answer(head))


def _answer(head: bytes) -> bytes:
    video_id = head.split(b" ", 2)[1].rsplit(b"/", 1)[-1].decode()
    if video_id == "count":
        return _response(f'{{"polls":{next(_polls) - 1}}}'.encode())
    body = (
        f'{{"id":"{video_id}","object":"video","status":"in_progress","progress":{next(_polls) % 90},'
        f'"poll_after_ms":{_HINT_MS}}}'
    ).encode()
    return _response(body)


def _response(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)


async def main() -> None:
    """Listen on any port of this machine and print it."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", backlog=2048)
    sys.stdout.write(f"{listener.extra(SocketAttribute.local_port)}\n")
    sys.stdout.flush()
    await listener.serve(_serve)


if __name__ == "__main__":
    anyio.run(main)
