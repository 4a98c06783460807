"""Sora: OpenAI's two models, ended at the vendor, still on the gateway's page."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from video_mcp.families.base import (
    Choices,
    Count,
    Denial,
    Family,
    JsonObject,
    Lifecycle,
    Mode,
    ModelSpec,
    ModeSpec,
    VideoParams,
)
from video_mcp.families.geometry import size_matching

_SIZES = ("720x1280", "1280x720")
_PRO_SIZES = ("720x1280", "1280x720", "1024x1792", "1792x1024", "1080x1920", "1920x1080")

_RETIRED = Lifecycle(
    state="retired",
    date="2026-09-24",
    note="OpenAI ended this model on 2026-09-24; the gateway decides whether it still serves it",
    source="openai_docs",
)


class SoraParams(VideoParams):
    """Text, at most one first frame, a length and a pixel size; sound is always on."""

    size: Annotated[str | None, Field(description="Pixels, for example 1280x720.")] = None

    @classmethod
    def spell(cls, values: JsonObject) -> JsonObject:
        """Say ratio and resolution as the pixel size that Sora knows."""
        resolution, ratio = values.get("resolution"), values.get("aspect_ratio")
        if values.get("size") is not None or (resolution is None and ratio is None):
            return values
        size = size_matching(_PRO_SIZES, _text(resolution), _text(ratio))
        rest = {name: value for name, value in values.items() if name not in {"resolution", "aspect_ratio"}}
        return {**rest, "size": size or f"{resolution or ''} {ratio or ''}".strip()}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _modes(sizes: tuple[str, ...], tolerated: tuple[str, ...]) -> dict[Mode, ModeSpec]:
    text = ModeSpec(
        seconds=Choices(
            allowed=(4, 8, 12),
            default=4,
            tolerated=(16, 20),
            source="openai_sdk",
            why="16 and 20 came later and not everywhere",
        ),
        size=Choices(allowed=sizes, default="1280x720", tolerated=tolerated, source="openai_sdk"),
        source="openai_docs",
    )
    frame = ModeSpec(
        media={"image": Count(1, 1)}, seconds=text.seconds, size=text.size, source="openai_docs"
    )
    return {"t2v": text, "i2v": frame}


_DENIED = {
    "i2v_first_last": Denial(why="Sora has no last frame", source="openai_sdk", instead=("veo3.1", "kling-v3")),
    "end_image": Denial(why="Sora has no last frame", source="openai_sdk", instead=("veo3.1", "kling-v3")),
    "reference_images": Denial(why="Sora takes one first frame only", source="openai_sdk"),
    "reference_material": Denial(why="Sora takes one first frame only", source="openai_sdk"),
    "edit": Denial(why="it is an endpoint of its own that the gateway does not offer", source="gateway_page"),
}

FAMILY = Family(
    name="sora",
    title="Sora",
    params=SoraParams,
    models=(
        ModelSpec(
            id="sora-2",
            family="sora",
            # The gateway refuses further sizes free of charge (invalid_size), so they only warn.
            modes=_modes(_SIZES, _PRO_SIZES[2:]),
            denied=_DENIED,
            lifecycle=_RETIRED,
        ),
        ModelSpec(
            id="sora-2-pro",
            family="sora",
            modes=_modes(_PRO_SIZES[:4], _PRO_SIZES[4:]),
            denied=_DENIED,
            lifecycle=_RETIRED,
        ),
    ),
)
