"""Models that a gateway lists with what they take: facts at run time, for a catalogue that lives at the gateway."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import JsonValue

from video_mcp.families.spec import CURRENT, Choice, Choices, Count, MediaField, Mode, ModelSpec, ModeSpec
from video_mcp.families.vendors.listed_rates import rates_of
from video_mcp.types import JsonObject

_FIRST, _LAST = "first_frame", "last_frame"
_FRAME: dict[MediaField, Count] = {"image": Count(1, 1)}
_FRAMES: dict[MediaField, Count] = {"image": Count(1, 1), "end_image": Count(1, 1)}
_REFERENCES: dict[MediaField, Count] = {
    "reference_images": Count(0, 99),
    "reference_videos": Count(0, 99),
    "reference_audios": Count(0, 99),
}
_UNTOLD = "the gateway's list does not say whether this model takes references; they may be ignored"


def specs_of(entries: Iterable[JsonObject]) -> tuple[ModelSpec, ...]:
    """Return the facts about each listed model; an entry without an id is left out."""
    found = (spec_of(entry) for entry in entries)
    return tuple({spec.id: spec for spec in found if spec is not None}.values())


def spec_of(entry: JsonObject) -> ModelSpec | None:
    """Return the facts that an entry of OpenRouter's list states; null is not known, and then anything is taken."""
    model = entry.get("id")
    if not isinstance(model, str) or not model.strip():
        return None
    frames = _texts(entry.get("supported_frame_images"))
    modes: dict[Mode, ModeSpec] = {"t2v": _mode(entry, {})}
    if _FIRST in frames:
        modes["i2v"] = _mode(entry, _FRAME)
    if {_FIRST, _LAST} <= set(frames):
        modes["i2v_first_last"] = _mode(entry, _FRAMES)
    modes["reference_images"] = _mode(entry, {**_REFERENCES, "reference_images": Count(1, 99)}, warning=_UNTOLD)
    return ModelSpec(
        id=model.strip(),
        family="generic",
        modes=modes,
        lifecycle=CURRENT,
        audio="switch" if entry.get("generate_audio") else "never",
        listed_rates=rates_of(entry.get("pricing_skus")),
    )


def _mode(entry: JsonObject, media: dict[MediaField, Count], *, warning: str = "") -> ModeSpec:
    return ModeSpec(
        media=media,
        seconds=_choices(entry.get("supported_durations")),
        resolution=_choices(entry.get("supported_resolutions")),
        aspect_ratio=_choices(entry.get("supported_aspect_ratios")),
        size=_choices(entry.get("supported_sizes")),
        warning=warning,
        open_choices=True,
        source="gateway_list",
    )


def _choices(value: JsonValue) -> Choices | None:
    allowed: list[Choice] = [_choice(item) for item in value if _is_choice(item)] if isinstance(value, list) else []
    return Choices(allowed=tuple(dict.fromkeys(allowed)), source="gateway_list") if allowed else None


def _is_choice(value: JsonValue) -> bool:
    return isinstance(value, int | str) and not isinstance(value, bool)


def _choice(value: JsonValue) -> Choice:
    return value if isinstance(value, int) else str(value).strip().lower()


def _texts(value: JsonValue) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
