"""Pure: requests to the gateway, and what its responses mean."""

from __future__ import annotations

from video_mcp.gateway.protocol.charges import stated_units
from video_mcp.gateway.protocol.json_stream import JsonShortener, JsonWithVideo
from video_mcp.gateway.protocol.listings import read_catalog, read_listing
from video_mcp.gateway.protocol.redirects import redirected
from video_mcp.gateway.protocol.rejections import rejection
from video_mcp.gateway.protocol.requests import (
    catalog_request,
    create_request,
    get_request,
    listing_request,
    models_request,
    prices_request,
    schema_request,
    status_request,
)
from video_mcp.gateway.protocol.responses import (
    gateway_time,
    is_unready,
    link_in,
    read_created,
    read_models,
    read_polled,
    read_prices,
)
from video_mcp.gateway.protocol.signs import read_signs
from video_mcp.gateway.upstream import is_not_found

__all__ = [
    "JsonShortener",
    "JsonWithVideo",
    "catalog_request",
    "create_request",
    "gateway_time",
    "get_request",
    "is_not_found",
    "is_unready",
    "link_in",
    "listing_request",
    "models_request",
    "prices_request",
    "read_catalog",
    "read_created",
    "read_listing",
    "read_models",
    "read_polled",
    "read_prices",
    "read_signs",
    "redirected",
    "rejection",
    "schema_request",
    "stated_units",
    "status_request",
]
