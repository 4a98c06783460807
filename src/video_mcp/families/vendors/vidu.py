"""Vidu: viduq3-turbo, with text, frames or reference images."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from video_mcp.families.gateway_params import GatewayParams
from video_mcp.families.messages import warning
from video_mcp.families.params import Family
from video_mcp.families.sources import Source
from video_mcp.families.spec import (
    CURRENT,
    Choices,
    Count,
    Denial,
    Dependency,
    MediaField,
    MediaLimits,
    Mode,
    ModelSpec,
    ModeSpec,
)
from video_mcp.findings import Finding

_DOCS: Source = "vidu_docs"
_REFERENCE_PROMPT_MAX_CHARS = 2000


class ViduParams(GatewayParams):
    """Text, one or two frames, or up to seven reference images."""

    seed: Annotated[int | None, Field(description="Same seed, similar video; 0 is random.")] = None
    audio: Annotated[bool | None, Field(description="Whether the video has sound (vendor's default: yes).")] = None
    audio_type: Annotated[
        Literal["all", "speech_only", "sound_effect_only"] | None, Field(description="Which sound.")
    ] = None
    bgm: Annotated[bool | None, Field(description="Background music; no effect on q3.")] = None
    movement_amplitude: Annotated[
        Literal["auto", "small", "medium", "large"] | None, Field(description="How much moves; no effect on q3.")
    ] = None
    style: Annotated[Literal["general", "anime"] | None, Field(description="Look; no effect on q3.")] = None
    voice_id: Annotated[str | None, Field(description="A voice; no effect on q3.")] = None
    is_rec: Annotated[bool | None, Field(description="Let Vidu write the prompt; costs 10 credits more.")] = None
    off_peak: Annotated[bool | None, Field(description="Cheaper, within 48 hours.")] = None
    watermark: Annotated[bool | None, Field(description="Whether the video shows a mark.")] = None
    wm_position: Annotated[Literal[1, 2, 3, 4] | None, Field(description="Which corner the mark is in.")] = None
    wm_url: Annotated[str | None, Field(description="A picture to use as the mark.")] = None
    payload: Annotated[str | None, Field(max_length=1_048_576, description="Your own text, given back.")] = None
    meta_data: Annotated[str | None, Field(description="Labels to write into the file, as JSON text.")] = None

    def findings(self, spec: ModelSpec, mode: Mode) -> Iterable[Finding]:
        """Say where the gateway may mistake references for frames, and what an option does besides."""
        yield from super().findings(spec, mode)
        references = mode in {"reference_images", "reference_material"}
        if references and len(self.reference_images) == 2:
            message = "Gateways of this kind choose the task by the number of images: two reference images may become "
            yield warning("reference_images", message + "the first and the last frame.", value=2)
        if references and len(self.prompt) > _REFERENCE_PROMPT_MAX_CHARS:
            message = f"The prompt has {len(self.prompt)} characters; with references {spec.id} reads "
            yield warning("prompt", f"{message}{_REFERENCE_PROMPT_MAX_CHARS}.", value=len(self.prompt))
        if self.is_rec:
            effect = "writes its own prompt, ignores yours and costs 10 credits more"
            where = "" if mode in {"i2v", "i2v_first_last"} else f"; it has no effect in {mode}"
            yield warning("is_rec", f"With is_rec Vidu {effect}{where}.", value=True)
        if self.audio_type is not None:
            yield warning("audio_type", f"Vidu describes audio_type for models before {spec.id}; it may be ignored.")


_SECONDS = Choices(allowed=tuple(range(1, 17)), default=5, source=_DOCS)
_REFERENCE_SECONDS = Choices(allowed=tuple(range(3, 17)), default=5, source=_DOCS)
_RESOLUTION = Choices(allowed=("540p", "720p", "1080p"), default="720p", source=_DOCS)
_RATIO = Choices(allowed=("16:9", "9:16", "3:4", "4:3", "1:1"), default="16:9", source=_DOCS)
_REFERENCE_RATIO = Choices(allowed=("16:9", "9:16", "1:1"), default="16:9", source=_DOCS)

_REFERENCES = ModeSpec(
    media={"reference_images": Count(1, 7)},
    seconds=_REFERENCE_SECONDS,
    resolution=_RESOLUTION,
    aspect_ratio=_REFERENCE_RATIO,
    source=_DOCS,
)
_MODES: dict[Mode, ModeSpec] = {
    "t2v": ModeSpec(seconds=_SECONDS, resolution=_RESOLUTION, aspect_ratio=_RATIO, source=_DOCS),
    "i2v": ModeSpec(media={"image": Count(1, 1)}, seconds=_SECONDS, resolution=_RESOLUTION, source=_DOCS),
    "i2v_first_last": ModeSpec(
        media={"image": Count(1, 1), "end_image": Count(1, 1)}, seconds=_SECONDS, resolution=_RESOLUTION, source=_DOCS
    ),
    "reference_images": _REFERENCES,
    "reference_material": _REFERENCES,
}

_NO_EFFECT = Denial(why="Vidu says that it has no effect on q3", source=_DOCS, severity="warn")
_IMAGES_ONLY = Denial(why="videos as references are for viduq2-pro, sounds for none", source=_DOCS)
_FRAME = MediaLimits(
    source=_DOCS,
    formats=("png", "jpeg", "jpg", "webp"),
    max_bytes=50 * 1024 * 1024,
    min_ratio=0.25,
    max_ratio=4,
)
_REFERENCE = MediaLimits(
    source=_DOCS,
    formats=("png", "jpeg", "jpg", "webp"),
    max_bytes=50 * 1024 * 1024,
    min_side_px=128,
    min_ratio=0.25,
    max_ratio=4,
)
_LIMITS: dict[MediaField, MediaLimits] = {"image": _FRAME, "end_image": _FRAME, "reference_images": _REFERENCE}

FAMILY = Family(
    name="vidu",
    title="Vidu",
    called=("vidu", "shengshu"),
    makers=("shengshu",),
    params=ViduParams,
    models=(
        ModelSpec(
            id="viduq3-turbo",
            family="vidu",
            modes=_MODES,
            lifecycle=CURRENT,
            denied={
                "bgm": _NO_EFFECT,
                "movement_amplitude": _NO_EFFECT,
                "style": _NO_EFFECT,
                "voice_id": _NO_EFFECT,
                "reference_videos": _IMAGES_ONLY,
                "reference_audios": _IMAGES_ONLY,
            },
            dependencies=(
                Dependency(
                    when="off_peak",
                    values=(True,),
                    then="audio",
                    allowed=(True,),
                    modes=("reference_images", "reference_material"),
                    why="off-peak work with references has sound",
                    source=_DOCS,
                ),
            ),
            media_limits=_LIMITS,
            audio="switch",
            prompt_max_chars=5000,
            notes=("First and last frame should have nearly the same shape (pixel ratio 0.8 to 1.25).",),
        ),
    ),
)
