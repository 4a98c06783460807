"""The requests that the gateway is sent."""

from __future__ import annotations

from video_mcp.gateway.upstream import HTTPRequest, Paths, WireBody

_IDEMPOTENCY_KEY = "Idempotency-Key"


def create_request(body: WireBody, paths: Paths, *, key: str | None = None) -> HTTPRequest:
    """Ask for a video; `key` is the same for every attempt at one job."""
    headers = {} if key is None else {_IDEMPOTENCY_KEY: key}
    return HTTPRequest(method="POST", path=paths.create, body=body, headers=headers)


def get_request(upstream_id: str, paths: Paths) -> HTTPRequest:
    """Ask how a video is doing."""
    return HTTPRequest(method="GET", path=paths.of_video(upstream_id))


def listing_request(path: str) -> HTTPRequest:
    """Ask for the account's newest videos."""
    return HTTPRequest(method="GET", path=f"{path}?limit=100&order=desc")


def catalog_request(path: str) -> HTTPRequest:
    """Ask what the server's models take."""
    return HTTPRequest(method="GET", path=path)


def models_request(paths: Paths) -> HTTPRequest:
    """Ask which models the key may use."""
    return HTTPRequest(method="GET", path=paths.models)


def prices_request() -> HTTPRequest:
    """Ask for the price list, which new-api has."""
    return HTTPRequest(method="GET", path="/api/pricing")


def status_request(path: str) -> HTTPRequest:
    """Ask for what the server says of itself."""
    return HTTPRequest(method="GET", path=path)


def schema_request() -> HTTPRequest:
    """Ask for the OpenAPI description, which servers written with FastAPI have."""
    return HTTPRequest(method="GET", path="/openapi.json")
