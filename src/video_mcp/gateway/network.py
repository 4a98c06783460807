"""How this machine reaches others: the proxies, and the certificates that it trusts."""

from __future__ import annotations

import errno
import ssl
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import httpx2

from video_mcp.errors import ConfigurationError
from video_mcp.gateway.proxies import Proxies, Proxy, parse_proxies

_DEFAULT_PORTS = {"http": 80, "https": 443}


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

    def proxy_for(self, scheme: str, host: str, port: int | None) -> Proxy | None:
        """Return the proxy that a host is reached through; None when requests go straight to it.

        Raises:
            ConfigurationError: The proxy or the certificates that a request needs cannot be used.
        """
        if scheme == "https" and isinstance(self.certificates, ConfigurationError):
            raise self.certificates
        proxy = self.proxies.proxy_for(scheme, host, port or _DEFAULT_PORTS.get(scheme, 0))
        if proxy is not None and (problem := problem_with_proxy(proxy)) is not None:
            raise ConfigurationError([f"{proxy.variable} {problem}"])
        return proxy

    def ssl_context(self) -> ssl.SSLContext:
        """Return what encrypted connections trust."""
        trusted = self.certificates
        return ssl.create_default_context() if isinstance(trusted, ConfigurationError) else trusted


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


@contextmanager
def naming_proxy(proxy: Proxy | None) -> Generator[None]:
    """Let an error of a connection through a proxy name the proxy.

    Raises:
        ViaProxyError: The proxy cannot be reached, or does not let the request through.
    """
    try:
        yield
    except (httpx2.ProxyError, httpx2.ConnectError, httpx2.ConnectTimeout) as error:
        if proxy is None or "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise
        raise ViaProxyError(str(error), variable=proxy.variable) from error


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
