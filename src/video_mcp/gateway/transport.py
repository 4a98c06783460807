"""The HTTP connections of a process, and what they raise in our words: did the request arrive or not?"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Literal

import httpx2

from video_mcp.errors import ConfigurationError, GatewayTimeout, GatewayUnreachable
from video_mcp.gateway.network import Network, ViaProxyError, naming_proxy
from video_mcp.gateway.polls import Polls

Peer = Literal["gateway", "video's host"]
"""Where a request went: to the user's gateway, or the place where it keeps the bytes."""

# A tool call waits for the submission, and clients stop listening after a minute.
_CONNECT_SECONDS = 10.0

CHECK_ADDRESS = "Check VIDEO_MCP_BASE_URL and the network, then try again."
_CHECK_CERTIFICATE = (
    "Its certificate is not trusted here: check VIDEO_MCP_BASE_URL, or name your own authority in SSL_CERT_FILE."
)
_NO_TLS = "It speaks plain HTTP where VIDEO_MCP_BASE_URL says https: write http: for a server of your own."
ADVICE_BY_TLS_REASON = {"CERTIFICATE_VERIFY_FAILED": _CHECK_CERTIFICATE, "WRONG_VERSION_NUMBER": _NO_TLS}
TRY_LATER = "Check the network, then call fetch_video."


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
    polls: Polls


class RoutedTransport(httpx2.AsyncBaseTransport):
    """Sends each request through the proxy that its host is reached by, or straight to it.

    A request that was opened by address names its host in the extension `sni_hostname`.
    """

    def __init__(self, network: Network, limits: httpx2.Limits) -> None:
        self._network = network
        self._limits = limits
        self._transports: dict[str, httpx2.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request.

        Raises:
            ConfigurationError: The proxy or the certificates that this request needs cannot be used.
        """
        url = request.url
        host = str(request.extensions.get("sni_hostname") or url.host)
        proxy = self._network.proxy_for(url.scheme, host, url.port)
        with naming_proxy(proxy):
            return await self._transport(proxy.url if proxy is not None else "").handle_async_request(request)

    async def aclose(self) -> None:
        """Close every connection."""
        for transport in self._transports.values():
            await transport.aclose()

    def _transport(self, proxy_url: str) -> httpx2.AsyncHTTPTransport:
        if proxy_url not in self._transports:
            self._transports[proxy_url] = httpx2.AsyncHTTPTransport(
                verify=self._network.ssl_context(), limits=self._limits, trust_env=False, proxy=proxy_url or None
            )
        return self._transports[proxy_url]


@asynccontextmanager
async def open_clients(
    *, timeout_seconds: float, user_agent: str, network: Network | None = None
) -> AsyncGenerator[HTTPClients]:
    """Open the connections and close them at the end; without a `network`, none goes through a proxy."""
    network = network or Network()

    def client(accept: str, transport: RoutedTransport) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            headers={
                "User-Agent": user_agent,
                "Accept": accept,
                "Accept-Encoding": "identity",
                "Accept-Language": "en",
            },
            timeout=httpx2.Timeout(timeout_seconds, connect=_CONNECT_SECONDS, pool=_CONNECT_SECONDS),
            transport=transport,
            trust_env=False,
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        )

    fresh = httpx2.Limits(max_keepalive_connections=0)
    async with (
        client("application/json", RoutedTransport(network, fresh)) as submit,
        client("application/json", RoutedTransport(network, httpx2.Limits())) as api,
        client("*/*", RoutedTransport(network, fresh)) as files,
        Polls(network, api) as polls,
    ):
        yield HTTPClients(submit=submit, api=api, files=files, polls=polls)


@contextmanager
def translated_errors(peer: Peer = "gateway") -> Generator[None]:
    """Turn the HTTP client's errors into `GatewayUnreachable`, never repeating an address.

    Raises:
        GatewayTimeout: No answer in time; `delivered` is False when no connection was made.
        GatewayUnreachable: The connection failed; `delivered` is False when none was made.
        ConfigurationError: The address cannot be used at all.
    """
    advice = CHECK_ADDRESS if peer == "gateway" else TRY_LATER
    try:
        yield
    except (httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
        msg = f"The {peer} did not take the connection in time."
        raise GatewayTimeout(msg, delivered=False, advice=advice) from error
    except (httpx2.TimeoutException, TimeoutError) as error:
        raise GatewayTimeout(f"The {peer} did not answer in time.", delivered=True) from error
    except ViaProxyError as error:
        raise blocked_by_proxy(peer, str(error), error.variable) from error
    except (httpx2.ConnectError, httpx2.ProxyError) as error:
        advice = ADVICE_BY_TLS_REASON.get(_tls_reason(error), advice) if peer == "gateway" else advice
        raise GatewayUnreachable(f"The {peer} cannot be reached.", delivered=False, advice=advice) from error
    except (httpx2.UnsupportedProtocol, httpx2.InvalidURL) as error:
        raise ConfigurationError(["VIDEO_MCP_BASE_URL is not an HTTP address"]) from error
    except httpx2.HTTPError as error:
        msg = f"The connection to the {peer} broke ({type(error).__name__})."
        raise GatewayUnreachable(msg, delivered=True) from error


def _tls_reason(error: Exception) -> str:
    return next((reason for reason in ADVICE_BY_TLS_REASON if reason in str(error)), "")


def blocked_by_proxy(peer: Peer, reply: str, variable: str) -> GatewayUnreachable:
    """Return the error for a proxy that did not let a request through; its own words may hold the password."""
    status = reply[:3] if reply[:3].isdigit() else None
    what = f"The proxy answered {status} instead of reaching the {peer}" if status else "The proxy cannot be reached"
    advice = f"Check its address, name and password in {variable}; NO_PROXY names hosts to reach without it."
    return GatewayUnreachable(f"{what}.", delivered=False, advice=advice)
