"""Veo: twelve names of the gateway's for Google's Veo 3.0 and 3.1; what each takes differs in the images."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field

from video_mcp.families.gateway_params import GatewayParams
from video_mcp.families.messages import warning
from video_mcp.families.params import Family
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
from video_mcp.findings import Finding


class VeoParams(GatewayParams):
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
            message = f"Many channels of {spec.id} render 8 s whatever is requested; {self.seconds} s may come as 8."
            yield warning("seconds", message, value=self.seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class VeoModel:
    """One row: a name of the gateway's, and what it stands for.

    `modes` are in order of preference, each with the warning that it is sent with, if any.
    """

    id: str
    lifecycle: Lifecycle
    resolution: Choices
    modes: Mapping[Mode, str]
    hd_is_wide: bool = False


_SECONDS = Choices(allowed=(4, 6, 8), default=8, source="google_veo")
_EIGHT_SECONDS = Choices(allowed=(8,), default=8, source="google_veo", why="with reference images it is always 8 s")
_RATIO = Choices(allowed=("16:9", "9:16"), default="16:9", source="google_veo")
_REFERENCE_RATIO = Choices(
    allowed=("16:9",), default="16:9", tolerated=("9:16",), source="google_veo", why="9:16 with references at resellers"
)
_HD = Choices(allowed=("720p", "1080p"), default="720p", source="google_veo")
_HD_OR_4K = Choices(
    allowed=("720p", "1080p"), default="720p", tolerated=("4k",), source="google_veo", why="for 4k prefer a -4k model"
)
_4K = Choices(allowed=("4k",), default="4k", tolerated=("720p", "1080p"), source="veo_resellers")

_VEO_3_0 = Lifecycle(
    state="retired",
    note="Google retired Veo 3.0 on 2026-06-30; gateways keep the name through other channels",
    source="google_veo",
)
_VEO_3_1 = Lifecycle(
    state="ending",
    note="Google ended the preview ids of Veo 3.1 on 2026-10-22, and sources disagree on the end of the others "
    "(2026-11-17 or no date); the gateway decides what it serves",
    source="litellm",
)

_COMPONENTS = "reference images belong to veo3.1-components; here they may be ignored"
_NO_FRAME_CONTROL = "some channels have no frame control for this id and may ignore the image"

_ANY_IMAGE: Mapping[Mode, str] = MappingProxyType(
    {
        "t2v": "",
        "i2v": "",
        "i2v_first_last": "",
        "reference_images": "the sure way for reference images is veo3.1-components",
    }
)
_FROM_FRAME: Mapping[Mode, str] = MappingProxyType(
    {
        "i2v": "",
        "t2v": "it starts from an image; without one use the id without -frames",
        "i2v_first_last": "most resellers take the first frame only; veo3.1 takes both",
        "reference_images": _COMPONENTS,
    }
)


def _text_only(frames_id: str) -> Mapping[Mode, str]:
    return {
        "t2v": "",
        "i2v": f"resellers take images through {frames_id}; here the image may be ignored",
        "i2v_first_last": "first and last frame belong to a veo3.1 id; here they may be ignored",
        "reference_images": _COMPONENTS,
    }


ROWS: tuple[VeoModel, ...] = (
    VeoModel(id="veo3.1", lifecycle=_VEO_3_1, resolution=_HD_OR_4K, modes=_ANY_IMAGE),
    VeoModel(id="veo3.1-fast", lifecycle=_VEO_3_1, resolution=_HD_OR_4K, modes=_ANY_IMAGE),
    VeoModel(id="veo3.1-pro", lifecycle=_VEO_3_1, resolution=_HD_OR_4K, modes=_ANY_IMAGE),
    VeoModel(
        id="veo3.1-components",
        lifecycle=_VEO_3_1,
        resolution=_HD_OR_4K,
        modes={
            "reference_images": "",
            "reference_material": "",
            "i2v": "the image is taken as a thing that appears, not as the first frame",
        },
    ),
    VeoModel(
        id="veo3.1-4k",
        lifecycle=_VEO_3_1,
        resolution=_4K,
        modes={
            "t2v": "",
            "i2v": _NO_FRAME_CONTROL,
            "i2v_first_last": _NO_FRAME_CONTROL,
            "reference_images": _COMPONENTS,
        },
    ),
    VeoModel(
        id="veo3.1-pro-4k",
        lifecycle=_VEO_3_1,
        resolution=_4K,
        modes={"t2v": "", "i2v": "", "i2v_first_last": "", "reference_images": _COMPONENTS},
    ),
    VeoModel(id="veo3", lifecycle=_VEO_3_0, resolution=_HD, modes=_text_only("veo3-frames"), hd_is_wide=True),
    VeoModel(id="veo3-fast", lifecycle=_VEO_3_0, resolution=_HD, modes=_text_only("veo3-fast-frames"), hd_is_wide=True),
    VeoModel(id="veo3-pro", lifecycle=_VEO_3_0, resolution=_HD, modes=_text_only("veo3-pro-frames"), hd_is_wide=True),
    VeoModel(id="veo3-frames", lifecycle=_VEO_3_0, resolution=_HD, modes=_FROM_FRAME, hd_is_wide=True),
    VeoModel(id="veo3-fast-frames", lifecycle=_VEO_3_0, resolution=_HD, modes=_FROM_FRAME, hd_is_wide=True),
    VeoModel(id="veo3-pro-frames", lifecycle=_VEO_3_0, resolution=_HD, modes=_FROM_FRAME, hd_is_wide=True),
)

_MEDIA: Mapping[Mode, Mapping[MediaField, Count]] = MappingProxyType(
    {
        "i2v": {"image": Count(1, 1)},
        "i2v_first_last": {"image": Count(1, 1), "end_image": Count(1, 1)},
        "reference_images": {"reference_images": Count(1, 3)},
        "reference_material": {"reference_images": Count(1, 3)},
    }
)
_NO_MATERIAL = Denial(why="Veo takes no video or audio as reference", source="google_veo")
_NO_EXTENSION = Denial(why="the gateway offers no Veo extension", source="gateway_page")
_NEEDS_REFERENCES = Denial(
    why="it builds the video from 1 to 3 reference images", source="veo_resellers", instead=("veo3.1", "veo3.1-fast")
)
_NOT_BOTH = Denial(why="frames and references exclude one another", source="veo_resellers", instead=("veo3.1",))
_DENIED: Mapping[str, Denial] = MappingProxyType(
    {
        "t2v": _NEEDS_REFERENCES,
        "i2v_first_last": _NOT_BOTH,
        "extend": _NO_EXTENSION,
    }
)
_LONG_ENOUGH = Dependency(
    when="resolution",
    values=("1080p", "4k"),
    then="seconds",
    allowed=(8,),
    severity="warn",
    why="Google renders 1080p and 4k at 8 s only",
    source="google_veo",
)
_WIDE_HD = Dependency(
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


def spec_of(row: VeoModel) -> ModelSpec:
    """Return the facts of one row as a model."""
    denied = {mode: denial for mode, denial in _DENIED.items() if mode not in row.modes}
    media = {"reference_videos": _NO_MATERIAL, "reference_audios": _NO_MATERIAL}
    end_image = {} if "i2v_first_last" in row.modes else {"end_image": _NOT_BOTH}
    return ModelSpec(
        id=row.id,
        family="veo",
        modes={mode: _mode(row, mode, warning) for mode, warning in row.modes.items()},
        lifecycle=row.lifecycle,
        denied={**denied, **media, **end_image},
        dependencies=(_LONG_ENOUGH, _WIDE_HD) if row.hd_is_wide else (_LONG_ENOUGH,),
        media_limits={"image": _IMAGE, "end_image": _IMAGE, "reference_images": _IMAGE},
        prompt_max_chars=_WARN_OVER_CHARS,
        latency_seconds=120,
        notes=("Many channels render 8 s whatever is requested.",),
    )


def _mode(row: VeoModel, mode: Mode, warning: str) -> ModeSpec:
    references = mode in {"reference_images", "reference_material"}
    return ModeSpec(
        media=_MEDIA.get(mode, {}),
        seconds=_EIGHT_SECONDS if references else _SECONDS,
        aspect_ratio=_REFERENCE_RATIO if references else _RATIO,
        resolution=row.resolution,
        warning=warning,
        source="google_veo",
    )


FAMILY = Family(
    name="veo",
    title="Veo",
    called=("veo",),
    makers=("google",),
    params=VeoParams,
    aliases={"personGeneration": "person_generation"},
    models=tuple(spec_of(row) for row in ROWS),
)
