"""What a gateway says that a video really cost."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from video_mcp.gateway.protocol.json_values import at, first_number, json_or_none
from video_mcp.gateway.protocol.video import layers_of
from video_mcp.gateway.upstream import ChargePlace, HTTPResponse


def charged_usd(response: HTTPResponse, body: JsonValue, places: Sequence[ChargePlace]) -> float | None:
    """Return the dollars at the first place that states a finite amount above zero, in units that are known."""
    layers = layers_of(body)
    for place in places:
        if place.units_per_usd is None:
            continue
        stated = [response.headers.get(place.header)] if place.header else [at(one, place.path) for one in layers]
        amount = first_number(stated)
        if amount is not None:
            return amount / place.units_per_usd
    return None


def stated_units(response: HTTPResponse) -> float | None:
    """Return how many of its units new-api counts as a dollar: its operator can change that."""
    return first_number([at(json_or_none(response.body), ("data", "quota_per_unit"))])
