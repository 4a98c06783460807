"""The HTTP connections of a process, and what they raise in our words: did the request arrive or not?"""

from __future__ import annotations

import errno
import ssl
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import httpx2

from video_mcp.errors import ConfigurationError, GatewayTimeout, GatewayUnreachable
from video_mcp.gateway.proxies import Proxies, Proxy, parse_proxies
from video_mcp.gateway.small_pools import SmallPools

Peer = Literal["gateway", "video's host"]
"""Where a request went: to the user's gateway, or the place where it keeps the bytes."""

# A tool call waits for the submission, and clients stop listening after a minute.
_CONNECT_SECONDS = 10.0

_DEFAULT_PORTS = {"http": 80, "https": 443}

CHECK_ADDRESS = "Check VIDEO_MCP_BASE_URL and the network, then try again."
_CHECK_CERTIFICATE = (
    "Its certificate is not trusted here: check VIDEO_MCP_BASE_URL, or name your own authority in SSL_CERT_FILE."
)
_NO_TLS = "It speaks plain HTTP where VIDEO_MCP_BASE_URL says https: write http: for a server of your own."
ADVICE_BY_TLS_REASON = {"CERTIFICATE_VERIFY_FAILED": _CHECK_CERTIFICATE, "WRONG_VERSION_NUMBER": _NO_TLS}
TRY_LATER = "Check the network, then call fetch_video."


class PlainGet:
    """Sends GETs over the connections of a client, without what the client does for each request beyond sending it.

    Redirects, cookies, credentials from the environment, hooks: a poll uses none of it, and it costs a third of one.
    """

    def __init__(self, transport: httpx2.AsyncBaseTransport, client: httpx2.AsyncClient) -> None:
        self._transport = transport
        self._headers = client.headers
        self._extensions = {"timeout": client.timeout.as_dict()}

    def headers(self, further: Mapping[str, str]) -> httpx2.Headers:
        """Return the client's headers and some more, as `stream` takes them."""
        return httpx2.Headers([*self._headers.multi_items(), *further.items()])

    @asynccontextmanager
    async def stream(self, url: str, headers: httpx2.Headers) -> AsyncGenerator[httpx2.Response]:
        """Send one GET, and close its response at the end."""
        request = httpx2.Request("GET", url, headers=headers, extensions=self._extensions.copy())
        response = await self._transport.handle_async_request(request)
        try:
            yield response
        finally:
            await response.aclose()


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
    polls: PlainGet


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """How this machine reaches others: its proxies and the certificates that it trusts.

    `certificates` is an error where they cannot be read; it matters to encrypted connections only.
    """

    proxies: Proxies = field(default_factory=Proxies)
    certificates: ssl.SSLContext | ConfigurationError = field(default_factory=httpx2.create_ssl_context)

    def is_proxied(self, scheme: str, host: str, port: int) -> bool:
        """Tell whether a host is reached through a proxy."""
        return self.proxies.proxy_for(scheme, host, port) is not None


def open_network(variables: Mapping[str, str]) -> Network:
    """Return the network that the environment describes; `variables` are the proxies' and the certificates'."""
    return Network(proxies=parse_proxies(variables), certificates=_certificates(variables))


def _certificates(variables: Mapping[str, str]) -> ssl.SSLContext | ConfigurationError:
    file, folder = variables.get("SSL_CERT_FILE", "").strip(), variables.get("SSL_CERT_DIR", "").strip()
    if not file and not folder:
        return httpx2.create_ssl_context(trust_env=False)
    try:
        if file:
            return ssl.create_default_context(cafile=Path(file).expanduser())
        if not Path(folder).expanduser().is_dir():
            raise FileNotFoundError(errno.ENOENT, "no such folder")
        return ssl.create_default_context(capath=Path(folder).expanduser())
    except (OSError, RuntimeError) as error:
        name, value = ("SSL_CERT_FILE", file) if file else ("SSL_CERT_DIR", folder)
        why = error.strerror if isinstance(error, OSError) and not isinstance(error, ssl.SSLError) else None
        problem = (
            f"{name} names {value}, which cannot be used as a list of trusted certificates ({why or 'no PEM file'})"
        )
        return ConfigurationError([f"{problem}; correct it, or take it out to trust what the system trusts"])


class ViaProxyError(httpx2.ProxyError):
    """A proxy did not let a request through; `variable` is where the proxy is named."""

    def __init__(self, message: str, *, variable: str) -> None:
        super().__init__(message)
        self.variable = variable


class RoutedTransport(httpx2.AsyncBaseTransport):
    """Sends each request through the proxy that its host is reached by, or straight to it.

    A request that was opened by address names its host in the extension `sni_hostname`.
    """

    def __init__(self, network: Network, limits: httpx2.Limits) -> None:
        self._network = network
        self._limits = limits
        self._transports: dict[str, SmallPools] = {}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request.

        Raises:
            ConfigurationError: The proxy or the certificates that this request needs cannot be used.
        """
        if request.url.scheme == "https" and isinstance(self._network.certificates, ConfigurationError):
            raise self._network.certificates
        proxy = self._proxy_of(request)
        try:
            return await self._transport(proxy).handle_async_request(request)
        except (httpx2.ProxyError, httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            if proxy is None or "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise
            raise ViaProxyError(str(error), variable=proxy.variable) from error

    async def aclose(self) -> None:
        """Close every connection."""
        for transport in self._transports.values():
            await transport.aclose()

    def _proxy_of(self, request: httpx2.Request) -> Proxy | None:
        url = request.url
        host = str(request.extensions.get("sni_hostname") or url.host)
        return self._network.proxies.proxy_for(url.scheme, host, url.port or _DEFAULT_PORTS.get(url.scheme, 0))

    def _transport(self, proxy: Proxy | None) -> SmallPools:
        url = proxy.url if proxy is not None else ""
        if url not in self._transports:
            if proxy is not None and (problem := problem_with_proxy(proxy)) is not None:
                raise ConfigurationError([f"{proxy.variable} {problem}"])
            self._transports[url] = SmallPools(partial(self._new_transport, url))
        return self._transports[url]

    def _new_transport(self, proxy_url: str) -> httpx2.AsyncHTTPTransport:
        trusted = self._network.certificates
        return httpx2.AsyncHTTPTransport(
            verify=ssl.create_default_context() if isinstance(trusted, ConfigurationError) else trusted,
            limits=self._limits,
            trust_env=False,
            proxy=proxy_url or None,
        )


def problem_with_proxy(proxy: Proxy, *, has_socks: bool | None = None) -> str | None:
    """Return why a proxy cannot be used, or None; `has_socks` tells whether the package for SOCKS is installed."""
    if has_socks is None:
        has_socks = find_spec("socksio") is not None
    if proxy.problem is not None:
        return proxy.problem
    if proxy.is_socks and not has_socks:
        return (
            "names a SOCKS proxy, which needs one more package: install `video-mcp-gateway[socks]`, "
            "or name the gateway's host in NO_PROXY"
        )
    return None


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
    kept = RoutedTransport(network, httpx2.Limits())
    async with (
        client("application/json", RoutedTransport(network, fresh)) as submit,
        client("application/json", kept) as api,
        client("*/*", RoutedTransport(network, fresh)) as files,
    ):
        yield HTTPClients(submit=submit, api=api, files=files, polls=PlainGet(kept, api))


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
