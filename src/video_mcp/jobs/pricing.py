"""What a video will probably cost: by the user's table, by the gateway's list, or by the vendor's published price.

The user's table counts alone. A gateway's list is what its operator says of itself, so caps count the vendor's price
where that is higher.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from video_mcp.families.params import VideoRequest
from video_mcp.families.prices.estimate import estimate
from video_mcp.families.prices.listed import listed_cost_usd
from video_mcp.families.prices.user_table import PriceTable
from video_mcp.gateway.cached import Cached
from video_mcp.jobs.budget import Cost


class Pricing:
    """Prices requests; the first source that knows counts."""

    def __init__(self, table: PriceTable, gateway_prices: Cached[Mapping[str, float]] | None) -> None:
        self._table = table
        self._gateway_prices = gateway_prices

    async def of(self, request: VideoRequest) -> Cost | None:
        """Return what a request probably costs, or None when no price is known."""
        own = self._table.estimate(request)
        if own is not None:
            return Cost(amount=own.amount, currency=own.currency, basis=own.basis)
        vendor = _by_vendor(request)
        gateway = _by_list(request) or await self._by_gateway(request)
        if gateway is None or vendor is None:
            return gateway or vendor
        return replace(gateway, least_usd=vendor.usd)

    async def _by_gateway(self, request: VideoRequest) -> Cost | None:
        prices = await self._gateway_prices.get() if self._gateway_prices is not None else None
        amount = (prices or {}).get(request.spec.id) or (prices or {}).get(request.spec.model_on_wire)
        if amount is None:
            return None
        return Cost(amount=amount, currency="USD", basis="an estimate: a call, by the gateway's own price list")


def _by_list(request: VideoRequest) -> Cost | None:
    usd = listed_cost_usd(request.spec, request.mode, request.params)
    return None if usd is None else Cost(amount=usd, currency="USD", basis="an estimate: by the gateway's own list")


def _by_vendor(request: VideoRequest) -> Cost | None:
    known = estimate(request.spec, request.mode, request.params)
    if known is None:
        return None
    seen = f"an estimate: vendor price of {known.date}, the gateway may charge otherwise"
    return Cost(amount=known.amount, currency=known.currency, basis=f"{known.basis}; {seen}")
