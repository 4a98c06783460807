from __future__ import annotations

import pytest

from tests.families.samples import ask
from video_mcp.errors import ConfigurationError
from video_mcp.families.prices.user_table import parse_prices

TABLE = """
currency = "USD"

[models."kling-v3"]
per_second = 0.10

[models."veo3.1"]
per_second = { "720p" = 0.40, "4K" = 0.60 }
per_video = 0.05

[models."hailuo-video"]
per_video = 0.30
"""


@pytest.mark.parametrize(
    ("model", "arguments", "amount"),
    [
        ("kling-v3", {"seconds": 10}, 1.0),
        ("veo3.1", {"seconds": 8, "resolution": "720p"}, 3.25),
        ("veo3.1", {"seconds": 8, "resolution": "4k"}, 4.85),
        ("veo3.1", {"seconds": 8, "resolution": "1080p"}, None),
        ("hailuo-video", {"seconds": 6}, 0.30),
        ("kling-v2-6", {"seconds": 5}, None),
    ],
)
def test_the_users_own_prices_count(model: str, arguments: dict[str, int | str], amount: float | None) -> None:
    estimate = parse_prices(TABLE).estimate(ask(model, {**arguments}))
    assert (estimate.amount if estimate else None) == amount


def test_a_table_in_yuan_says_so() -> None:
    table = parse_prices('currency = "CNY"\n[models."kling-v3"]\nper_second = 0.8')
    estimate = table.estimate(ask("kling-v3", {"seconds": 5}))
    assert estimate is not None
    assert (estimate.amount, estimate.currency) == (4.0, "CNY")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("models = [", "is not TOML"),
        ("", "models"),
        ('currency = "EUR"\n[models]', "currency"),
        ('[models."kling-v3"]\nper_secnd = 1', "per_secnd"),
        ('[models."kling-v3"]\nper_second = -1', "per_second"),
    ],
)
def test_a_table_that_cannot_be_understood_is_told_by_its_place(text: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        parse_prices(text)


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 5000, "a = " + "{b=" * 5000, "[models.x]\nper_second = " + "[" * 20_000]
)
def test_a_table_that_is_nested_without_end_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="VIDEO_MCP_PRICES"):
        parse_prices(text)
