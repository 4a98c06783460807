"""The gateway's own price list, where it has one (new-api: GET /api/pricing)."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue

from video_mcp.gateway.protocol.json_values import number_in, object_in, text_in
from video_mcp.gateway.protocol.rejections import parsed, protocol_error, rejection
from video_mcp.gateway.upstream import HTTPAnswer, HTTPRequest

# new-api: 1 is a price for each call in dollars, 0 is by tokens, which says nothing of a video.
_BY_CALL = 1


def prices_request() -> HTTPRequest:
    """Ask for the price list."""
    return HTTPRequest(method="GET", path="/api/pricing")


def read_prices(answer: HTTPAnswer) -> Mapping[str, float]:
    """Return the price of one call in dollars, by model id; models priced otherwise are left out.

    Raises:
        GatewayRejected: If the gateway states an error.
        GatewayProtocolError: If the answer is no price list.
    """
    if not 200 <= answer.status_code < 300:
        raise rejection(answer)
    body = object_in(parsed(answer))
    listed = body.get("data")
    if not isinstance(listed, list):
        raise protocol_error(answer, " without a price list")
    ratio = number_in(object_in(body.get("group_ratio")).get("default"))
    factor = ratio if ratio is not None and ratio > 0 else 1.0
    return {model: price * factor for model, price in (_priced(entry) for entry in listed) if model and price}


def _priced(entry: JsonValue) -> tuple[str | None, float]:
    facts = object_in(entry)
    if number_in(facts.get("quota_type")) != _BY_CALL:
        return None, 0.0
    return text_in(facts.get("model_name")), number_in(facts.get("model_price")) or 0.0
