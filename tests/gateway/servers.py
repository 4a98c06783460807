"""Small real servers for what the simulator does not do, and the product's own clients to ask them with."""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from video_mcp.gateway.addresses import AddressGuard, Resolve
from video_mcp.gateway.client import GatewayClient
from video_mcp.gateway.download import Downloader
from video_mcp.gateway.network import Network
from video_mcp.gateway.part_file import PartFile
from video_mcp.gateway.transport import HTTPClients, open_clients
from video_mcp.gateway.upstream import ChargePlace
from video_mcp.media.sniff import may_be_media
from video_mcp.simulator.listener import bound_socket, serving

KEY = "sk-simulator"
MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(range(256)) * 400
"""Bytes that begin like a video; whoever only carries them does not look further."""

NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts no certificate; loading the usual ones takes 20 ms."""

Answer = Callable[[Request], Response | Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A request as it arrived."""

    method: str
    target: str
    headers: Mapping[str, str]
    client_port: int


@dataclass(slots=True)
class Server:
    """A server that listens on loopback, and what it was asked."""

    url: str
    seen: list[Seen] = field(default_factory=list[Seen])


@dataclass(slots=True)
class Pauses:
    """A sleep that takes no time and remembers how long it should have been."""

    seconds: list[float] = field(default_factory=list[float])

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@asynccontextmanager
async def answering(answer: Answer, *, port: int = 0) -> AsyncGenerator[Server]:
    """Answer every request with what a function returns."""
    with bound_socket("127.0.0.1", port) as bound:
        server = Server(f"http://127.0.0.1:{bound.getsockname()[1]}")

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            request = Request(scope, receive)
            server.seen.append(_seen(request))
            response = answer(request)
            response = response if isinstance(response, Response) else await response
            await response(scope, receive, send)

        async with serving(app, bound):
            yield server


def _seen(request: Request) -> Seen:
    target = bytes(request.scope["raw_path"]).decode("latin-1")
    query = f"?{request.url.query}" if request.url.query else ""
    port = request.client.port if request.client is not None else 0
    return Seen(method=request.method, target=target + query, headers=dict(request.headers), client_port=port)


def sent(content: bytes = MP4, status_code: int = 200, /, **headers: str) -> Answer:
    """Answer with the same bytes each time."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _request: Response(content, status_code, named)


def in_pieces(pieces: AsyncIterator[bytes], status_code: int = 200, /, **headers: str) -> Response:
    """Send bytes piece by piece, without a length unless one is given."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return StreamingResponse(pieces, status_code, named)


@asynccontextmanager
async def gateway_client(
    base_url: str,
    *,
    pauses: Callable[[float], Awaitable[None]] | None = None,
    timeout_seconds: float = 60.0,
    charges: Sequence[ChargePlace] = (),
) -> AsyncGenerator[GatewayClient]:
    """Open the client that is under test."""
    async with http_clients(timeout_seconds) as clients:
        yield client_of(clients, base_url, pauses or Pauses(), charges=charges)


@asynccontextmanager
async def downloading(
    base_url: str,
    *,
    max_bytes: int = 10**9,
    timeout_seconds: float = 60.0,
    resolve: Resolve | None = None,
    certificates: ssl.SSLContext = NOBODY,
) -> AsyncGenerator[Downloader]:
    """Open the downloader that is under test."""
    async with http_clients(timeout_seconds, certificates) as clients:
        yield downloader_of(clients, base_url, max_bytes=max_bytes, resolve=resolve)


def http_clients(
    timeout_seconds: float = 60.0, certificates: ssl.SSLContext = NOBODY
) -> AbstractAsyncContextManager[HTTPClients]:
    """Open the product's connections, without loading the world's certificates for each test."""
    return open_clients(
        timeout_seconds=timeout_seconds, user_agent="video-mcp/test", network=Network(certificates=certificates)
    )


def client_of(
    clients: HTTPClients,
    base_url: str,
    pauses: Callable[[float], Awaitable[None]],
    *,
    charges: Sequence[ChargePlace] = (),
) -> GatewayClient:
    """Return a client whose pauses take no time."""
    return GatewayClient(clients, base_url=base_url, api_key=KEY, jitter=lambda: 0.5, sleep=pauses, charges=charges)


def downloader_of(
    clients: HTTPClients, base_url: str, *, max_bytes: int = 10**9, resolve: Resolve | None = None
) -> Downloader:
    """Return a downloader that judges bytes as the product does."""
    return Downloader(
        clients.files,
        base_url=base_url,
        api_key=KEY,
        max_bytes=max_bytes,
        looks_like_video=may_be_media,
        guard=AddressGuard(base_url, resolve=resolve),
    )


def part_in(folder: Path) -> PartFile:
    """Return the part file of a test, as a new process would."""
    return PartFile(folder / "clip.mp4.part")


async def names(folder: Path) -> list[str]:
    """Return what is in a folder."""
    return sorted([entry.name async for entry in anyio.Path(folder).iterdir()])
