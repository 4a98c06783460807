"""What a request will cost at the vendor's price, as far as anyone has published one."""

from __future__ import annotations

from dataclasses import dataclass

from video_mcp.families.geometry import parse_size, ratio_value, resolution_of
from video_mcp.families.params import VideoParams
from video_mcp.families.prices.published import PRICES, Currency, Price
from video_mcp.families.spec import Mode, ModelSpec

_FRAMES_PER_SECOND = 24
_HEIGHTS = {"480p": 480, "720p": 720, "1080p": 1080}
_DEFAULT_RATIO = 16 / 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The vendor's price of one video; the gateway may charge differently.

    `basis` says how the amount came about, `date` when the price was seen, `source` where.
    """

    amount: float
    currency: Currency
    basis: str
    date: str
    source: str


def estimate(spec: ModelSpec, mode: Mode, params: VideoParams) -> Estimate | None:
    """Return what a request costs at the vendor's price, or None where no price is known for it."""
    price = PRICES.get(spec.id)
    seconds = None if price is None else price.billed_seconds.get(mode, params.seconds)
    if price is None or seconds is None or seconds < 0:
        return None
    resolution = _resolution(spec, params)
    if price.per_clip:
        return _by_clip(price, resolution, seconds)
    if price.per_million_tokens is not None:
        return _by_tokens(price, price.per_million_tokens, resolution, seconds, params)
    return _by_second(price, resolution, seconds, params)


def _resolution(spec: ModelSpec, params: VideoParams) -> str:
    """Return the resolution, from the size where a family has sizes, or as the quality renders it."""
    size: str | None = getattr(params, "size", None)
    pixels = parse_size(size) if size else None
    if pixels is not None:
        return resolution_of(*pixels)
    return params.resolution or ("720p" if spec.family == "kling" else "")


def _by_second(price: Price, resolution: str, seconds: int, params: VideoParams) -> Estimate | None:
    audio = bool(getattr(params, "audio", False) and price.per_second_with_audio)
    table = price.per_second_with_audio if audio else price.per_second
    rate = table.get(resolution)
    if rate is None:
        return None
    images = len(params.media().get("image", ())) + len(params.reference_images)
    basis = f"{seconds} s of {resolution}{' with sound' if audio else ''} at {rate} {price.currency} a second"
    extra = images * price.per_input_image
    if extra:
        basis += f", {images} input images at {price.per_input_image}"
    return _estimate(price, seconds * rate + extra, basis)


def _by_clip(price: Price, resolution: str, seconds: int) -> Estimate | None:
    found = price.per_clip.get((resolution, seconds))
    if found is None:
        return None
    amount, currency = found
    return _estimate(price, amount, f"a clip of {seconds} s in {resolution}", currency)


def _by_tokens(price: Price, per_million: float, resolution: str, seconds: int, params: VideoParams) -> Estimate | None:
    height = _HEIGHTS.get(resolution)
    if height is None:
        return None
    silent = getattr(params, "audio", None) is False
    rate = price.silent_per_million_tokens if silent and price.silent_per_million_tokens is not None else per_million
    flex = getattr(params, "service_tier", None) == "flex"
    rate = rate * price.flex_factor if flex else rate
    width, height = _pixels(height, params.aspect_ratio)
    tokens = width * height * _FRAMES_PER_SECOND * seconds / 1024
    basis = f"about {tokens / 1e6:.2f} million tokens ({seconds} s of {width}x{height}) at {rate:g} CNY a million"
    return _estimate(price, tokens / 1e6 * rate, basis)


def _pixels(shorter: int, aspect_ratio: str | None) -> tuple[int, int]:
    """Return a size of the ratio; every ratio of a resolution has about as many pixels as its 16:9."""
    area = shorter * shorter * _DEFAULT_RATIO
    ratio = ratio_value(aspect_ratio) if aspect_ratio and ":" in aspect_ratio else _DEFAULT_RATIO
    return round((area * ratio) ** 0.5), round((area / ratio) ** 0.5)


def _estimate(price: Price, amount: float, basis: str, currency: Currency | None = None) -> Estimate:
    full = f"{basis} ({price.note})" if price.note else basis
    return Estimate(
        amount=round(amount, 4),
        currency=currency or price.currency,
        basis=full,
        date=price.date,
        source=price.source,
    )
