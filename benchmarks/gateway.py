"""A gateway that costs next to nothing: every video is in progress, a little further at each poll. Run as a program."""

from __future__ import annotations

import itertools
import re
import sys

import anyio
from anyio.abc import SocketAttribute, SocketStream

_HINT_MS = 10_000
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_polls = itertools.count(1)
_creates = itertools.count(1)


async def _serve(stream: SocketStream) -> None:
    received = b""
    async with stream:
        while True:
            try:
                received += await stream.receive()
            except (anyio.EndOfStream, anyio.BrokenResourceError):
                return
            while b"\r\n\r\n" in received:
                head, _, rest = received.partition(b"\r\n\r\n")
                if len(rest) < (length := _body_length(head)):
                    break
                received = rest[length:]
                await stream.send(_answer(head))


def _body_length(head: bytes) -> int:
    found = _LENGTH.search(head)
    return int(found[1]) if found else 0


def _answer(head: bytes) -> bytes:
    if head.startswith(b"POST"):
        body = f'{{"id":"task_{next(_creates)}","object":"video","status":"queued","poll_after_ms":{_HINT_MS}}}'
        return _response(body.encode())
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
