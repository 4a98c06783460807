"""The only module that sends requests to the gateway's API."""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import urljoin, urlsplit

import anyio
import httpx2

from video_mcp.errors import GatewayError, GatewayRejected
from video_mcp.gateway import protocol, retry
from video_mcp.gateway.transport import translated_errors
from video_mcp.gateway.upstream import HTTPAnswer, HTTPRequest, UpstreamVideo, WireBody

_SUBMIT_ATTEMPTS = 3
# A tool call waits for the submission, and clients stop listening after a minute.
_CONNECT_SECONDS = 10.0
_LONGEST_RETRY_AFTER_SECONDS = 10.0
_MAX_ANSWER_BYTES = 8 * 1024 * 1024
_LONGEST_ANSWER_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HTTPClients:
    """The connections of one process.

    A create travels on a connection of its own: on a reused one, a close by the gateway would leave open whether
    the request had arrived. `files` carries no key, whoever asks the gateway's own API adds it, and keeps no
    connection: it is opened by address, and two hosts may share one.
    """

    submit: httpx2.AsyncClient
    api: httpx2.AsyncClient
    files: httpx2.AsyncClient


@asynccontextmanager
async def open_clients(
    *, timeout_seconds: float, user_agent: str, certificates: ssl.SSLContext | None = None
) -> AsyncGenerator[HTTPClients]:
    """Open the connections and close them at the end; `certificates` says whom to trust if not everybody's."""
    # Loading the trusted certificates takes 20 ms, so they are shared.
    certificates = certificates or httpx2.create_ssl_context()

    def client(accept: str, limits: httpx2.Limits) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            headers={
                "User-Agent": user_agent,
                "Accept": accept,
                "Accept-Encoding": "identity",
                "Accept-Language": "en",
            },
            timeout=httpx2.Timeout(timeout_seconds, connect=_CONNECT_SECONDS, pool=_CONNECT_SECONDS),
            limits=limits,
            verify=certificates,
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        )

    fresh, kept = httpx2.Limits(max_keepalive_connections=0), httpx2.Limits()
    async with (
        client("application/json", fresh) as submit,
        client("application/json", kept) as api,
        client("*/*", fresh) as files,
    ):
        yield HTTPClients(submit=submit, api=api, files=files)


class GatewayClient:
    """One gateway: submit a video, ask about it, list the models.

    The key goes to `base_url` alone; no redirect is followed.
    """

    def __init__(
        self,
        clients: HTTPClients,
        *,
        base_url: str,
        api_key: str,
        jitter: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._clients = clients
        self._base_url = base_url
        self._authorization = {"Authorization": f"Bearer {api_key}"}
        self._jitter = jitter
        self._sleep = sleep

    async def submit(self, body: WireBody) -> UpstreamVideo:
        """Ask for a video, once: sent again only when the request surely did not arrive.

        A gateway that asks for a short pause gets it; after a long one it is for the caller to come back.

        Raises:
            GatewayRejected: The gateway says no, or redirects; nothing is charged.
            GatewayUnreachable: No answer came; with `delivered` the request may have arrived.
            GatewayProtocolError: An answer came that is none; the request may have been taken.
        """
        request = protocol.create_request(body)
        attempt = 0
        while True:
            attempt += 1
            try:
                return protocol.read_created(await self._send(self._clients.submit, request))
            except GatewayError as error:
                pause_seconds = self._pause_before_another(error, attempt)
                if pause_seconds is None:
                    raise
            await self._sleep(pause_seconds)

    async def poll(self, upstream_id: str) -> UpstreamVideo:
        """Ask once how a video is doing.

        Raises:
            GatewayError: Any of its kinds; `retry.poll_verdict` says what to do.
        """
        return protocol.read_polled(await self._send(self._clients.api, protocol.get_request(upstream_id)))

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
        answer = await self._send(self._clients.api, protocol.models_request())
        return protocol.read_models(answer), protocol.gateway_time(answer)

    def _pause_before_another(self, error: GatewayError, attempt: int) -> float | None:
        """Return how long to wait before the create is sent again; None when it is not."""
        if attempt >= _SUBMIT_ATTEMPTS or not retry.may_submit_again(error):
            return None
        asked = error.retry_after_seconds if isinstance(error, GatewayRejected) else None
        if asked is not None and asked > _LONGEST_RETRY_AFTER_SECONDS:
            return None
        return max(asked or 0.0, retry.backoff_seconds(attempt, self._jitter()))

    async def _send(self, client: httpx2.AsyncClient, request: HTTPRequest) -> HTTPAnswer:
        body, url = request.body, self._base_url + request.path
        with translated_errors():
            async with client.stream(
                request.method,
                url,
                headers=self._authorization,
                json=body.json if body is not None and body.form is None else None,
                files=_multipart(body) if body is not None and body.form is not None else None,
            ) as response:
                content = await _read_bounded(response)
        if 300 <= response.status_code < 400 and "location" in response.headers:
            raise _redirected(response, url, request.path)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return HTTPAnswer(status_code=response.status_code, headers=headers, body=content)


async def _read_bounded(response: httpx2.Response) -> bytes:
    """Return the body, or so much of it that the rest cannot matter: no JSON of the gateway's is that long."""
    content = bytearray()
    with anyio.fail_after(_LONGEST_ANSWER_SECONDS):
        async for chunk in response.aiter_bytes():
            content += chunk
            if len(content) > _MAX_ANSWER_BYTES:
                break
    return bytes(content[:_MAX_ANSWER_BYTES])


def _multipart(body: WireBody) -> list[tuple[str, tuple[str | None, bytes | str, str | None]]]:
    parts: list[tuple[str, tuple[str | None, bytes | str, str | None]]] = []
    for part in body.form or ():
        if part.file is not None:
            parts.append((part.name, (part.filename or part.name, part.file, part.media_type)))
        else:
            parts.append((part.name, (None, part.text or "", None)))
    return parts


def _redirected(response: httpx2.Response, url: str, path: str) -> GatewayRejected:
    """Return the error for a redirect: whatever stands there has not looked at the request."""
    elsewhere = _other_base_url(url, response.headers["location"], path)
    advice = "Check that it is the address of the API and not of a website."
    if elsewhere is not None:
        advice = f"Set VIDEO_MCP_BASE_URL to {elsewhere}, if you trust that address."
    return GatewayRejected(
        f"The gateway answered {response.status_code}: the API is not at VIDEO_MCP_BASE_URL.",
        status_code=response.status_code,
        advice=advice,
    )


def _other_base_url(url: str, location: str, path: str) -> str | None:
    """Return the base URL that a redirect of `path` means, if it means one that may be shown."""
    try:
        parts = urlsplit(urljoin(url, location))
    except ValueError:
        return None
    base = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix(path)}"
    same_path = parts.path.rstrip("/").endswith(path)
    plain = parts.scheme in {"http", "https"} and "@" not in parts.netloc and base.isascii() and base.isprintable()
    return base if same_path and plain and base != url.removesuffix(path) else None
