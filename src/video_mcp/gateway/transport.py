"""What the HTTP client raises, in our words: did the request arrive or not?"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Literal

import httpx2

from video_mcp.errors import ConfigurationError, GatewayTimeout, GatewayUnreachable

Peer = Literal["gateway", "video's host"]
"""Who was asked: the user's gateway, or the place where it keeps the bytes."""

_CHECK_ADDRESS = "Check VIDEO_MCP_BASE_URL and the network, then try again."
_CHECK_CERTIFICATE = (
    "Its certificate is not trusted here: check VIDEO_MCP_BASE_URL, or name your own authority in SSL_CERT_FILE."
)
_TRY_LATER = "Check the network, then call fetch_video."


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
