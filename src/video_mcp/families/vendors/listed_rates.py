"""The prices in a gateway's own list of models."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator

from pydantic import JsonValue

from video_mcp.families.spec import ListedRate

_RESOLUTION = re.compile(r"(?:^|_)(\d{3,4}p|\d+k)(?:_|$)")


def rates_of(skus: JsonValue) -> tuple[ListedRate, ...]:
    """Return the prices a second among OpenRouter's `pricing_skus`; what is no finite amount above zero is left out."""
    return tuple(_rates(skus.items())) if isinstance(skus, dict) else ()


def _rates(skus: Iterable[tuple[str, JsonValue]]) -> Iterator[ListedRate]:
    for name, value in skus:
        amount, units_per_usd = _amount(value), _units_per_usd(name)
        if amount is not None and units_per_usd is not None:
            resolution = _RESOLUTION.search(name)
            yield ListedRate(
                usd_per_second=amount / units_per_usd,
                resolution=resolution[1] if resolution is not None else None,
                audio=False if "without_audio" in name else True if "with_audio" in name else None,
            )


def _units_per_usd(name: str) -> float | None:
    """Return how many units of a price make a dollar, where it is one for each second."""
    if "duration_seconds" in name:
        return 1.0
    is_by_second = name.startswith("cents_per_") and "second" in name and "megapixel" not in name
    return 100.0 if is_by_second else None


def _amount(value: JsonValue) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = float(value)
    except (ValueError, OverflowError):
        return None
    return amount if math.isfinite(amount) and amount > 0 else None
