"""Which proxy a request goes through, from the variables that people and systems set. Pure.

A proxy that cannot be used is no error of the settings: it matters only for the requests that would go through it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import quote, unquote

_DIRECT = frozenset({"direct", "direct://", "none", "off", "no"})
_PROXY = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://|//)?+(?:(?P<user>.*)@)?"
    r"(?P<host>\[[0-9a-f:.]+\]|[^\s:/@?#\[\]]+)(?::(?P<port>\d{0,5}))?(?:[/?#].*)?",
    re.IGNORECASE | re.DOTALL,
)
_SCHEMES = {
    "": "http",
    "http": "http",
    "https": "https",
    "socks": "socks5h",
    "socks5": "socks5",
    "socks5h": "socks5h",
}
_WINDOWS_LIST = re.compile(r"(?:^|;)\s*(https?|socks)\s*=\s*([^;]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A proxy and the variable that names it; `problem` says why it cannot be used, and `url` is then empty."""

    variable: str
    url: str = field(default="", repr=False)
    problem: str | None = None

    @property
    def is_socks(self) -> bool:
        """Whether it speaks SOCKS, for which a further package is needed."""
        return self.url.startswith("socks")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bypass:
    """One entry of NO_PROXY."""

    suffix: str = ""
    network: IPv4Network | IPv6Network | None = None
    port: int | None = None

    def covers(self, host: str, port: int) -> bool:
        if self.port not in {None, port}:
            return False
        if self.network is not None:
            return _in_network(host, self.network)
        if self.suffix == "<local>":
            return "." not in host and ":" not in host
        return self.suffix == "*" or host == self.suffix or host.endswith(f".{self.suffix}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxies:
    """The proxies by a request's scheme, and the hosts that are reached without one."""

    by_scheme: Mapping[str, Proxy] = field(default_factory=dict[str, Proxy])
    bypasses: tuple[_Bypass, ...] = ()

    def proxy_for(self, scheme: str, host: str, port: int) -> Proxy | None:
        """Return the proxy of a request; None when it goes straight to its host.

        This machine's own addresses never go through a proxy.
        """
        host = host.strip("[]").rstrip(".").lower()
        if _is_loopback(host) or any(one.covers(host, port) for one in self.bypasses):
            return None
        return self.by_scheme.get(scheme) or self.by_scheme.get("all")


def parse_proxies(variables: Mapping[str, str]) -> Proxies:
    """Return what variables such as `HTTPS_PROXY` and `no_proxy` say; their names' case is kept for messages."""
    by_scheme: dict[str, Proxy] = {}
    bypasses: list[_Bypass] = []
    for variable, value in variables.items():
        name = variable.lower().removesuffix("_proxy")
        if name == "no":
            bypasses += _parse_bypasses(value)
        elif name in {"http", "https", "all"} and (proxy := _parse_proxy(variable, name, value)) is not None:
            by_scheme.setdefault(name, proxy)
    return Proxies(by_scheme=by_scheme, bypasses=tuple(bypasses))


def _parse_proxy(variable: str, scheme: str, value: str) -> Proxy | None:
    text = _unquoted(value)
    listed = {name.lower(): address.strip() for name, address in _WINDOWS_LIST.findall(text)}
    if listed:
        text = listed.get(scheme, "") or listed.get("http", "")
    if not text or text.lower() in _DIRECT:
        return None
    match = _PROXY.fullmatch(text)
    if match is None:
        return Proxy(
            variable=variable, problem="is not an address of a proxy; write for example http://proxy.example:8080"
        )
    word = (match["scheme"] or "").lower()
    if word not in _SCHEMES:
        return Proxy(variable=variable, problem=f"names a proxy of the kind {word}; use http, https, socks5 or socks5h")
    port = match["port"] or ("1080" if word.startswith("socks") else "443" if word == "https" else "80")
    if not 0 < int(port) < 65536:
        return Proxy(variable=variable, problem="has a port that does not exist")
    return Proxy(variable=variable, url=f"{_SCHEMES[word]}://{_user(match['user'])}{match['host']}:{port}")


def _user(text: str | None) -> str:
    """Return a name and a password with what is reserved in a URL encoded, however they were written."""
    if not text:
        return ""
    name, colon, password = text.partition(":")
    return f"{quote(unquote(name), safe='')}{colon}{quote(unquote(password), safe='')}@"


def _parse_bypasses(value: str) -> Iterable[_Bypass]:
    return [_parse_bypass(entry) for entry in re.split(r"[\s,;]+", _unquoted(value)) if entry]


def _parse_bypass(entry: str) -> _Bypass:
    text = entry.rpartition("://")[2].rstrip("/").lower()
    try:
        return _Bypass(network=ip_network(text.strip("[]"), strict=False))
    except ValueError:
        pass
    host, colon, port = text.rpartition(":")
    if colon and port.isdigit():
        inner = _parse_bypass(host)
        return _Bypass(suffix=inner.suffix, network=inner.network, port=int(port))
    return _Bypass(suffix=text if text in {"*", "<local>"} else text.removeprefix("*").strip("."))


def _unquoted(value: str) -> str:
    text = value.strip()
    return text[1:-1].strip() if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _in_network(host: str, network: IPv4Network | IPv6Network) -> bool:
    try:
        return ip_address(host) in network
    except ValueError:
        return False
