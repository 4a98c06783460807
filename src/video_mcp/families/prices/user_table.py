"""The user's own prices, as a small TOML table. Pure: text in, prices out.

```toml
currency = "USD"

[models."kling-v3"]
per_second = 0.10                                   # one price for every resolution

[models."veo3.1"]
per_second = { "720p" = 0.40, "4k" = 0.60 }         # or one for each
per_video = 0.05                                    # added once
```
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from video_mcp.errors import ConfigurationError
from video_mcp.families.geometry import parse_size, resolution_of
from video_mcp.families.params import VideoRequest
from video_mcp.families.prices.estimate import Estimate

Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class ModelPrice(BaseModel):
    """What one model costs at the user's gateway."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    per_second: Amount | dict[str, Amount] = Field(default_factory=dict[str, float])
    per_video: Amount = 0.0


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    currency: Annotated[str, Field(pattern=r"^(USD|CNY)$")] = "USD"
    models: dict[str, ModelPrice]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTable:
    """The user's prices by model id, all in one currency."""

    currency: str = "USD"
    models: Mapping[str, ModelPrice] = field(default_factory=dict[str, ModelPrice])

    def estimate(self, request: VideoRequest) -> Estimate | None:
        """Return what a request costs by this table, or None when the table does not know."""
        price = self.models.get(request.spec.id) or self.models.get(request.spec.model_on_wire)
        seconds = request.params.seconds
        if price is None or (price.per_second and (seconds is None or seconds < 0)):
            return None
        rate = _rate(price, _resolution(request))
        if rate is None:
            return None
        amount = price.per_video + rate * max(seconds or 0, 0)
        basis = f"{seconds or 0} s at {rate:g} {self.currency} a second, by your price table"
        return Estimate(
            amount=round(amount, 4),
            currency="CNY" if self.currency == "CNY" else "USD",
            basis=basis,
            date="",
        )


def parse_prices(text: str) -> PriceTable:
    """Read the user's table.

    Raises:
        ConfigurationError: Naming what in it cannot be understood.
    """
    try:
        parsed = _File.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError([f"VIDEO_MCP_PRICES is not TOML: {error}"]) from error
    except RecursionError as error:
        raise ConfigurationError(["VIDEO_MCP_PRICES is not TOML: it is nested too deeply"]) from error
    except ValidationError as error:
        where = sorted({".".join(str(part) for part in problem["loc"][:3]) for problem in error.errors()})
        raise ConfigurationError([f"VIDEO_MCP_PRICES cannot be understood at {', '.join(where)}"]) from error
    return PriceTable(currency=parsed.currency, models=parsed.models)


def _rate(price: ModelPrice, resolution: str) -> float | None:
    if isinstance(price.per_second, dict):
        by_resolution = {name.lower(): rate for name, rate in price.per_second.items()}
        return by_resolution.get(resolution.lower()) if by_resolution else 0.0
    return price.per_second


def _resolution(request: VideoRequest) -> str:
    size: str | None = getattr(request.params, "size", None)
    pixels = parse_size(size) if size else None
    return resolution_of(*pixels) if pixels is not None else request.params.resolution or ""
