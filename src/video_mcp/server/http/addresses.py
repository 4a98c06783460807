"""Which Host and Origin headers are served: a web page of somebody else must not reach the server. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[^\s:/@?#\[\]\\]+)(?::(?P<port>\d{1,5}))?", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
# An address that stands for every address is none that a client calls.
_UNSPECIFIED = frozenset({"0.0.0.0", "::", "[::]", ""})


@dataclass(frozen=True, slots=True)
class Host:
    """A host as a header or a setting names it; without a port, every port is meant."""

    name: str
    port: int | None


@dataclass(frozen=True, slots=True)
class Origin:
    """A web page's origin; without a port, every port is meant."""

    scheme: str
    host: Host


def parse_host(text: str) -> Host | None:
    """Return a host in lower case without the dot of a full name, or None when it is none."""
    match = _HOST.fullmatch(text.strip())
    if match is None:
        return None
    port = int(match["port"]) if match["port"] else None
    return Host(match["name"].lower().removesuffix("."), port)


def parse_origin(text: str) -> Origin | None:
    """Return an origin with its port, or None when it is none, such as `null`."""
    scheme, separator, rest = text.strip().partition("://")
    host = parse_host(rest.removesuffix("/")) if separator else None
    if host is None or not scheme.isascii() or not scheme.isalpha():
        return None
    return Origin(scheme.lower(), Host(host.name, host.port or _DEFAULT_PORTS.get(scheme.lower())))


def is_loopback(name: str) -> bool:
    """Tell whether only this machine reaches a host of this name."""
    bare = name.lower().removeprefix("[").removesuffix("]").removesuffix(".")
    return bare == "localhost" or (_is_address(bare) and ipaddress.ip_address(bare).is_loopback)


def is_ip_address(name: str) -> bool:
    """Tell whether a host is named by its address: no page of somebody else can do that under a name of its own."""
    return _is_address(name.removeprefix("[").removesuffix("]"))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedAddresses:
    """The hosts that the server is called by, and the web pages that may call it."""

    hosts: frozenset[Host]
    origins: frozenset[Origin]

    def serves_host(self, header: str | None) -> bool:
        """Tell whether a request names a host of this server; without a port in the setting, any will do."""
        host = parse_host(header or "")
        return host is not None and bool({host, Host(host.name, None)} & self.hosts)

    def serves_origin(self, header: str | None) -> bool:
        """Tell whether a request comes from no web page, or from one that may call."""
        if header is None:
            return True
        origin = parse_origin(header)
        if origin is None:
            return False
        return bool({origin, Origin(origin.scheme, Host(origin.host.name, None))} & self.origins)


def allowed_addresses(
    *, bind_host: str, public_url: str | None, hosts: Iterable[str], origins: Iterable[str]
) -> AllowedAddresses:
    """Return what a server serves: by loopback, by the address that it is bound to, and by what the settings name.

    Raises:
        ValueError: A setting names no host or no origin.
    """
    public = [urlsplit(public_url).netloc] if public_url is not None else []
    bound = [] if bind_host in _UNSPECIFIED else [f"[{bind_host}]" if ":" in bind_host else bind_host]
    known = [_host_of(text) for text in (*_LOOPBACK_NAMES, *bound, *hosts)]
    public_hosts = [Host(host.name, None) for host in map(_host_of, public)]
    pages = [_origin_of(text) for text in (*([public_url] if public_url is not None else []), *origins)]
    local = [Origin("http", Host(name, None)) for name in _LOOPBACK_NAMES] if is_loopback(bind_host) else []
    return AllowedAddresses(hosts=frozenset({*known, *public_hosts}), origins=frozenset({*pages, *local}))


def _host_of(text: str) -> Host:
    host = parse_host(text.removesuffix(":*"))
    if host is None:
        msg = f"{text!r} is not a host; write a name such as videos.example.com"
        raise ValueError(msg)
    return host


def _origin_of(text: str) -> Origin:
    parts = urlsplit(text)
    origin = parse_origin(f"{parts.scheme}://{parts.netloc}")
    if origin is None:
        msg = f"{text!r} is not an origin; write scheme and host, such as https://app.example.com"
        raise ValueError(msg)
    return origin
