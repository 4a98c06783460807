"""Caps on spending: what was spent, what is planned, and whether that is too much. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from video_mcp.errors import BudgetExceeded
from video_mcp.families.prices.published import CNY_PER_USD

DAY_SECONDS = 24 * 3600.0

# Thirty videos of ten cents are three dollars, and no float says so.
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a video probably costs; `basis` says how that came about."""

    amount: float
    currency: str
    basis: str

    @property
    def usd(self) -> float:
        """The amount in dollars."""
        return self.amount / CNY_PER_USD if self.currency == "CNY" else self.amount

    def __str__(self) -> str:
        return f"{self.amount:.2f} {self.currency} ({self.basis})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """The user's limits, money in dollars; None is no limit. A day is any 24 hours."""

    max_videos_per_day: int | None = None
    max_seconds_per_day: float | None = None
    max_cost_per_video: float | None = None
    max_cost_per_day: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What the last 24 hours took, over all processes; `cost_usd` counts what a price was known for."""

    videos: int = 0
    seconds: float = 0.0
    cost_usd: float = 0.0


def check_budget(caps: Caps, spent: Spent, *, model: str, seconds: float, cost: Cost | None) -> None:
    """Return if one more video stays within the caps.

    Raises:
        BudgetExceeded: Naming the setting, what was spent and what this video would add.
    """
    if caps.max_videos_per_day is not None and spent.videos + 1 > caps.max_videos_per_day:
        raise _over("MAX_VIDEOS_PER_DAY", f"{caps.max_videos_per_day} videos", f"{spent.videos} were made")
    if caps.max_seconds_per_day is not None and spent.seconds + seconds > caps.max_seconds_per_day + _ROUNDING:
        made = f"{spent.seconds:g} s were made, and this video has {seconds:g} s"
        raise _over("MAX_SECONDS_PER_DAY", f"{caps.max_seconds_per_day:g} s", made)
    if caps.max_cost_per_video is None and caps.max_cost_per_day is None:
        return
    if cost is None:
        message = f"A cap on cost is set, and no price is known for this {model} video."
        raise BudgetExceeded(message, advice=f"Give the price of {model} in the file that VIDEO_MCP_PRICES names.")
    if caps.max_cost_per_video is not None and cost.usd > caps.max_cost_per_video + _ROUNDING:
        message = f"This video costs about {cost}, more than VIDEO_MCP_MAX_COST_PER_VIDEO={caps.max_cost_per_video:g}."
        raise BudgetExceeded(message, advice="Ask for fewer seconds, a lower resolution or a cheaper model.")
    if caps.max_cost_per_day is not None and spent.cost_usd + cost.usd > caps.max_cost_per_day + _ROUNDING:
        made = f"about {spent.cost_usd:.2f} USD were spent, and this video costs about {cost}"
        raise _over("MAX_COST_PER_DAY", f"{caps.max_cost_per_day:g} USD", made)


def _over(setting: str, limit: str, made: str) -> BudgetExceeded:
    return BudgetExceeded(
        f"VIDEO_MCP_{setting} allows {limit} in 24 hours; in the last 24, {made}.",
        advice="Wait until some of that is a day old, or let the person raise the setting.",
    )
