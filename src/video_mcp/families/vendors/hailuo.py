"""Hailuo: MiniMax's older line; which of its models the gateway means is not known."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from video_mcp.families.gateway_params import GatewayParams
from video_mcp.families.params import Family
from video_mcp.families.sources import Source
from video_mcp.families.spec import (
    Choices,
    Count,
    Denial,
    Dependency,
    Lifecycle,
    MediaField,
    MediaLimits,
    Mode,
    ModelSpec,
    ModeSpec,
)

_DOCS: Source = "minimax_docs"


class HailuoParams(GatewayParams):
    """Text, one frame or two; the videos are silent."""

    prompt_optimizer: Annotated[bool | None, Field(description="Whether MiniMax may rewrite the prompt.")] = None
    fast_pretreatment: Annotated[bool | None, Field(description="Whether that rewriting is to be quick.")] = None


_SECONDS = Choices(
    allowed=(6, 10),
    default=6,
    tolerated=(4, 5, 7, 8, 9, *range(11, 16)),
    source=_DOCS,
    why="4 to 15 s belong to MiniMax-H3",
)


def _resolution(*also_tolerated: str, allowed: tuple[str, ...] = ("768p", "1080p")) -> Choices:
    return Choices(
        allowed=allowed,
        default="768p",
        tolerated=("480p", "720p", "2k", *also_tolerated),
        source=_DOCS,
        why="others depend on the model behind the gateway",
    )


def _mode(media: dict[MediaField, Count], resolution: Choices, warning: str = "") -> ModeSpec:
    return ModeSpec(media=media, seconds=_SECONDS, resolution=resolution, warning=warning, source=_DOCS)


_MODES: dict[Mode, ModeSpec] = {
    "t2v": _mode({}, _resolution("512p")),
    "i2v": _mode({"image": Count(1, 1)}, _resolution(allowed=("512p", "768p", "1080p"))),
    "i2v_first_last": _mode(
        {"image": Count(1, 1), "end_image": Count(1, 1)},
        _resolution("512p"),
        "only MiniMax-Hailuo-02 takes a last frame; it may be ignored",
    ),
    "reference_images": _mode(
        {"reference_images": Count(1, 1, 9)},
        _resolution("512p"),
        "only S2V-01 (one person) and MiniMax-H3 take references; they may be ignored",
    ),
}

_NO_SUCH_TASK = Denial(why="no Hailuo model does it", source=_DOCS)
_H3_ONLY = Denial(why="only MiniMax-H3 takes mixed references", source=_DOCS, severity="warn")
_IMAGE = MediaLimits(
    source=_DOCS,
    formats=("jpg", "jpeg", "png", "webp"),
    max_bytes=20 * 1024 * 1024,
    min_side_px=301,
    min_ratio=0.4,
    max_ratio=2.5,
)

FAMILY = Family(
    name="hailuo",
    title="Hailuo",
    called=("hailuo", "minimax"),
    makers=("minimax",),
    params=HailuoParams,
    aliases={"first_frame_image": "image", "last_frame_image": "end_image"},
    models=(
        ModelSpec(
            id="hailuo-video",
            family="hailuo",
            modes=_MODES,
            denied={
                "edit": _NO_SUCH_TASK,
                "extend": _NO_SUCH_TASK,
                "reference_videos": _H3_ONLY,
                "reference_audios": _H3_ONLY,
            },
            dependencies=(
                Dependency(
                    when="resolution",
                    values=("1080p",),
                    then="seconds",
                    allowed=(6,),
                    why="every Hailuo model renders 1080p at 6 s only",
                    source=_DOCS,
                ),
                Dependency(
                    when="fast_pretreatment",
                    values=(True,),
                    then="end_image",
                    why="MiniMax allows it without a last frame only",
                    source=_DOCS,
                ),
            ),
            media_limits={"image": _IMAGE, "end_image": _IMAGE, "reference_images": _IMAGE},
            lifecycle=Lifecycle(
                state="legacy",
                note="the gateway does not say which MiniMax model this is, and the Hailuo line is the older one "
                "(MiniMax-H3 is current); the limits are those of Hailuo 2.3 and 02",
                source=_DOCS,
            ),
            audio="never",
            prompt_max_chars=2000,
            notes=("The prompt may hold camera commands in [brackets].",),
        ),
    ),
)
