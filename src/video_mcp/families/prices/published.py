"""What vendors and resellers ask for a second of video, with date and source. A gateway may ask something else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from video_mcp.families.sources import Source

Currency = Literal["USD", "CNY"]

CNY_PER_USD = 7.0
"""The rate at which prices in yuan are compared with dollars: what pairs of published prices imply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """The price of one model.

    `per_second` is by resolution, `per_second_with_audio` replaces it where sound costs extra, `per_clip` is by
    resolution and seconds, and `per_million_tokens` counts width x height x 24 x seconds / 1024, at less where
    `silent_per_million_tokens` says so. `per_input_image` comes on top.
    `billed_seconds` is what some modes are billed as.
    """

    date: str
    source: Source
    currency: Currency = "USD"
    per_second: Mapping[str, float] = field(default_factory=dict[str, float])
    per_second_with_audio: Mapping[str, float] = field(default_factory=dict[str, float])
    per_clip: Mapping[tuple[str, int], tuple[float, Currency]] = field(
        default_factory=dict[tuple[str, int], tuple[float, Currency]]
    )
    per_million_tokens: float | None = None
    silent_per_million_tokens: float | None = None
    flex_factor: float = 1.0
    per_input_image: float = 0.0
    billed_seconds: Mapping[str, int] = field(default_factory=dict[str, int])
    note: str = ""


def _seconds(date: str, source: Source, per_second: Mapping[str, float], note: str = "") -> Price:
    return Price(date=date, source=source, per_second=per_second, note=note)


_VEO_3 = _seconds("2026-06", "google_veo", {"720p": 0.40, "1080p": 0.40})
_VEO_3_FAST = _seconds("2026-06", "google_veo", {"720p": 0.10, "1080p": 0.12})
_VEO_3_1 = _seconds("2026-11", "google_veo", {"720p": 0.40, "1080p": 0.40, "4k": 0.60})
_VEO_3_1_FAST = _seconds("2026-11", "google_veo", {"720p": 0.10, "1080p": 0.12, "4k": 0.30})
_HAPPYHORSE = _seconds("2026-11", "litellm", {"720p": 0.14, "1080p": 0.24}, "international price")


def _tokens(price: float, *, silent: float | None = None) -> Price:
    return Price(
        date="2026",
        source="ark_docs",
        currency="CNY",
        per_million_tokens=price,
        silent_per_million_tokens=silent,
        flex_factor=0.5,
    )


PRICES: Mapping[str, Price] = MappingProxyType(
    {
        "sora-2": _seconds("2026-09", "openai_docs", {"720p": 0.10}),
        "sora-2-pro": _seconds("2026-09", "openai_docs", {"720p": 0.30, "1024p": 0.50, "1080p": 0.70}),
        "veo3": _VEO_3,
        "veo3-fast": _VEO_3_FAST,
        "veo3-pro": _VEO_3,
        "veo3-frames": _VEO_3,
        "veo3-fast-frames": _VEO_3_FAST,
        "veo3-pro-frames": _VEO_3,
        "veo3.1": _VEO_3_1,
        "veo3.1-fast": _VEO_3_1_FAST,
        "veo3.1-pro": _VEO_3_1,
        "veo3.1-components": _VEO_3_1,
        "veo3.1-4k": _VEO_3_1,
        "veo3.1-pro-4k": _VEO_3_1,
        "doubao-seedance-1-0-lite-t2v-250428": _tokens(10),
        "doubao-seedance-1-0-lite-i2v-250428": _tokens(10),
        "doubao-seedance-1-0-pro-250528": _tokens(15),
        "doubao-seedance-1-0-pro-fast-251015": _tokens(4.2),
        "doubao-seedance-1-5-pro-251215": _tokens(16, silent=8),
        "doubao-seedance-2-0-260128": _seconds(
            "2026-11", "litellm", {"480p": 0.066, "720p": 0.142, "1080p": 0.354, "4k": 0.722}
        ),
        "doubao-seedance-2-0-fast-260128": _seconds("2026-11", "litellm", {"480p": 0.053, "720p": 0.114}),
        "kling-v3": Price(
            date="2026",
            source="fal",
            per_second={"720p": 0.084, "1080p": 0.112},
            per_second_with_audio={"720p": 0.126, "1080p": 0.168},
        ),
        "grok-imagine-video-1.5-preview": Price(
            date="2026-11",
            source="litellm",
            per_second={"480p": 0.08, "720p": 0.14, "1080p": 0.25},
            per_input_image=0.01,
        ),
        "grok-imagine-1.0-video": Price(
            date="2026-11",
            source="litellm",
            per_second={"480p": 0.05, "720p": 0.07},
            per_input_image=0.002,
            note="xAI's price of grok-imagine-video; resellers charge per call",
        ),
        "gemini-omni": Price(
            date="2026-09",
            source="litellm",
            per_second={"360p": 0.03, "720p": 0.10, "1080p": 0.15, "4k": 0.30},
            billed_seconds={"edit": 10},
        ),
        "happyhorse-1.0": _HAPPYHORSE,
        "happyhorse-1.0-t2v": _HAPPYHORSE,
        "happyhorse-1.0-i2v": _HAPPYHORSE,
        "happyhorse-1.0-r2v": _HAPPYHORSE,
        "viduq3-turbo": _seconds("2026", "muapi", {"540p": 0.04, "720p": 0.06, "1080p": 0.08}),
        "hailuo-video": Price(
            date="2026-10",
            source="minimax_docs",
            per_clip={
                ("768p", 6): (0.28, "USD"),
                ("768p", 10): (4.0, "CNY"),
                ("1080p", 6): (3.5, "CNY"),
            },
            note="price of MiniMax-Hailuo-2.3; which model the gateway uses is not known",
        ),
    }
)
"""By model id; a model that no source has a price for is absent, and so is one billed by its input's length."""
