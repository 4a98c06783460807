"""Bytes to disk: stream, resume, verify. One attempt; whoever calls decides about another."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from copy import copy
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import anyio
import httpx2

from video_mcp.errors import GatewayProtocolError, GatewayRejected, NotAVideo, OutputRefused
from video_mcp.gateway import protocol
from video_mcp.gateway.addresses import AddressGuard, Destination, refused_link
from video_mcp.gateway.body import bounded_response, file_bytes, first_bytes, require_plain, with_head
from video_mcp.gateway.part_file import PartFile, Piece, Progress, is_whole_by, piece_in
from video_mcp.gateway.part_writer import PartWriter
from video_mcp.gateway.transport import translated_errors
from video_mcp.gateway.upstream import HTTPResponse, Paths

DEFAULT_PATHS = Paths()
_HEAD_BYTES = 512
_MAX_REDIRECTS = 6
_BLANK = b"\xef\xbb\xbf \t\r\n"
_MOST_TEXT_BYTES = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloaded:
    """A whole file on disk, not yet looked into."""

    bytes: int
    sha256: str


class Downloader:
    """Fetches finished videos; the key goes to the gateway's own API alone.

    `guard` decides which links are followed, `looks_like_video` judges a file's first bytes.
    """

    def __init__(
        self,
        http: httpx2.AsyncClient,
        *,
        base_url: str,
        api_key: str,
        max_bytes: int,
        looks_like_video: Callable[[bytes], bool],
        guard: AddressGuard,
        paths: Paths = DEFAULT_PATHS,
    ) -> None:
        self._http = http
        self._paths = paths
        self._looks_like_video = looks_like_video
        self._base_url = base_url
        self._api_key = api_key
        self._authorization = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._max_bytes = max_bytes
        self._guard = guard
        self._turn = anyio.Lock()

    def with_key(self, api_key: str) -> Downloader:
        """Return the same for another key."""
        other = copy(self)
        other._api_key = api_key
        other._authorization = {"Authorization": f"Bearer {api_key}"}
        return other

    def content_url(self, upstream_id: str) -> str:
        """Return the gateway's own address of a video's bytes."""
        return self._base_url + self._paths.of_content(upstream_id)

    async def fetch(self, url: str, part: PartFile) -> Downloaded:
        """Bring one file to disk, going on where an earlier attempt stopped, also one of another process.

        Memory stays constant; when this returns, every byte is on the disk and counted.

        Raises:
            GatewayUnreachable: The connection broke; the bytes so far stay for the next attempt.
            GatewayRejected: The server says no.
            GatewayProtocolError: What came is not what was announced.
            NotAVideo: What came is JSON, HTML or no video, or the link is not followed; nothing of it is kept.
            OutputRefused: The file is larger than allowed, or cannot be written.
            StorageFull: The disk is full; the bytes so far stay.
        """
        for _redirect in range(_MAX_REDIRECTS):
            outcome = await self._fetch_from(url, part)
            if isinstance(outcome, Downloaded):
                return outcome
            url = outcome
        raise NotAVideo("The video's link leads in circles.")

    async def _fetch_from(self, url: str, part: PartFile) -> Downloaded | str:
        """Bring what is at an address; or return where the bytes really are."""
        progress = await part.progress()
        if progress is not None and progress.size == progress.total:
            return await _measured(part)
        async with self._get(url, progress.range_headers if progress is not None else {}) as response:
            if response.status_code in _REDIRECTS:
                return _redirect_target(url, response.headers.get("location"))
            if response.status_code == 416 and progress is not None:
                return await _nothing_left(response, part, progress)
            if response.status_code >= 400:
                raise await self._refusal(url, response)
            require_plain(response)
            piece = piece_in(response.status_code, response.headers, progress)
            if piece is None:
                await part.discard()
                raise GatewayProtocolError("The server sent another range than was requested.", status_code=206)
            return await self._take(url, response, piece, part)

    @asynccontextmanager
    async def _get(self, url: str, headers: Mapping[str, str]) -> AsyncGenerator[httpx2.Response]:
        destinations = await self._guard.destinations(url)
        if self._takes_key(url):
            headers = {**headers, **self._authorization}
        with translated_errors("gateway" if self._guard.is_gateway(url) else "video's host"):
            response = await self._first_response(destinations, headers)
            try:
                yield response
            finally:
                await response.aclose()

    async def _first_response(
        self, destinations: tuple[Destination, ...], headers: Mapping[str, str]
    ) -> httpx2.Response:
        *others, last = destinations
        for destination in others:
            try:
                return await self._http.send(self._request(destination, headers), stream=True)
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                continue
        return await self._http.send(self._request(last, headers), stream=True)

    def _request(self, destination: Destination, headers: Mapping[str, str]) -> httpx2.Request:
        named = {} if destination.server_name is None else {"sni_hostname": destination.server_name}
        return self._http.build_request(
            "GET", destination.url, headers={**destination.headers, **headers}, extensions=named
        )

    def _takes_key(self, url: str) -> bool:
        """Tell whether an address is the gateway's own API; a signed link beside it is refused with two keys."""
        own = urlsplit(self._paths.content.partition("{id}")[0]).path
        base, path = urlsplit(self._base_url).path, urlsplit(url).path
        return self._guard.is_gateway(url) and path.startswith((f"{base}/v1/", base + own))

    async def _refusal(self, url: str, response: httpx2.Response) -> GatewayRejected:
        async with aclosing(response.aiter_bytes()) as body:
            refused = bounded_response(response, await first_bytes(_MOST_TEXT_BYTES, body), key=self._api_key)
        refusal = protocol.rejection(refused)
        if self._guard.is_gateway(url):
            return refusal
        # A storage explains with the link's own signature, which must not get into a message.
        return GatewayRejected(
            f"The video's host answered {refused.status_code}.",
            status_code=refused.status_code,
            retry_after_seconds=refusal.retry_after_seconds,
        )

    async def _take(self, url: str, response: httpx2.Response, piece: Piece, part: PartFile) -> Downloaded | str:
        async with aclosing(file_bytes(response)) as body:
            head = b"" if piece.start else await first_bytes(_HEAD_BYTES, body)
            if not piece.start and head.lstrip(_BLANK)[:1] in {b"{", b"["}:
                return await self._take_json(url, response, head, body, part)
            if not piece.start and not self._looks_like_video(head):
                raise NotAVideo("Something else came where the video's bytes should be.")
            if piece.total is not None and piece.total > self._max_bytes:
                await part.discard()
                raise self._too_large(f"{piece.total} bytes")
            return await self._write(head, body, piece, part)

    async def _take_json(
        self, url: str, response: httpx2.Response, head: bytes, body: AsyncIterator[bytes], part: PartFile
    ) -> Downloaded | str:
        """Decode the video inside JSON to disk; or return the link that the JSON holds."""
        reader = protocol.JsonWithVideo(_MOST_TEXT_BYTES)
        try:
            size, writer = await self._decode(reader, head, body, part)
        except ValueError as error:
            await part.discard()
            raise NotAVideo("The video inside the response cannot be decoded.") from error
        await self._require_allowed(size, part)
        if writer is None:
            return _redirect_target(url, _link_in(bounded_response(response, bytes(reader.shortened.content))))
        if reader.is_done:
            return await _downloaded(part, writer, size)
        await part.discard()
        raise GatewayProtocolError("The video inside the response was cut.", status_code=response.status_code)

    async def _decode(
        self, reader: protocol.JsonWithVideo, head: bytes, body: AsyncIterator[bytes], part: PartFile
    ) -> tuple[int, PartWriter | None]:
        """Write what JSON holds of a video until its end, or until there is one byte too many."""
        size = 0
        writer: PartWriter | None = None
        async with AsyncExitStack() as stack:
            async for chunk in with_head(head, body):
                decoded = reader.feed(chunk)
                if decoded and writer is None:
                    if not self._looks_like_video(decoded[:_HEAD_BYTES]):
                        raise NotAVideo("The text where the video should be holds something else.")
                    writer = await stack.enter_async_context(
                        part.opened(Piece(start=0, total=None, validator=None), self._turn)
                    )
                if decoded and writer is not None:
                    await writer.add(decoded)
                    size += len(decoded)
                if reader.is_done or size > self._max_bytes or (not size and reader.shortened.is_full):
                    break
        return size, writer

    async def _write(self, head: bytes, body: AsyncIterator[bytes], piece: Piece, part: PartFile) -> Downloaded:
        async with part.opened(piece, self._turn) as writer:
            size = await self._copy(head, body, writer, piece.start)
        await self._require_allowed(size, part)
        if piece.total not in {None, size}:
            if size > (piece.total or 0):
                await part.discard()
            raise GatewayProtocolError(f"The video was cut: {size} of {piece.total} bytes came.", status_code=200)
        return await _downloaded(part, writer, size)

    async def _copy(self, head: bytes, body: AsyncIterator[bytes], writer: PartWriter, size: int) -> int:
        """Write until the end, or until there is one byte too many."""
        async for chunk in with_head(head, body):
            if size > self._max_bytes:
                break
            await writer.add(chunk)
            size += len(chunk)
        return size

    async def _require_allowed(self, size: int, part: PartFile) -> None:
        if size > self._max_bytes:
            await part.discard()
            raise self._too_large("more")

    def _too_large(self, found: str) -> OutputRefused:
        return OutputRefused(
            f"The video has {found}; at most {self._max_bytes} bytes are allowed.",
            advice="Raise VIDEO_MCP_MAX_DOWNLOAD_BYTES, then call fetch_video.",
        )


async def _measured(part: PartFile) -> Downloaded:
    size, sha256 = await part.measure()
    return Downloaded(bytes=size, sha256=sha256)


async def _downloaded(part: PartFile, writer: PartWriter, size: int) -> Downloaded:
    if writer.sha256 is None:
        await part.discard()
        raise GatewayProtocolError("The disk holds other bytes than those that came.", status_code=200)
    return Downloaded(bytes=size, sha256=writer.sha256)


async def _nothing_left(response: httpx2.Response, part: PartFile, progress: Progress) -> Downloaded:
    if is_whole_by(response.headers, progress):
        return await _measured(part)
    await part.discard()
    raise GatewayProtocolError("The video changed while it was being fetched.", status_code=416)


def _link_in(response: HTTPResponse) -> str:
    link = protocol.link_in(response)
    if link is None and protocol.is_unready(response):
        raise GatewayRejected("The video's host says that it is not ready yet.", status_code=response.status_code)
    if link is None:
        raise NotAVideo("Something else came where the video's bytes should be.")
    return link


def _redirect_target(url: str, location: str | None) -> str:
    try:
        target = urljoin(url, location or "")
        before, after = urlsplit(url).scheme, urlsplit(target).scheme
    except ValueError as error:
        raise refused_link("leads to no proper address") from error
    if before == "https" and after != "https":
        raise refused_link("leads out of an encrypted connection")
    return target
