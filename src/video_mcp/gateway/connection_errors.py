"""What a connection raises, in the words of the client that is left out above it."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

import httpcore2
import httpx2

_ERRORS: Mapping[type[Exception], type[httpx2.TransportError]] = MappingProxyType(
    {
        httpcore2.ConnectTimeout: httpx2.ConnectTimeout,
        httpcore2.ReadTimeout: httpx2.ReadTimeout,
        httpcore2.WriteTimeout: httpx2.WriteTimeout,
        httpcore2.ConnectError: httpx2.ConnectError,
        httpcore2.ReadError: httpx2.ReadError,
        httpcore2.WriteError: httpx2.WriteError,
        httpcore2.ProxyError: httpx2.ProxyError,
        httpcore2.UnsupportedProtocol: httpx2.UnsupportedProtocol,
        httpcore2.LocalProtocolError: httpx2.LocalProtocolError,
        httpcore2.RemoteProtocolError: httpx2.RemoteProtocolError,
    }
)


@contextmanager
def as_client_errors() -> Generator[None]:
    """Raise the errors of a connection as those of a client."""
    try:
        yield
    except Exception as error:
        known = _ERRORS.get(type(error))
        if known is None:
            raise
        raise known(str(error)) from error
