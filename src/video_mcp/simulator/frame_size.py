"""How many pixels a request asks for. Pure."""

from __future__ import annotations

from video_mcp.simulator.rule_types import ModelRow
from video_mcp.simulator.submission import Submission

_SHORT_SIDES = {
    "360p": 360,
    "480p": 480,
    "512p": 512,
    "540p": 540,
    "720p": 720,
    "768p": 768,
    "1080p": 1080,
    "2k": 1440,
    "4k": 2160,
}
_QUALITIES = {"std": "720p", "pro": "1080p", "4k": "4k"}
_LONGEST_SIDE = 4096
_SHORTEST_SIDE = 16


def requested_size(submission: Submission, row: ModelRow) -> tuple[int, int]:
    """Return width and height: the requested size, else what resolution and ratio come to."""
    size = submission.size or row.default_size
    if size:
        width, height = (int(side) for side in size.split("x"))
        return _even(width), _even(height)
    quality = _QUALITIES.get(submission.quality, "") if row.family == "kling" else ""
    short = _SHORT_SIDES.get(submission.resolution or quality or row.default_resolution, 720)
    wide, high = _ratio(submission.aspect_ratio or row.default_ratio)
    scale = short / min(wide, high)
    return _even(wide * scale), _even(high * scale)


def scaled_size(size: tuple[int, int], max_side: int | None) -> tuple[int, int]:
    """Return a size of the same shape whose longest side fits."""
    scale = min(1.0, (max_side or _LONGEST_SIDE) / max(size))
    return _even(size[0] * scale), _even(size[1] * scale)


def _ratio(text: str) -> tuple[int, int]:
    wide, _, high = text.partition(":")
    if wide.isdecimal() and high.isdecimal() and int(wide) and int(high):
        return int(wide), int(high)
    return 16, 9


def _even(side: float) -> int:
    return max(_SHORTEST_SIDE, round(side / 2) * 2)
