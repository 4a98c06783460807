"""What a video costs by the gateway's own list of models."""

from __future__ import annotations

from video_mcp.families.params import VideoParams
from video_mcp.families.spec import Choices, ListedRate, Mode, ModelSpec


def listed_price_per_second_usd(spec: ModelSpec, *, resolution: str | None, audio: bool | None) -> float | None:
    """Return what a second costs by the gateway's list; the highest price where the list leaves open which it is."""
    fitting = [rate for rate in spec.listed_rates if _fits(rate, resolution, audio)]
    return max((rate.usd_per_second for rate in fitting or spec.listed_rates), default=None)


def listed_cost_usd(spec: ModelSpec, mode: Mode, params: VideoParams) -> float | None:
    """Return what a video costs by the gateway's list; where its length is left open, the longest counts."""
    given: object = getattr(params, "audio", None)
    audio = given if isinstance(given, bool) else None
    rate = listed_price_per_second_usd(spec, resolution=params.resolution, audio=audio)
    is_open = params.seconds is None or params.seconds <= 0
    seconds = _longest(spec.modes[mode].seconds) if is_open else params.seconds
    return rate * seconds if rate is not None and seconds is not None else None


def _longest(choices: Choices | None) -> int | None:
    allowed = choices.allowed if choices is not None else ()
    return max((seconds for seconds in allowed if isinstance(seconds, int)), default=None)


def _fits(rate: ListedRate, resolution: str | None, audio: bool | None) -> bool:
    same_resolution = None in {rate.resolution, resolution} or rate.resolution == str(resolution).lower()
    return same_resolution and (None in {rate.audio, audio} or rate.audio == audio)
