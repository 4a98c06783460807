"""The requests that the gateway is sent."""

from __future__ import annotations

from urllib.parse import quote

from video_mcp.gateway.upstream import HTTPRequest, WireBody

_VIDEOS = "/v1/videos"


def create_request(body: WireBody) -> HTTPRequest:
    """Ask for a video."""
    return HTTPRequest(method="POST", path=_VIDEOS, body=body)


def get_request(upstream_id: str) -> HTTPRequest:
    """Ask how a video is doing."""
    return HTTPRequest(method="GET", path=_path_of(upstream_id))


def content_path(upstream_id: str) -> str:
    """Return the path under which the gateway hands out a finished video's bytes."""
    return f"{_path_of(upstream_id)}/content"


def models_request() -> HTTPRequest:
    """Ask which models the key may use."""
    return HTTPRequest(method="GET", path="/v1/models")


def prices_request() -> HTTPRequest:
    """Ask for the price list, which new-api has."""
    return HTTPRequest(method="GET", path="/api/pricing")


def _path_of(upstream_id: str) -> str:
    # Ids hold `:`, `/`, `+` and `=` at real gateways; no pattern is safe to assume.
    return f"{_VIDEOS}/{quote(upstream_id, safe='')}"
