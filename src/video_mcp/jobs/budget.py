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
    """What a video probably costs; `basis` says how that came about.

    `least_usd` is a second opinion in dollars that caps hold to where it is higher: a gateway's list that is too cheap
    does not open them.
    """

    amount: float
    currency: str
    basis: str
    least_usd: float = 0.0

    @property
    def usd(self) -> float:
        """The amount in dollars."""
        return self.amount / CNY_PER_USD if self.currency == "CNY" else self.amount

    @property
    def counted_usd(self) -> float:
        """The amount in dollars that counts against the caps."""
        return max(self.usd, self.least_usd)

    def __str__(self) -> str:
        return f"{self.amount:.2f} {self.currency} ({self.basis})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """The limits of each user, money in dollars; None is no limit. A day is any 24 hours.

    `max_cost_per_day_all` is the one limit that all users share.
    """

    max_videos_per_day: int | None = None
    max_seconds_per_day: float | None = None
    max_cost_per_video: float | None = None
    max_cost_per_day: float | None = None
    max_open_videos: int | None = None
    max_cost_per_day_all: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What the last 24 hours took, over all processes; `cost_usd` counts what a price was known for.

    `cost_usd_of_all` is what all principals took together, and `unpriced_videos` how many had no known price, where
    that is counted.
    """

    videos: int = 0
    seconds: float = 0.0
    cost_usd: float = 0.0
    open_videos: int = 0
    cost_usd_of_all: float = 0.0
    unpriced_videos: int = 0


def check_ceiling(max_cost_usd: float | None, *, model: str, cost: Cost | None) -> None:
    """Return if a video stays within the ceiling that its call sets.

    Raises:
        BudgetExceeded: It costs more, or its cost is unknown.
    """
    if max_cost_usd is None:
        return
    if cost is None:
        message = f"max_cost_usd is {max_cost_usd:g}, and the price of this {model} video is unknown; nothing was sent."
        raise BudgetExceeded(message, advice="Choose a model with a price in list_models, or leave max_cost_usd out.")
    if cost.counted_usd > max_cost_usd + _ROUNDING:
        message = f"This video costs about {_counted(cost)}, more than max_cost_usd={max_cost_usd:g}; nothing was sent."
        raise BudgetExceeded(message, advice="Ask for fewer seconds, a lower resolution or a cheaper model.")


def has_place(caps: Caps, spent: Spent) -> bool:
    """Return whether one more video may be under way at once; one that may not is sent later."""
    return caps.max_open_videos is None or spent.open_videos < caps.max_open_videos


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
    if (caps.max_cost_per_video, caps.max_cost_per_day, caps.max_cost_per_day_all) == (None, None, None):
        return
    if cost is None:
        message = f"A cap on cost is set, and the price of this {model} video is unknown."
        line = f'models."{model}".per_second = 0.10'
        raise BudgetExceeded(message, advice=f"Add its price to the file that VIDEO_MCP_PRICES names, such as: {line}")
    if caps.max_cost_per_video is not None and cost.counted_usd > caps.max_cost_per_video + _ROUNDING:
        limit = f"VIDEO_MCP_MAX_COST_PER_VIDEO={caps.max_cost_per_video:g}"
        message = f"This video costs about {_counted(cost)}, more than {limit}."
        raise BudgetExceeded(message, advice="Ask for fewer seconds, a lower resolution or a cheaper model.")
    if caps.max_cost_per_day is not None and spent.cost_usd + cost.counted_usd > caps.max_cost_per_day + _ROUNDING:
        made = f"about {spent.cost_usd:.2f} USD were spent, and this video costs about {_counted(cost)}"
        raise _over("MAX_COST_PER_DAY", f"{caps.max_cost_per_day:g} USD", made)
    if caps.max_cost_per_day_all is not None:
        _check_cost_of_all(caps.max_cost_per_day_all, spent, cost)


def _check_cost_of_all(most_usd: float, spent: Spent, cost: Cost) -> None:
    """Hold a video against the cap of all users; what others spend is no user's business."""
    if spent.cost_usd_of_all + cost.counted_usd > most_usd + _ROUNDING:
        raise BudgetExceeded(
            "This server's own cap on what all its users spend in 24 hours would be passed; nothing was sent.",
            advice="Try again later, or let whoever runs it raise VIDEO_MCP_MAX_COST_PER_DAY_ALL.",
        )


def _counted(cost: Cost) -> str:
    if cost.counted_usd == cost.usd:
        return str(cost)
    return f"{cost.counted_usd:.2f} USD (the vendor's price; the gateway's list says {cost.usd:.4g} USD)"


def _over(setting: str, limit: str, made: str) -> BudgetExceeded:
    return BudgetExceeded(
        f"VIDEO_MCP_{setting} allows {limit} in 24 hours; in the last 24, {made}.",
        advice="Wait until some of that is a day old, or let the user raise the setting.",
    )
