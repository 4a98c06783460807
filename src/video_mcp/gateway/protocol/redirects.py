"""What a redirect of the API says: the address that was set is not the API's. Pure."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from video_mcp.errors import GatewayRejected


def redirected(status_code: int, url: str, location: str, path: str) -> GatewayRejected:
    """Return the error for a redirect: whatever stands there has not looked at the request."""
    elsewhere = _other_base_url(url, location, path)
    advice = "Check that it is the address of the API and not of a website."
    if elsewhere is not None:
        advice = f"Set VIDEO_MCP_BASE_URL to {elsewhere}, if you trust that address."
    return GatewayRejected(
        f"The gateway answered {status_code}: the API is not at VIDEO_MCP_BASE_URL.",
        status_code=status_code,
        advice=advice,
    )


def _other_base_url(url: str, location: str, path: str) -> str | None:
    """Return the base URL that a redirect of `path` means, if it means one that may be shown."""
    try:
        parts = urlsplit(urljoin(url, location))
    except ValueError:
        return None
    base = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix(path)}"
    same_path = parts.path.rstrip("/").endswith(path)
    plain = parts.scheme in {"http", "https"} and "@" not in parts.netloc and base.isascii() and base.isprintable()
    return base if same_path and plain and base != url.removesuffix(path) else None
