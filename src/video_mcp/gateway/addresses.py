"""Which addresses a video may be downloaded from: links are untrusted, and we run in the user's network."""

from __future__ import annotations

import re
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Literal
from urllib.parse import urlsplit

import anyio

from video_mcp.errors import ConfigurationError, GatewayTimeout, GatewayUnreachable, NotAVideo

AddressKind = Literal["public", "own_network", "tunnel", "forbidden"]
"""`own_network`: this machine, or a neighbour in a private network; `tunnel`: 198.18.0.0/15, where local proxies
that answer every name with an address of their own put the whole internet; `forbidden`: nothing that serves videos.
"""

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Looks up a host, for a port, and returns its addresses."""

IsProxied = Callable[[str, str, int], bool]
"""Tells whether a scheme, host and port are reached through a proxy."""

_MOST_URL_CHARS = 16 * 1024
_MOST_ADDRESSES = 4
_LOOK_UP_SECONDS = 15.0
_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9_.-]{1,253}")
# The C library reads `2130706433`, `0x7f.1` and `0177.0.0.1` as 127.0.0.1.
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")

_NEIGHBOURLY: frozenset[AddressKind] = frozenset({"own_network", "tunnel"})
_OWN_NETWORKS = tuple(
    map(
        ip_network, ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "::1", "fc00::/7")
    )
)
_TUNNEL = ip_network("198.18.0.0/15")
# Clouds hand the machine's own credentials out here: AWS and most others, Alibaba, Azure, AWS and Google by IPv6.
_METADATA = frozenset(
    map(ip_address, ("169.254.169.254", "100.100.100.200", "168.63.129.16", "fd00:ec2::254", "fd20:ce::254"))
)
_METADATA_NAMES = frozenset({"metadata.google.internal", "metadata.goog", "instance-data"})
_PUBLIC = (ip_network("0.0.0.0/0"), ip_network("2000::/3"))
_NOT_PUBLIC_V4 = ("0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.51.100.0/24")
_NOT_PUBLIC_HIGH_V4 = ("203.0.113.0/24", "224.0.0.0/3")
_NOT_PUBLIC_V6 = ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
_NOT_PUBLIC = tuple(map(ip_network, (*_NOT_PUBLIC_V4, *_NOT_PUBLIC_HIGH_V4, *_NOT_PUBLIC_V6)))
_NAT64 = ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where to connect to: a URL, and for one with a checked address in place of its host, the host's name."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    server_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A URL in its parts; `host` is lower-case ASCII, `target` the path and the query."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: what a key is meant for."""
        return self.scheme, self.host, self.port

    def url(self, host: str) -> str:
        """Return the URL with another host in place of its own."""
        return f"{self.scheme}://{self.authority(host)}{self.target}"

    def authority(self, host: str) -> str:
        """Return a host and, when it is not the usual one, the port."""
        shown = f"[{host}]" if ":" in host else host
        return shown if self.port == _DEFAULT_PORTS[self.scheme] else f"{shown}:{self.port}"


class AddressGuard:
    """Decides which links are followed, and to which address.

    The gateway's own origin, exactly its scheme, host and port, is always allowed. Other hosts must be public,
    with one exception: a gateway that itself lives on this machine or in a private network is the user's own, so
    its links may name neighbours there. That is decided by an address in `base_url`, or by the addresses that its
    API was really reached at; a look-up here could be answered by whoever owns the gateway's name. Metadata
    services and link-local addresses are refused always.

    `is_proxied` tells whether a scheme, host and port are reached through a proxy, which then looks names up.

    Raises:
        ConfigurationError: If `base_url` is not a plain web address.
    """

    def __init__(
        self,
        base_url: str,
        *,
        resolve: Resolve | None = None,
        is_proxied: IsProxied = lambda _scheme, _host, _port: False,
    ) -> None:
        try:
            self._gateway = parse_link(base_url)
        except NotAVideo as error:
            raise ConfigurationError(["VIDEO_MCP_BASE_URL is not a plain web address"]) from error
        self._resolve = resolve or look_up
        self._is_proxied = is_proxied
        literal = _as_address(self._gateway.host)
        self._reached: set[AddressKind] = set() if literal is None else {address_kind(str(literal))}

    def reached_gateway_at(self, address: str) -> None:
        """Learn the address that a connection to the gateway's API has; a proxy's says nothing about the gateway."""
        if not self._is_proxied(*self._gateway.origin):
            self._reached.add(address_kind(address))

    def is_gateway(self, url: str) -> bool:
        """Tell whether a URL is of the gateway's own origin."""
        try:
            return parse_link(url).origin == self._gateway.origin
        except NotAVideo:
            return False

    def reason_to_keep(self, url: str) -> str | None:
        """Return why an input's address is not passed on to the gateway, or None; the answer ends `its address ...`.

        A gateway outside can neither read an address in the user's own network, nor should it learn of one.
        """
        if self._is_own_gateway():
            return None
        try:
            link = parse_link(url)
        except NotAVideo:
            return "is not a plain web address"
        is_own = _is_own_name(link.host) if _as_address(link.host) is None else address_kind(link.host) != "public"
        if is_own:
            return "lies in your own network, which the gateway cannot reach"
        return "is not encrypted" if link.scheme == "http" else None

    def _is_own_gateway(self) -> bool:
        return _is_own_name(self._gateway.host) or bool(self._reached & _NEIGHBOURLY)

    async def destinations(self, url: str) -> tuple[Destination, ...]:
        """Return the addresses that a URL may be requested from, best first.

        The host is looked up once, here: whoever answers the next look-up differently changes nothing.

        Raises:
            NotAVideo: The link is not followed; its source has nothing to give.
            GatewayUnreachable: The host cannot be looked up now.
        """
        link = parse_link(url)
        if link.origin == self._gateway.origin:
            return (Destination(url=link.url(link.host)),)
        if self._is_proxied(*link.origin):
            return await self._by_proxy(link)
        addresses = await self._addresses(link)
        if not addresses or not self._may_visit(addresses):
            raise refused_link("leads to a private or reserved address")
        # IPv4 first: where one of the two is broken, it is IPv6, and it fails slowly.
        by_version = sorted(map(ip_address, addresses), key=lambda address: address.version)
        return tuple(_pinned(link, address) for address in by_version[:_MOST_ADDRESSES])

    async def _by_proxy(self, link: Link) -> tuple[Destination, ...]:
        """Leave the look-up to the proxy, unless the name is known here to mean what is not visited."""
        if link.host in _METADATA_NAMES:
            raise refused_link("leads to a private or reserved address")
        try:
            addresses = await self._addresses(link)
        except GatewayUnreachable:
            addresses = ()
        if not self._may_visit(addresses):
            raise refused_link("leads to a private or reserved address")
        return (Destination(url=link.url(link.host)),)

    def _may_visit(self, addresses: Sequence[str]) -> bool:
        strange = {address_kind(address) for address in addresses} - {"public"}
        trusted = _NEIGHBOURLY & self._reached if len(self._reached) == 1 else frozenset[AddressKind]()
        return strange <= trusted

    async def _addresses(self, link: Link) -> Sequence[str]:
        return [link.host] if _as_address(link.host) is not None else await self._resolve(link.host, link.port)


async def look_up(host: str, port: int) -> tuple[str, ...]:
    """Return the addresses of a host as the system's resolver gives them.

    Raises:
        GatewayUnreachable: There are none, or they did not come in time.
    """
    try:
        with anyio.fail_after(_LOOK_UP_SECONDS):
            found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except TimeoutError as error:
        raise GatewayTimeout("The video's host could not be looked up in time.", delivered=False) from error
    except (OSError, UnicodeError) as error:
        raise GatewayUnreachable("The video's host cannot be looked up.", delivered=False) from error
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def refused_link(why: str) -> NotAVideo:
    """Return the error for a link that is not followed; it never repeats the link."""
    return NotAVideo(f"The video's link {why}; it is not followed.")


def parse_link(url: str) -> Link:
    """Take a URL apart.

    Raises:
        NotAVideo: If it is not a plain http(s) URL: another scheme, a user name, or a host that two readers could
            read as two hosts.
    """
    if len(url) > _MOST_URL_CHARS or not url.isprintable():
        raise refused_link("is not a proper address")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = _plain_host(parts.hostname or "")
    except ValueError as error:
        raise refused_link("is not a proper address") from error
    if parts.scheme not in _DEFAULT_PORTS or "@" in parts.netloc or port == 0:
        raise refused_link("is not a plain web address")
    return Link(
        scheme=parts.scheme,
        host=host,
        port=port or _DEFAULT_PORTS[parts.scheme],
        target=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
    )


def address_kind(text: str) -> AddressKind:
    """Return of what kind an address is; what is not known to be harmless is forbidden."""
    address = _as_address(text)
    if address is None or address in _METADATA:
        return "forbidden"
    if address in _NAT64:
        inner = address_kind(str(IPv4Address(int(address) & 0xFFFFFFFF)))
        return inner if inner == "public" else "forbidden"
    if _is_in(address, _OWN_NETWORKS):
        return "own_network"
    if address in _TUNNEL:
        return "tunnel"
    return "public" if _is_in(address, _PUBLIC) and not _is_in(address, _NOT_PUBLIC) else "forbidden"


def _is_in(address: IPv4Address | IPv6Address, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    return any(address in network for network in networks)


def _as_address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _plain_host(host: str) -> str:
    """Return a host as everyone reads it, or raise ValueError."""
    if "%" in host:
        raise ValueError("a network interface, which is for neighbours")
    if ":" in host:
        return str(IPv6Address(host))
    plain = host.encode("idna").decode("ascii").lower()
    last = plain.rstrip(".").rpartition(".")[2]
    if _HOST.fullmatch(plain) is None or (_NUMBER.fullmatch(last) and _as_address(plain) is None):
        raise ValueError("a host that can be read in two ways")
    return plain


def _is_own_name(host: str) -> bool:
    """Tell whether a name can only be one of the user's own network."""
    plain = host.rstrip(".")
    is_bare = "." not in plain and _as_address(plain) is None
    return is_bare or plain.endswith((".localhost", ".local", ".lan", ".internal", ".home.arpa", ".intranet"))


def _pinned(link: Link, address: IPv4Address | IPv6Address) -> Destination:
    url = link.url(str(address))
    if _as_address(link.host) is not None:
        return Destination(url=url)
    return Destination(url=url, headers={"Host": link.authority(link.host)}, server_name=link.host)
