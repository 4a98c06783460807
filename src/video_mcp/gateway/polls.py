"""The polls of a process: GETs that are sent again and again, by the shortest way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpcore2
import httpx2

from video_mcp.gateway.network import Network, naming_proxy
from video_mcp.gateway.poll_connections import PollConnections
from video_mcp.gateway.proxies import Proxy

_KEPT_SECONDS = 5.0
# As the client has it for every other request.
_MOST_ADDRESS_BYTES = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class PollTarget:
    """Where the polls of one gateway go: its base address, and the headers of each."""

    address: httpcore2.URL
    origin: str
    headers: Sequence[tuple[bytes, bytes]]

    def request(self, path: str, timeouts: Mapping[str, float | None]) -> httpcore2.Request:
        """Return one GET below the base address.

        Raises:
            httpx2.InvalidURL: The path is longer than any server takes.
        """
        base = self.address
        target = base.target.rstrip(b"/") + path.encode("ascii")
        if len(target) > _MOST_ADDRESS_BYTES:
            raise httpx2.InvalidURL("the address is too long")
        url = httpcore2.URL(scheme=base.scheme, host=base.host, port=base.port, target=target)
        return httpcore2.Request("GET", url, headers=self.headers, extensions={"timeout": timeouts})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Route:
    """The connections to one origin, and the proxy that they go through."""

    proxy: Proxy | None
    connections: PollConnections


class Polls:
    """Sends GETs without what a client and its pool do for each request beyond sending it.

    Redirects, cookies, credentials from the environment, hooks, the choice of a connection: a poll uses none of it,
    and it costs half of one.
    """

    def __init__(self, network: Network, client: httpx2.AsyncClient) -> None:
        self._network = network
        self._client = client
        self._timeouts = client.timeout.as_dict()
        self._routes: dict[str, _Route] = {}

    async def __aenter__(self) -> Polls:
        """Open nothing yet: the first poll opens the first connection."""
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Close every connection."""
        for route in self._routes.values():
            await route.connections.aclose()

    def target(self, base_url: str, headers: Mapping[str, str]) -> PollTarget:
        """Return the target of polls to a gateway, with some headers more than the client's."""
        request = self._client.build_request("GET", base_url, headers=dict(headers))
        url = request.url
        address = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        return PollTarget(address=address, origin=f"{url.scheme}://{url.host}:{url.port}", headers=request.headers.raw)

    async def get(self, target: PollTarget, path: str) -> httpx2.Response:
        """Send one GET; its response has to be closed.

        Raises:
            ConfigurationError: The proxy or the certificates that it needs cannot be used.
            httpx2.TransportError: No answer came.
        """
        route = self._routes.get(target.origin) or self._new_route(target)
        with naming_proxy(route.proxy):
            return await route.connections.get(target.request(path, self._timeouts))

    def _new_route(self, target: PollTarget) -> _Route:
        scheme, host = target.address.scheme.decode("ascii"), target.address.host.decode("ascii")
        if scheme not in {"http", "https"}:
            raise httpx2.UnsupportedProtocol(f"no HTTP address: {scheme}")
        proxy = self._network.proxy_for(scheme, host, target.address.port)
        pool = httpcore2.AsyncConnectionPool(
            ssl_context=self._network.ssl_context(),
            proxy=_httpcore_proxy(proxy),
            keepalive_expiry=_KEPT_SECONDS,
        )
        connections = PollConnections(lambda: pool.create_connection(target.address.origin))
        self._routes[target.origin] = _Route(proxy=proxy, connections=connections)
        return self._routes[target.origin]


def _httpcore_proxy(proxy: Proxy | None) -> httpcore2.Proxy | None:
    if proxy is None:
        return None
    known = httpx2.Proxy(proxy.url)
    url = known.url
    address = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    return httpcore2.Proxy(address, auth=known.raw_auth, headers=known.headers.raw)
