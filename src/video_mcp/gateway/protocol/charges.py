"""What a gateway says that a video really cost."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from video_mcp.gateway.protocol.json_values import at, first_number
from video_mcp.gateway.protocol.video import layers_of
from video_mcp.gateway.upstream import ChargePlace, HTTPResponse


def charged_usd(response: HTTPResponse, body: JsonValue, places: Sequence[ChargePlace]) -> float | None:
    """Return the dollars at the first place that states a finite amount above zero."""
    layers = layers_of(body)
    for place in places:
        stated = [response.headers.get(place.header)] if place.header else [at(one, place.path) for one in layers]
        amount = first_number(stated)
        if amount is not None:
            return amount / place.units_per_usd
    return None
