"""Where a price comes from: the user's table alone, else the gateway's list held against the vendor's price."""

from __future__ import annotations

import pytest

from video_mcp.families.catalog import default_catalog
from video_mcp.families.params import VideoRequest
from video_mcp.families.prices.user_table import PriceTable, parse_prices
from video_mcp.families.validation.check import check_request
from video_mcp.gateway.cached import Cached
from video_mcp.jobs.pricing import Pricing

pytestmark = pytest.mark.anyio


def request() -> VideoRequest:
    fields = {"model": "kling-v3", "prompt": "A paper boat", "seconds": 5}
    return check_request(default_catalog(), fields, "strict")


def pricing(listed: dict[str, float] | None, table: PriceTable | None = None) -> Pricing:
    async def ask() -> dict[str, float]:
        return listed or {}

    return Pricing(table or PriceTable(), Cached(ask, now=lambda: 0.0))


async def test_a_gateway_s_list_is_shown_and_the_vendor_s_price_counts_where_it_is_higher() -> None:
    vendor = await pricing(None).of(request())
    cheap = await pricing({"kling-v3": 0.001}).of(request())
    expensive = await pricing({"kling-v3": 9.0}).of(request())

    assert vendor is not None
    assert cheap is not None
    assert expensive is not None
    assert (cheap.usd, cheap.counted_usd) == (0.001, vendor.usd)
    assert (expensive.usd, expensive.counted_usd) == (9.0, 9.0)


async def test_the_user_s_own_table_counts_alone() -> None:
    table = parse_prices('[models."kling-v3"]\nper_second = 0.01\n')

    own = await pricing({"kling-v3": 9.0}, table).of(request())

    assert own is not None
    assert own.counted_usd == pytest.approx(0.05)
