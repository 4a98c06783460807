"""What was requested against the result. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import sqrt
from typing import Protocol

from video_mcp.families.geometry import ratio_of, ratio_value, resolution_of

_SECONDS_TOLERANCE = 0.5
_SECONDS_SHARE = 0.03
_FPS_SHARE = 0.02
_RATIO_SHARE = 0.04
_SIDE_SHARE = 0.12
_CLASS = re.compile(r"^(\d{3,4})p$")
_CLASSES_BY_NAME = {"2k": 1440, "4k": 2160}


class SeenVideo(Protocol):
    """What a finished video turned out to be."""

    @property
    def seconds(self) -> float:
        """How long it is."""
        ...

    @property
    def width(self) -> int:
        """How wide it is, in pixels."""
        ...

    @property
    def height(self) -> int:
        """How high it is, in pixels."""
        ...

    @property
    def fps(self) -> float | None:
        """How many pictures a second it has on average, as far as that is known."""
        ...

    @property
    def has_audio(self) -> bool:
        """Whether it has sound."""
        ...


def differences(
    facts: SeenVideo,
    *,
    seconds: float | None = None,
    size: tuple[int, int] | None = None,
    aspect_ratio: str | None = None,
    resolution: str | None = None,
    fps: float | None = None,
    audio: bool | None = None,
) -> list[str]:
    """Return a phrase for each thing that differs from the request: `requested 10 s, got 8 s`.

    What is None was not requested. Rounding to whole frames and to blocks of 16 pixels is no difference.
    """
    if facts.width <= 0 or facts.height <= 0:
        return []  # it could not be looked into
    phrases = [*_length(facts, seconds), *_shape(facts, size, aspect_ratio, resolution), *_rate(facts, fps)]
    if audio is not None and audio != facts.has_audio:
        phrases.append("requested sound, got none" if audio else "requested no sound, got sound")
    return phrases


def _length(facts: SeenVideo, seconds: float | None) -> Iterator[str]:
    # A negative length lets the model choose.
    if seconds is None or seconds <= 0:
        return
    if abs(facts.seconds - seconds) > max(_SECONDS_TOLERANCE, seconds * _SECONDS_SHARE):
        yield f"requested {seconds:g} s, got {round(facts.seconds, 1):g} s"


def _shape(
    facts: SeenVideo, size: tuple[int, int] | None, aspect_ratio: str | None, resolution: str | None
) -> Iterator[str]:
    got = f"{facts.width}x{facts.height}"
    if size is not None:
        if size != (facts.width, facts.height):
            yield f"requested {size[0]}x{size[1]}, got {got}"
        return
    if aspect_ratio is not None and not _has_ratio(facts, aspect_ratio):
        yield f"requested {aspect_ratio}, got {ratio_of(facts.width, facts.height) or got}"
    if resolution is not None and not _has_resolution(facts, resolution):
        yield f"requested {resolution}, got {resolution_of(facts.width, facts.height)} ({got})"


def _rate(facts: SeenVideo, fps: float | None) -> Iterator[str]:
    """Hold the average against the request: a file of a variable rate shows it too."""
    if fps and facts.fps and abs(facts.fps / fps - 1) > _FPS_SHARE:
        yield f"requested {fps:g} fps, got {round(facts.fps, 1):g} fps on average"


def _has_ratio(facts: SeenVideo, aspect_ratio: str) -> bool:
    try:
        wanted = ratio_value(aspect_ratio)
    except ValueError:
        return True  # `adaptive`, `auto`: the model chose
    return wanted == 0 or abs(facts.width / facts.height / wanted - 1) <= _RATIO_SHARE


def _has_resolution(facts: SeenVideo, resolution: str) -> bool:
    """Vendors mean the shorter side, or the area of a 16:9 picture of that height: both are right."""
    name = resolution.strip().lower()
    match = _CLASS.match(name)
    lines = int(match[1]) if match else _CLASSES_BY_NAME.get(name)
    if lines is None:
        return True
    by_area = sqrt(facts.width * facts.height * 9 / 16)
    return any(abs(side / lines - 1) <= _SIDE_SHARE for side in (min(facts.width, facts.height), by_area))
