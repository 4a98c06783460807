"""What a request will cost at the vendor's price, as far as anyone has published one."""

from __future__ import annotations

from dataclasses import dataclass

from video_mcp.families.geometry import parse_size, ratio_value, resolution_of
from video_mcp.families.params import VideoParams
from video_mcp.families.prices.listed import listed_price_per_second_usd
from video_mcp.families.prices.published import CNY_PER_USD, PRICES, Currency, Price
from video_mcp.families.spec import Choice, Choices, Mode, ModelSpec, ModeSpec

_FRAMES_PER_SECOND = 24
_HEIGHTS = {"480p": 480, "720p": 720, "1080p": 1080}
_DEFAULT_RATIO = 16 / 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The vendor's price of one video; the gateway may charge differently.

    `basis` says how the amount came about, `date` when the price was seen.
    """

    amount: float
    currency: Currency
    basis: str
    date: str


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


def price_per_second_usd(spec: ModelSpec, *, resolution: str | None = None, audio: bool = False) -> float | None:
    """Return the vendor's price of one second in dollars, or None where no price is known.

    Without `resolution`, it is the price of the model's default one. A clip sold at a fixed price is divided by its
    seconds; input images, cheaper tiers and the like are left out.
    """
    if spec.listed_rates:
        return listed_price_per_second_usd(spec, resolution=resolution, audio=audio)
    price = PRICES.get(spec.id)
    if price is None:
        return None
    facts = next(iter(spec.modes.values()))
    chosen = resolution or _default_resolution(spec, facts)
    amount, currency = _second(price, chosen, facts, audio=audio)
    if amount is None:
        return None
    return round(amount / CNY_PER_USD if currency == "CNY" else amount, 4)


def _second(price: Price, resolution: str, facts: ModeSpec, *, audio: bool) -> tuple[float | None, Currency]:
    if price.per_clip:
        seconds = int(_default_of(facts.seconds, 1))
        clip = price.per_clip.get((resolution, seconds))
        return (clip[0] / seconds, clip[1]) if clip is not None else (None, price.currency)
    if price.per_million_tokens is not None:
        return _tokens_per_second(resolution, None) * price.per_million_tokens / 1e6 or None, price.currency
    table = price.per_second_with_audio if audio and price.per_second_with_audio else price.per_second
    return table.get(resolution), price.currency


def _tokens_per_second(resolution: str, aspect_ratio: str | None) -> float:
    """Return what a second counts for, 0 where the resolution is not known."""
    width, height = _pixels(_HEIGHTS.get(resolution, 0), aspect_ratio)
    return width * height * _FRAMES_PER_SECOND / 1024


def _default_resolution(spec: ModelSpec, facts: ModeSpec) -> str:
    pixels = parse_size(str(_default_of(facts.size, "")))
    if pixels is not None:
        return resolution_of(*pixels)
    return str(_default_of(facts.resolution, "720p" if spec.family == "kling" else ""))


def _default_of(choices: Choices | None, otherwise: Choice) -> Choice:
    return choices.default if choices is not None and choices.default is not None else otherwise


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
    )
