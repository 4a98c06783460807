"""Veo: twelve names of the gateway's for Google's Veo 3.0 and 3.1; what each takes differs in the images."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from video_mcp.errors import Finding
from video_mcp.families.messages import warning
from video_mcp.families.page_params import PageParams
from video_mcp.families.params import Family
from video_mcp.families.spec import (
    Choices,
    Count,
    Denial,
    Lifecycle,
    MediaField,
    MediaLimits,
    Mode,
    ModelSpec,
    ModeSpec,
    Pairing,
)


class VeoParams(PageParams):
    """Text and pictures; sound is always on, the frame rate is 24."""

    negative_prompt: Annotated[str | None, Field(description="What must not appear.")] = None
    seed: Annotated[int | None, Field(ge=0, le=4_294_967_295, description="Same seed, similar video.")] = None
    person_generation: Annotated[
        Literal["allow_all", "allow_adult", "dont_allow"] | None,
        Field(description="Who may appear; Google takes allow_all with text only, allow_adult with images."),
    ] = None
    enhance_prompt: Annotated[
        bool | None, Field(description="Whether a reseller may translate and expand the prompt.")
    ] = None
    enable_upsample: Annotated[bool | None, Field(description="Whether a reseller may upscale the result.")] = None

    def findings(self, spec: ModelSpec, mode: Mode) -> Iterable[Finding]:
        """Say that a short video may come out longer."""
        yield from super().findings(spec, mode)
        if self.person_generation == "allow_all" and mode != "t2v":
            message = f"Google takes person_generation allow_all with text only; in {mode} it takes allow_adult."
            yield warning("person_generation", message, value=self.person_generation)
        if self.seconds in {4, 6}:
            message = f"Many channels of {spec.id} render 8 s whatever is asked; {self.seconds} s may come as 8."
            yield warning("seconds", message, value=self.seconds)


_SECONDS = Choices(allowed=(4, 6, 8), default=8, source="google_veo")
_EIGHT_SECONDS = Choices(allowed=(8,), default=8, source="google_veo", why="with reference images it is always 8 s")
_RATIO = Choices(allowed=("16:9", "9:16"), default="16:9", source="google_veo")
_HD = Choices(allowed=("720p", "1080p"), default="720p", source="google_veo")
_HD_OR_4K = Choices(
    allowed=("720p", "1080p"), default="720p", tolerated=("4k",), source="google_veo", why="for 4k prefer a -4k model"
)
_4K = Choices(allowed=("4k",), default="4k", tolerated=("720p", "1080p"), source="veo_names")

_REFERENCE_RATIO = Choices(
    allowed=("16:9",), default="16:9", tolerated=("9:16",), source="google_veo", why="9:16 with references at resellers"
)

_Media = dict[MediaField, Count]
_FRAME: _Media = {"image": Count(1, 1)}
_FRAMES: _Media = {"image": Count(1, 1), "end_image": Count(1, 1)}
_REFERENCES: _Media = {"reference_images": Count(1, 3)}


def _mode(resolution: Choices, media: _Media | None = None, warning: str = "") -> ModeSpec:
    return ModeSpec(
        media=media or {},
        seconds=_SECONDS,
        aspect_ratio=_RATIO,
        resolution=resolution,
        warning=warning,
        source="google_veo",
    )


def _references(resolution: Choices, warning: str = "") -> ModeSpec:
    return ModeSpec(
        media=_REFERENCES,
        seconds=_EIGHT_SECONDS,
        aspect_ratio=_REFERENCE_RATIO,
        resolution=resolution,
        warning=warning,
        source="google_veo",
    )


_COMPONENTS = "reference images belong to veo3.1-components; here they may be ignored"
_TEXT_ONLY: dict[str, dict[Mode, ModeSpec]] = {
    model: {
        "t2v": _mode(_HD),
        "i2v": _mode(_HD, _FRAME, f"resellers take images through {model}-frames; here the image may be ignored"),
        "i2v_first_last": _mode(_HD, _FRAMES, "first and last frame belong to a veo3.1 id; here they may be ignored"),
        "reference_images": _references(_HD, _COMPONENTS),
    }
    for model in ("veo3", "veo3-fast", "veo3-pro")
}
_FROM_FRAME: dict[Mode, ModeSpec] = {
    "i2v": _mode(_HD, _FRAME),
    "t2v": _mode(_HD, warning="it starts from an image; without one use the id without -frames"),
    "i2v_first_last": _mode(_HD, _FRAMES, "most resellers take the first frame only; veo3.1 takes both"),
    "reference_images": _references(_HD, _COMPONENTS),
}
_ANY_PICTURE: dict[Mode, ModeSpec] = {
    "t2v": _mode(_HD_OR_4K),
    "i2v": _mode(_HD_OR_4K, _FRAME),
    "i2v_first_last": _mode(_HD_OR_4K, _FRAMES),
    "reference_images": _references(_HD_OR_4K, "the sure way for reference images is veo3.1-components"),
}
_FROM_REFERENCES: dict[Mode, ModeSpec] = {
    "reference_images": _references(_HD_OR_4K),
    "reference_material": _references(_HD_OR_4K),
    "i2v": _mode(_HD_OR_4K, _FRAME, "the image is taken as a thing that appears, not as the first frame"),
}
_NO_FRAME_CONTROL = "some channels have no frame control for this id and may ignore the image"
_UPSCALED: dict[Mode, ModeSpec] = {
    "t2v": _mode(_4K),
    "i2v": _mode(_4K, _FRAME, _NO_FRAME_CONTROL),
    "i2v_first_last": _mode(_4K, _FRAMES, _NO_FRAME_CONTROL),
    "reference_images": _references(_4K, _COMPONENTS),
}
_UPSCALED_PRO: dict[Mode, ModeSpec] = {
    "t2v": _mode(_4K),
    "i2v": _mode(_4K, _FRAME),
    "i2v_first_last": _mode(_4K, _FRAMES),
    "reference_images": _references(_4K, _COMPONENTS),
}

_VEO_3_0 = Lifecycle(
    state="retired",
    date="2026-06-30",
    note="Google retired Veo 3.0 on 2026-06-30; gateways keep the name through other channels",
    source="google_veo",
)
_VEO_3_1 = Lifecycle(
    state="ending",
    date="2026-10-22",
    note="Google ended the preview ids of Veo 3.1 on 2026-10-22, and sources disagree on the end of the others "
    "(2026-11-17 or no date); the gateway decides what it serves",
    source="litellm",
)

_NO_MATERIAL = Denial(why="Veo takes no video or audio as reference", source="google_veo")
_NO_EXTENSION = Denial(why="the gateway offers no Veo extension", source="gateway_page")
_DENIED = {
    "reference_material": _NO_MATERIAL,
    "reference_videos": _NO_MATERIAL,
    "reference_audios": _NO_MATERIAL,
    "extend": _NO_EXTENSION,
}
_NEEDS_REFERENCES = Denial(
    why="it builds the video from 1 to 3 reference images", source="veo_names", instead=("veo3.1", "veo3.1-fast")
)
_NOT_BOTH = Denial(why="frames and references exclude one another", source="veo_names", instead=("veo3.1",))
_DENIED_BY_COMPONENTS = {
    **{name: denial for name, denial in _DENIED.items() if name != "reference_material"},
    "t2v": _NEEDS_REFERENCES,
    "i2v_first_last": _NOT_BOTH,
    "end_image": _NOT_BOTH,
}

_LONG_ENOUGH = Pairing(
    when="resolution",
    values=("1080p", "4k"),
    then="seconds",
    allowed=(8,),
    severity="warn",
    why="Google renders 1080p and 4k at 8 s only",
    source="google_veo",
)
_WIDE_HD = Pairing(
    when="resolution",
    values=("1080p",),
    then="aspect_ratio",
    allowed=("16:9",),
    severity="warn",
    why="Veo 3.0 renders 1080p in 16:9 only",
    source="google_veo",
)

_IMAGE = MediaLimits(source="google_veo", formats=("jpeg", "png", "webp"), max_bytes=20 * 1024 * 1024)
_WARN_OVER_CHARS = 4000
"""Google's limit is 1,024 tokens; this many characters surely pass it."""


def _model(model: str, modes: dict[Mode, ModeSpec], denied: dict[str, Denial] = _DENIED) -> ModelSpec:
    old = not model.startswith("veo3.1")
    return ModelSpec(
        id=model,
        family="veo",
        modes=modes,
        denied=denied,
        pairings=(_LONG_ENOUGH, _WIDE_HD) if old else (_LONG_ENOUGH,),
        media_limits={"image": _IMAGE, "end_image": _IMAGE, "reference_images": _IMAGE},
        lifecycle=_VEO_3_0 if old else _VEO_3_1,
        prompt_max_chars=_WARN_OVER_CHARS,
        latency_seconds=120,
        notes=("Many channels render 8 s whatever is asked.",),
    )


FAMILY = Family(
    name="veo",
    title="Veo",
    params=VeoParams,
    aliases={"personGeneration": "person_generation"},
    models=(
        *(_model(model, _ANY_PICTURE) for model in ("veo3.1", "veo3.1-fast", "veo3.1-pro")),
        _model("veo3.1-components", _FROM_REFERENCES, _DENIED_BY_COMPONENTS),
        _model("veo3.1-4k", _UPSCALED),
        _model("veo3.1-pro-4k", _UPSCALED_PRO),
        *(_model(model, modes) for model, modes in _TEXT_ONLY.items()),
        *(_model(model, _FROM_FRAME) for model in ("veo3-frames", "veo3-fast-frames", "veo3-pro-frames")),
    ),
)
