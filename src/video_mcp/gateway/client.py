"""The only module that sends requests to the gateway's API."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import cast
from weakref import WeakSet

import anyio
import httpx2

from video_mcp.errors import GatewayError, GatewayProtocolError, GatewayRejected, GatewayUnreachable
from video_mcp.gateway import protocol, retry
from video_mcp.gateway.transport import HTTPClients, translated_errors
from video_mcp.gateway.upstream import (
    ChargePlace,
    HTTPRequest,
    HTTPResponse,
    ListedVideo,
    Paths,
    ServerSigns,
    UpstreamVideo,
    WireBody,
)
from video_mcp.types import JsonObject

DEFAULT_PATHS = Paths()
_SUBMIT_ATTEMPTS = 3
_LONGEST_RETRY_AFTER_SECONDS = 10.0
_MAX_RESPONSE_BYTES = 8 * 1024 * 1024
_LONGEST_RESPONSE_SECONDS = 120.0
_LISTED_TIMEOUT_SECONDS = 5.0


class GatewayClient:
    """One gateway: submit a video, ask about it, list the models.

    The key goes to `base_url` alone; no redirect is followed. `reached_at` hears the address of each connection.
    """

    def __init__(
        self,
        clients: HTTPClients,
        *,
        base_url: str,
        api_key: str,
        jitter: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        paths: Paths = DEFAULT_PATHS,
        charges: Sequence[ChargePlace] = (),
        honours_idempotency_key: bool = False,
        reached_at: Callable[[str], None] = lambda _address: None,
    ) -> None:
        self._clients = clients
        self._reached_at = reached_at
        self._paths = paths
        self._charges = charges
        self._honours_idempotency_key = honours_idempotency_key
        self._base_url = base_url
        self._use_key(api_key)
        self._jitter = jitter
        self._sleep = sleep
        self._reported = WeakSet[object]()

    def with_key(self, api_key: str) -> GatewayClient:
        """Return the same for another key."""
        other = copy(self)
        other._use_key(api_key)
        return other

    def _use_key(self, api_key: str) -> None:
        self._api_key = api_key
        self._authorization = {"Authorization": f"Bearer {api_key}"}
        self._poll_target = self._clients.polls.target(self._base_url, self._authorization)

    async def submit(self, body: WireBody, *, key: str | None = None) -> UpstreamVideo:
        """Ask for a video, once: sent again only when the request surely did not arrive.

        `key` is the job's own. Where the server is known to make one video for one key, a create whose answer got lost
        is sent again. A gateway that asks for a short pause gets it; after a long one the caller has to come back.

        Raises:
            GatewayRejected: The gateway says no, or redirects; nothing is charged.
            GatewayUnreachable: No answer came; with `delivered` the request may have arrived.
            GatewayProtocolError: An answer came that is none; the request may have been taken.
        """
        request = protocol.create_request(body, self._paths, key=key)
        attempt = 0
        while True:
            attempt += 1
            try:
                response = await self._send(self._clients.submit, request)
                return protocol.read_created(response, charges=self._charges)
            except GatewayError as error:
                is_safe = retry.may_submit_again(error) or (
                    self._honours_idempotency_key and key is not None and _is_lost(error)
                )
                pause_seconds = self._pause_before_another(error, attempt) if is_safe else None
                if pause_seconds is None:
                    raise
            await self._sleep(pause_seconds)

    async def poll(self, upstream_id: str) -> UpstreamVideo:
        """Ask once how a video is doing; a video inside the response itself is linked to as that response.

        Raises:
            GatewayError: Any of its kinds; `retry.poll_verdict` says what to do.
        """
        request = protocol.get_request(upstream_id, self._paths)
        response = await self._get(request)
        video = protocol.read_polled(response, charges=self._charges)
        if video.status == "completed" and any(place.units_at for place in self._charges):
            video = protocol.read_polled(response, charges=[await self._in_units(place) for place in self._charges])
        # The downloader reads the same response again and decodes the video on its way to disk.
        return replace(video, video_url=self._base_url + request.path) if video.is_inline else video

    async def _in_units(self, place: ChargePlace) -> ChargePlace:
        """Return where a charge stands, with the units that the server states where they are its operator's."""
        if place.units_at is None:
            return place
        with anyio.move_on_after(_LISTED_TIMEOUT_SECONDS):
            try:
                stated = await self._send(self._clients.api, protocol.status_request(place.units_at))
            except GatewayError:
                return place
            return replace(place, units_per_usd=protocol.stated_units(stated))
        return place

    @property
    def lists_videos(self) -> bool:
        """Whether the server lists the account's videos."""
        return self._paths.listing is not None

    async def videos(self) -> tuple[ListedVideo, ...]:
        """Return the account's newest videos, where the server lists them.

        Raises:
            GatewayError: If the server does not say.
        """
        if self._paths.listing is None:
            return ()
        request = protocol.listing_request(self._paths.listing)
        return protocol.read_listing(await self._send(self._clients.api, request))

    async def catalog(self) -> tuple[JsonObject, ...]:
        """Return what the server's models take, where it lists that.

        Raises:
            GatewayError: If the server does not say.
        """
        if self._paths.catalog is None:
            return ()
        request = protocol.catalog_request(self._paths.catalog)
        return protocol.read_catalog(await self._send(self._clients.api, request))

    async def prices(self) -> Mapping[str, float]:
        """Return what one call of each model costs in dollars, where the gateway publishes that.

        Raises:
            GatewayError: If the gateway does not say.
        """
        return protocol.read_prices(await self._send(self._clients.api, protocol.prices_request()))

    async def models(self) -> tuple[str, ...]:
        """Return the model ids that this key may use.

        Raises:
            GatewayError: If the gateway does not say.
        """
        return (await self.models_and_time())[0]

    async def models_and_time(self) -> tuple[tuple[str, ...], float | None]:
        """Return the model ids that this key may use, and the gateway's Unix time where its answer tells.

        Raises:
            GatewayError: If the gateway does not say which models.
        """
        answer = await self._send(self._clients.api, protocol.models_request(self._paths))
        return protocol.read_models(answer), protocol.gateway_time(answer)

    async def signs(self) -> ServerSigns:
        """Return what the server shows of its kind; a server without an OpenAPI description shows less.

        Raises:
            GatewayError: If the server does not answer.
        """
        models = await self._send(self._clients.api, protocol.models_request(self._paths))
        try:
            schema = await self._send(self._clients.api, protocol.schema_request())
        except GatewayError:
            schema = None
        return protocol.read_signs(models, schema)

    def _pause_before_another(self, error: GatewayError, attempt: int) -> float | None:
        """Return how long to wait before the create is sent again; None when it is not."""
        if attempt >= _SUBMIT_ATTEMPTS:
            return None
        requested = error.retry_after_seconds if isinstance(error, GatewayRejected) else None
        if requested is not None and requested > _LONGEST_RETRY_AFTER_SECONDS:
            return None
        return max(requested or 0.0, retry.backoff_seconds(attempt, self._jitter()))

    async def _send(self, client: httpx2.AsyncClient, request: HTTPRequest) -> HTTPResponse:
        body = request.body
        exchange = client.stream(
            request.method,
            self._base_url + request.path,
            headers={**request.headers, **self._authorization},
            json=body.json if body is not None and body.form is None else None,
            files=_multipart(body) if body is not None and body.form is not None else None,
        )
        with translated_errors():
            async with exchange as response:
                read = await self._read(response)
        return self._answer(request, response, read)

    async def _get(self, request: HTTPRequest) -> HTTPResponse:
        """Send what is sent again and again, by the shortest way."""
        with translated_errors():
            response = await self._clients.polls.get(self._poll_target, request.path)
            try:
                read = await self._read(response)
            finally:
                await response.aclose()
        return self._answer(request, response, read)

    async def _read(self, response: httpx2.Response) -> protocol.JsonShortener:
        self._report_address(response)
        return await _read_shortened(response)

    def _answer(self, request: HTTPRequest, response: httpx2.Response, read: protocol.JsonShortener) -> HTTPResponse:
        url = self._base_url + request.path
        if 300 <= response.status_code < 400 and "location" in response.headers:
            raise protocol.redirected(response.status_code, url, response.headers["location"], request.path)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return HTTPResponse(
            status_code=response.status_code,
            headers=headers,
            body=bytes(read.content),
            key=self._api_key,
            is_truncated=read.is_full,
        )

    def _report_address(self, response: httpx2.Response) -> None:
        stream = response.extensions.get("network_stream")
        if stream is None or stream in self._reported:
            return
        self._reported.add(stream)
        address = stream.get_extra_info("server_addr")
        if isinstance(address, tuple) and address:
            self._reached_at(str(cast("tuple[object, ...]", address)[0]))


async def _read_shortened(response: httpx2.Response) -> protocol.JsonShortener:
    """Return the body with long texts cut, and without what comes after more than any answer needs."""
    shortened = protocol.JsonShortener(_MAX_RESPONSE_BYTES)
    with anyio.fail_after(_LONGEST_RESPONSE_SECONDS):
        async for chunk in _chunks(response):
            shortened.feed(chunk)
            if shortened.is_full:
                break
    return shortened


def _chunks(response: httpx2.Response) -> AsyncIterable[bytes]:
    """Return the body as it arrives; only an encoded one takes the decoder's longer way."""
    if "content-encoding" in response.headers or not isinstance(response.stream, httpx2.AsyncByteStream):
        return response.aiter_bytes()
    return response.stream


def _is_lost(error: GatewayError) -> bool:
    """Tell whether it is unknown if a create was accepted."""
    return isinstance(error, GatewayUnreachable | GatewayProtocolError)


def _multipart(body: WireBody) -> list[tuple[str, tuple[str | None, bytes | str, str | None]]]:
    parts: list[tuple[str, tuple[str | None, bytes | str, str | None]]] = []
    for part in body.form or ():
        if part.file is not None:
            parts.append((part.name, (part.filename or part.name, part.file, part.media_type)))
        else:
            parts.append((part.name, (None, part.text or "", None)))
    return parts
