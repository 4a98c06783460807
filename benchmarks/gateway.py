"""A gateway that costs next to nothing, so that what is measured is the product. Run as a program, it prints its port.

`/v1/videos` is the gateway's own API. `/settings?NAME=VALUE` changes what it answers, `/counts` says what it was asked,
`/big` sends as many bytes of a video as it is told, and so does the video `big_N`, which is ready. What is asked of the
video `bare_N` is not counted.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import anyio
from anyio.abc import SocketAttribute, SocketStream

_CHUNK = bytes(1024 * 1024)
_BOX_HEAD_BYTES = 8


@dataclass(slots=True)
class _Gateway:
    """What it answers, and what it was asked.

    A video is ready `render_seconds` after its create; without these, number N is ready N/`ready_rate` seconds after
    `ready_from`, a Unix time.
    """

    video: bytes
    hint_ms: float = 10_000.0
    render_seconds: float = 0.0
    ready_from: float = 1e12
    ready_rate: float = 1.0
    big_bytes: float = 0.0
    polls: int = 0
    downloads: int = 0
    last_post_at: float = 0.0
    posts: Counter[str] = field(default_factory=Counter[str])
    ready_at: dict[str, float] = field(default_factory=dict[str, float])
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    def create(self, head: bytes) -> bytes:
        self.last_post_at = time.time()
        key = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"idempotency-key")), b"")
        self.posts[key.decode()] += 1
        video_id = f"made_{next(self.numbers)}"
        if self.render_seconds:
            self.ready_at[video_id] = self.last_post_at + self.render_seconds
        return _json({"id": video_id, "object": "video", "status": "queued", "poll_after_ms": self.hint_ms})

    def poll(self, video_id: str) -> bytes:
        known, number = self.ready_at.get(video_id), video_id.rpartition("_")[2]
        if not number.isdigit():
            return b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"
        if video_id.startswith("big_"):
            return _json({"id": video_id, "object": "video", "status": "completed", "progress": 100})
        self.polls += not video_id.startswith("bare_")
        ready_at = known if known is not None else self.ready_from + int(number) / self.ready_rate
        if time.time() >= ready_at:
            return _json({"id": video_id, "object": "video", "status": "completed", "progress": 100})
        progress = self.polls % 90
        answer = {"id": video_id, "object": "video", "status": "in_progress", "progress": progress}
        return _json({**answer, "poll_after_ms": self.hint_ms})

    def counts(self) -> bytes:
        return _json(
            {
                "polls": self.polls,
                "downloads": self.downloads,
                "posts": self.posts.total(),
                "most_posts_of_one": max(self.posts.values(), default=0),
                "last_post_at": self.last_post_at,
            }
        )


async def _serve(gateway: _Gateway, stream: SocketStream) -> None:
    received = b""
    async with stream:
        try:
            while True:
                while b"\r\n\r\n" not in received:
                    received += await stream.receive()
                head, _, received = received.partition(b"\r\n\r\n")
                while len(received) < (length := _content_length(head)):
                    received += await stream.receive()
                received = received[length:]
                await _answer(gateway, head, stream)
        except (anyio.EndOfStream, anyio.BrokenResourceError):
            return


def _content_length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0]) if found else 0


async def _answer(gateway: _Gateway, head: bytes, stream: SocketStream) -> None:
    method, target, _ = head.split(b" ", 2)
    address = urlsplit(target.decode())
    match address.path.rsplit("/", 1)[-1]:
        case "settings":
            for name, value in parse_qsl(address.query):
                setattr(gateway, name, float(value))
            await stream.send(_json({}))
        case "count" | "counts":
            await stream.send(gateway.counts())
        case "content" if "/big_" in address.path:
            await _send_big(gateway, stream, int(gateway.big_bytes))
        case "content":
            gateway.downloads += 1
            await stream.send(_head("video/mp4", len(gateway.video)) + gateway.video)
        case "big":
            await _send_big(gateway, stream, int(dict(parse_qsl(address.query)).get("bytes", gateway.big_bytes)))
        case _ if method == b"POST":
            await stream.send(gateway.create(head))
        case video_id:
            await stream.send(gateway.poll(video_id))


async def _send_big(gateway: _Gateway, stream: SocketStream, left: int) -> None:
    """Send the video, and up to the wanted size a box of it that players skip."""
    rest = max(0, left - len(gateway.video) - _BOX_HEAD_BYTES)
    box = (_BOX_HEAD_BYTES + rest).to_bytes(4, "big") + b"free"
    await stream.send(_head("video/mp4", left) + (gateway.video + box)[:left])
    left -= len(gateway.video) + len(box)
    while left > 0:
        await stream.send(_CHUNK[:left])
        left -= len(_CHUNK)


def _json(answer: object) -> bytes:
    body = json.dumps(answer).encode()
    return _head("application/json", len(body)) + body


def _head(media_type: str, length: int) -> bytes:
    return f"HTTP/1.1 200 OK\r\ncontent-type: {media_type}\r\ncontent-length: {length}\r\n\r\n".encode()


async def main(video: bytes) -> None:
    """Listen on any port of this machine and print it; every video has these bytes."""
    gateway = _Gateway(video)
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", backlog=4096)
    sys.stdout.write(f"{listener.extra(SocketAttribute.local_port)}\n")
    sys.stdout.flush()

    async def serve(stream: SocketStream) -> None:
        await _serve(gateway, stream)

    await listener.serve(serve)


if __name__ == "__main__":
    anyio.run(main, Path(sys.argv[1]).read_bytes() if len(sys.argv) > 1 else b"")
