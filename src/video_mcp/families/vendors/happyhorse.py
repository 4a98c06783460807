"""HappyHorse 1.0: Alibaba's model, one id for each task and one for all of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from video_mcp.families.gateway_params import GatewayParams
from video_mcp.families.messages import warning
from video_mcp.families.params import Family
from video_mcp.families.sources import Source
from video_mcp.families.spec import CURRENT, Choices, Count, Denial, MediaField, MediaLimits, Mode, ModelSpec, ModeSpec
from video_mcp.findings import Finding

_DOCS: Source = "alibaba_docs"
_MEGABYTE = 1024 * 1024
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_MOST_CHINESE_CHARS = 2500
_MOST_CHARS = 5000


class HappyHorseParams(GatewayParams):
    """Text, a first frame, references or a video to edit; sound is always on."""

    seed: Annotated[int | None, Field(ge=0, le=2_147_483_647, description="Same seed, similar video.")] = None
    watermark: Annotated[bool, Field(description="Whether the video shows Happy Horse.")] = True
    audio_setting: Annotated[
        Literal["auto", "origin"] | None, Field(description="In edit: new sound, or that of the video.")
    ] = None

    def findings(self, spec: ModelSpec, mode: Mode) -> Iterable[Finding]:
        """Say what happens by default: a mark in the picture, a prompt cut short."""
        yield from super().findings(spec, mode)
        if "watermark" not in self.model_fields_set:
            message = f"{spec.id} shows Happy Horse's mark in the video; options.watermark false leaves it out "
            yield warning("watermark", f"{message}where the gateway passes that on.", value=True)
        limit = _MOST_CHINESE_CHARS if _CHINESE.search(self.prompt) else _MOST_CHARS
        if len(self.prompt) > limit:
            message = f"The prompt has {len(self.prompt)} characters; {spec.id} reads {limit} and drops the rest."
            yield warning("prompt", message, value=len(self.prompt))
        if self.audio_setting is not None and mode != "edit":
            yield warning("audio_setting", f"audio_setting means something in edit only, not in {mode}.")


_SECONDS = Choices(allowed=tuple(range(3, 16)), default=5, source=_DOCS)
_RESOLUTION = Choices(allowed=("720p", "1080p"), default="1080p", tolerated=("480p",), source=_DOCS)
_RATIO = Choices(
    allowed=("16:9", "9:16", "1:1", "4:3", "3:4", "4:5", "5:4", "9:21", "21:9"), default="16:9", source=_DOCS
)

_MODES: dict[Mode, ModeSpec] = {
    "t2v": ModeSpec(seconds=_SECONDS, resolution=_RESOLUTION, aspect_ratio=_RATIO, source=_DOCS),
    "i2v": ModeSpec(media={"image": Count(1, 1)}, seconds=_SECONDS, resolution=_RESOLUTION, source=_DOCS),
    "r2v": ModeSpec(
        media={"reference_images": Count(1, 9)},
        seconds=_SECONDS,
        resolution=_RESOLUTION,
        aspect_ratio=_RATIO,
        source=_DOCS,
    ),
    "edit": ModeSpec(
        media={"source_video": Count(1, 1), "reference_images": Count(0, 5)}, resolution=_RESOLUTION, source=_DOCS
    ),
}

_FRAME = MediaLimits(
    source=_DOCS,
    formats=("jpeg", "jpg", "png", "webp"),
    max_bytes=20 * _MEGABYTE,
    min_side_px=300,
    min_ratio=0.4,
    max_ratio=2.5,
)
_REFERENCE = MediaLimits(
    source=_DOCS, formats=("jpeg", "jpg", "png", "webp"), max_bytes=20 * _MEGABYTE, min_side_px=400
)
_VIDEO = MediaLimits(
    source=_DOCS,
    formats=("mp4", "mov"),
    max_bytes=100 * _MEGABYTE,
    min_side_px=360,
    max_side_px=4096,
    min_seconds=3,
    max_seconds=60,
    min_fps=8,
)
_LIMITS: dict[MediaField, MediaLimits] = {"image": _FRAME, "reference_images": _REFERENCE, "source_video": _VIDEO}

_IDS: dict[str, tuple[Mode, ...]] = {
    "happyhorse-1.0": ("t2v", "i2v", "r2v", "edit"),
    "happyhorse-1.0-t2v": ("t2v",),
    "happyhorse-1.0-i2v": ("i2v",),
    "happyhorse-1.0-r2v": ("r2v",),
    "happyhorse-1.0-video-edit": ("edit",),
}
_HOME: dict[MediaField, Mode] = {"image": "i2v", "reference_images": "r2v", "source_video": "edit"}
_NO_LAST_FRAME = Denial(why="HappyHorse 1.0 has no last frame", source=_DOCS, instead=("veo3.1", "kling-v3"))
_NO_CLIPS = Denial(why="HappyHorse takes images as references", source=_DOCS)


def _sibling(mode: Mode) -> Denial:
    instead = tuple(model for model, modes in _IDS.items() if mode in modes)
    return Denial(why="this id does one thing; its sibling does that", source=_DOCS, instead=instead)


def _model(model: str, modes: tuple[Mode, ...]) -> ModelSpec:
    siblings = {mode: _sibling(mode) for mode in _MODES if mode not in modes}
    media = {name: siblings[mode] for name, mode in _HOME.items() if mode in siblings}
    return ModelSpec(
        id=model,
        family="happyhorse",
        modes={mode: _MODES[mode] for mode in modes},
        lifecycle=CURRENT,
        denied={
            **siblings,
            **media,
            "i2v_first_last": _NO_LAST_FRAME,
            "end_image": _NO_LAST_FRAME,
            "reference_videos": _NO_CLIPS,
            "reference_audios": _NO_CLIPS,
        },
        media_limits=_LIMITS,
        latency_seconds=180,
        notes=("Reference images are named in the prompt as [Image 1], [Image 2].",) if "r2v" in modes else (),
    )


FAMILY = Family(
    name="happyhorse",
    title="HappyHorse",
    called=("happyhorse", "alibaba"),
    makers=("alibaba",),
    params=HappyHorseParams,
    models=tuple(_model(model, modes) for model, modes in _IDS.items()),
)
