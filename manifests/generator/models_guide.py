"""The first screen of the models page: which model for what, and what the modes mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from video_mcp.cli.commands.models import ranges
from video_mcp.families.catalog import Catalog
from video_mcp.families.prices.estimate import price_per_second_usd
from video_mcp.families.spec import Mode, ModelSpec
from video_mcp.server.model_listing import values_of

_MOST_SHOWN = 3
_UNKNOWN_PRICE = float("inf")

Fit = Callable[[ModelSpec], bool]
Remark = Callable[[ModelSpec], str]


def _price(spec: ModelSpec) -> str:
    price = price_per_second_usd(spec)
    return f"${price:.2f} a second" if price is not None else "price unknown"


def _length(spec: ModelSpec) -> str:
    return f"up to {_longest(spec)} s"


def _longest(spec: ModelSpec) -> int:
    return max((value for value in values_of(spec, "seconds") if isinstance(value, int)), default=0)


_PURPOSES: tuple[tuple[str, Fit, Remark], ...] = (
    ("The cheapest draft", lambda spec: "t2v" in spec.modes, _price),
    ("The longest shot", lambda spec: _longest(spec) >= 15 and "t2v" in spec.modes, _length),
    ("A photo that moves, up to a given last frame", lambda spec: "i2v_first_last" in spec.modes, _price),
    ("The same person or thing in a new scene", lambda spec: _takes(spec, "reference_images"), _price),
    ("A change to an existing video", lambda spec: "edit" in spec.modes, _price),
    ("4K", lambda spec: "4k" in values_of(spec, "resolution"), lambda spec: ranges(values_of(spec, "seconds")) + " s"),
)

MODES_IN_WORDS: Mapping[Mode, tuple[str, str]] = MappingProxyType(
    {
        "t2v": ("Text to video.", "`prompt`"),
        "i2v": ("Image to video: the image is the first frame.", "`image`"),
        "i2v_first_last": ("The first and the last frame are given.", "`image`, `end_image`"),
        "reference_images": ("People, things or places from images appear in a new scene.", "`reference_images`"),
        "reference_material": (
            "The same, also from videos and sound where the model reads them.",
            "`reference_images`, `reference_videos`, `reference_audios`",
        ),
        "multi_i2v": ("Several images become one video (Kling).", "`reference_images`"),
        "r2v": (
            "References to video (Gemini Omni, HappyHorse): what the references show appears.",
            "`reference_images`, `reference_videos`",
        ),
        "edit": ("An existing video is changed.", "`source_video`, `prompt`"),
        "extend": ("An existing video of the same vendor becomes longer (Kling).", "the clip's id in `options`"),
    }
)


def models_guide(catalog: Catalog) -> str:
    """Return the two tables."""
    current = [spec for spec in catalog.models() if spec.lifecycle.state == "current" and not spec.needs_version]
    rows = [f"| {purpose} | {_answer(current, fits, remark)} |" for purpose, fits, remark in _PURPOSES]
    return "\n".join(
        [
            "## Which model for what",
            "",
            "Chosen from the facts below: current models that can do it, the cheapest or longest first.",
            "",
            "| you want | models |",
            "|---|---|",
            *rows,
            "",
            "## Modes",
            "",
            "Leave `mode` out: it follows from the media that you give.",
            "",
            "| mode | meaning | you give |",
            "|---|---|---|",
            *(f"| `{mode}` | {meaning} | {given} |" for mode, (meaning, given) in MODES_IN_WORDS.items()),
        ]
    )


def _answer(specs: Iterable[ModelSpec], fits: Fit, remark: Remark) -> str:
    able = [spec for spec in specs if fits(spec)]
    best = sorted(able, key=_by_length if remark is _length else _by_price)[:_MOST_SHOWN]
    return ", ".join(f"`{spec.id}` ({remark(spec)})" for spec in best)


def _by_length(spec: ModelSpec) -> tuple[float, float]:
    return -_longest(spec), _price_or_infinity(spec)


def _by_price(spec: ModelSpec) -> tuple[float, float]:
    return _price_or_infinity(spec), -_longest(spec)


def _price_or_infinity(spec: ModelSpec) -> float:
    price = price_per_second_usd(spec)
    return _UNKNOWN_PRICE if price is None else price


def _takes(spec: ModelSpec, name: str) -> bool:
    return any(name in facts.media for facts in spec.modes.values())
