"""Picture sizes: `1280x720` against ratio `16:9` and resolution `720p`."""

from __future__ import annotations

import re

from pydantic import JsonValue

SIZE = re.compile(r"^\s*([1-9]\d{1,4})\s*[xX*×]\s*([1-9]\d{1,4})\s*$")  # noqa: RUF001 - people paste the real sign
RATIO = re.compile(r"^\s*0*([1-9]\d?)\s*[:/xX]\s*0*([1-9]\d?)\s*$")
_UNIT = re.compile(r"\s*(?:seconds?|secs?|s)$")
_COMMON_RATIOS = ("16:9", "9:16", "1:1", "4:3", "3:4", "3:2", "2:3", "4:5", "5:4", "21:9", "9:21")
_RATIO_TOLERANCE = 0.03


def parse_size(text: str) -> tuple[int, int] | None:
    """Return width and height in pixels of `1280x720`, or None when the text is no size."""
    match = SIZE.match(text)
    return (int(match[1]), int(match[2])) if match else None


def ratio_of(width: int, height: int) -> str | None:
    """Return the common ratio nearest to a size, or None when none is within three per cent."""
    wanted = width / height
    best = min(_COMMON_RATIOS, key=lambda ratio: abs(ratio_value(ratio) / wanted - 1))
    return best if abs(ratio_value(best) / wanted - 1) <= _RATIO_TOLERANCE else None


def ratio_value(ratio: str) -> float:
    """Return width divided by height of `16:9`.

    Raises:
        ValueError: If the text is no ratio.
    """
    match = RATIO.match(ratio)
    if match is None:
        msg = f"{ratio!r} is no ratio"
        raise ValueError(msg)
    return int(match[1]) / int(match[2])


def resolution_of(width: int, height: int) -> str:
    """Return the resolution class of a size, by its shorter side: `720p`; four thousand wide is `4k`."""
    shorter, longer = sorted((width, height))
    return "4k" if longer >= 3840 else f"{shorter}p"


def size_matching(sizes: tuple[str, ...], resolution: str | None, aspect_ratio: str | None) -> str | None:
    """Return the first of `sizes` that has this resolution and ratio; what is None matches everything."""
    for size in sizes:
        pixels = parse_size(size)
        if pixels is None:
            continue
        fits_ratio = aspect_ratio is None or ratio_of(*pixels) == aspect_ratio
        if fits_ratio and (resolution is None or resolution_of(*pixels) == resolution.lower()):
            return size
    return None


def normalize_ratio(value: JsonValue) -> JsonValue:
    """Return a ratio as `16:9` however it was typed; what is no ratio comes back in lower case."""
    if not isinstance(value, str):
        return value
    match = RATIO.match(value)
    return f"{int(match[1])}:{int(match[2])}" if match else value.strip().lower()


def normalize_resolution(value: JsonValue) -> JsonValue:
    """Return a resolution as `720p` or `4k` however it was typed."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str):
        return value
    text = text.replace(" ", "").lower()
    text = f"{text}p" if text.isdigit() else text
    return "4k" if text in {"2160p", "uhd"} else text


def normalize_seconds(value: JsonValue) -> JsonValue:
    """Return seconds without their unit: `8s` is 8; true is not a number."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return value
    text = _UNIT.sub("", value.strip().lower())
    return int(text) if text.isdecimal() else text
