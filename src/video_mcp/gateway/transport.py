"""The HTTP connections of a process, and what they raise in our words: did the request arrive or not?"""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Literal

import httpx2

from video_mcp.errors import ConfigurationError, GatewayTimeout, GatewayUnreachable

Peer = Literal["gateway", "video's host"]
"""Who was asked: the user's gateway, or the place where it keeps the bytes."""

# A tool call waits for the submission, and clients stop listening after a minute.
_CONNECT_SECONDS = 10.0

_CHECK_ADDRESS = "Check VIDEO_MCP_BASE_URL and the network, then try again."
_CHECK_CERTIFICATE = (
    "Its certificate is not trusted here: check VIDEO_MCP_BASE_URL, or name your own authority in SSL_CERT_FILE."
)
_TRY_LATER = "Check the network, then call fetch_video."


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


@contextmanager
def translated_errors(peer: Peer = "gateway") -> Generator[None]:
    """Turn the HTTP client's errors into `GatewayUnreachable`, never repeating an address.

    Raises:
        GatewayTimeout: No answer in time; `delivered` is False when no connection was made.
        GatewayUnreachable: The connection failed; `delivered` is False when none was made.
        ConfigurationError: The address cannot be used at all.
    """
    advice = _CHECK_ADDRESS if peer == "gateway" else _TRY_LATER
    try:
        yield
    except (httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
        msg = f"The {peer} did not take the connection in time."
        raise GatewayTimeout(msg, delivered=False, advice=advice) from error
    except (httpx2.TimeoutException, TimeoutError) as error:
        raise GatewayTimeout(f"The {peer} did not answer in time.", delivered=True) from error
    except (httpx2.ConnectError, httpx2.ProxyError) as error:
        if "CERTIFICATE_VERIFY_FAILED" in str(error) and peer == "gateway":
            advice = _CHECK_CERTIFICATE
        raise GatewayUnreachable(f"The {peer} cannot be reached.", delivered=False, advice=advice) from error
    except (httpx2.UnsupportedProtocol, httpx2.InvalidURL) as error:
        raise ConfigurationError(["VIDEO_MCP_BASE_URL is no address that can be asked"]) from error
    except httpx2.HTTPError as error:
        msg = f"The connection to the {peer} broke ({type(error).__name__})."
        raise GatewayUnreachable(msg, delivered=True) from error
