"""Grok: one xAI name and two that only resellers use; checked leniently."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from video_mcp.families.gateway_params import GatewayParams
from video_mcp.families.messages import warning
from video_mcp.families.params import Family
from video_mcp.families.spec import CURRENT, Choices, Count, Denial, MediaField, MediaLimits, Mode, ModelSpec, ModeSpec
from video_mcp.findings import Finding

_PREVIEW = "grok-imagine-video-1.5-preview"


class GrokParams(GatewayParams):
    """Text, one first frame or some reference images; sound is on unless switched off."""

    audio: Annotated[bool | None, Field(description="Whether the video has sound.")] = None

    def findings(self, spec: ModelSpec, mode: Mode) -> Iterable[Finding]:
        """Say what the gateway may lose on the way to xAI."""
        yield from super().findings(spec, mode)
        if spec.id == _PREVIEW and mode == "t2v":
            yield warning("image", f"Some channels of {spec.id} still ask for an image and refuse text alone.")
        if self.aspect_ratio is not None and mode in {"i2v", "i2v_first_last"}:
            message = f"{spec.id} follows the shape of the image; aspect_ratio {self.aspect_ratio} may stretch it."
            yield warning("aspect_ratio", message, value=self.aspect_ratio)
        if self.audio is False:
            yield warning("audio", f"Whether the gateway passes {spec.id} the audio switch is not known; the video "
                          "may have sound.", value=False)  # fmt: skip


_SAFE = "what every reseller takes"

_PREVIEW_SECONDS = Choices(allowed=tuple(range(1, 16)), default=8, source="xai_docs")
_SITE_SECONDS = Choices(
    allowed=(6, 10), default=6, tolerated=(*range(1, 6), *range(7, 10), *range(11, 31)), source="grok2api", why=_SAFE
)
_RESELLER_SECONDS = Choices(
    allowed=(6, 10), default=6, tolerated=(*range(1, 6), *range(7, 10), *range(11, 16)), source="grok_resellers",
    why=_SAFE,
)  # fmt: skip

_PREVIEW_RATIO = Choices(allowed=("16:9", "9:16", "1:1", "4:3", "3:4", "3:2", "2:3"), default="16:9", source="xai_docs")
_OTHER_RATIO = Choices(
    allowed=("16:9", "9:16", "1:1", "3:2", "2:3"), default="16:9", tolerated=("4:3", "3:4"), source="grok2api"
)
_PREVIEW_RESOLUTION = Choices(allowed=("480p", "720p", "1080p"), default="480p", source="xai_docs")
_REFERENCE_RESOLUTION = Choices(
    allowed=("480p", "720p"), default="480p", tolerated=("1080p",), source="xai_docs", why="with references 720p is all"
)
_SITE_RESOLUTION = Choices(allowed=("480p", "720p"), default="480p", tolerated=("1080p",), source="grok2api")
_RESELLER_RESOLUTION = Choices(allowed=("480p", "720p"), default="720p", tolerated=("1080p",), source="grok_resellers")

_NO_LAST_FRAME = "no last frame is described for this id; end_image may be ignored"
_ONE_KEPT = "some gateways keep only the first reference image"


def _modes(
    seconds: Choices, ratio: Choices, resolution: Choices, references: Count, last_frame: str
) -> dict[Mode, ModeSpec]:
    def mode(media: dict[MediaField, Count], warning: str = "", *, from_image: bool = False) -> ModeSpec:
        free = Choices(allowed=ratio.allowed, tolerated=ratio.tolerated, source=ratio.source)
        return ModeSpec(
            media=media,
            seconds=seconds,
            aspect_ratio=free if from_image else ratio,
            resolution=resolution if "reference_images" not in media else _REFERENCE_RESOLUTION,
            warning=warning,
            source=seconds.source,
        )

    return {
        "t2v": mode({}),
        "i2v": mode({"image": Count(1, 1)}, from_image=True),
        "i2v_first_last": mode({"image": Count(1, 1), "end_image": Count(1, 1)}, last_frame, from_image=True),
        "reference_images": mode({"reference_images": references}, _ONE_KEPT),
    }


_NO_SUCH_MODE = Denial(why="xAI does this on another model, and the gateway names no such mode", source="gateway_page")
_IMAGES_ONLY = Denial(why="Grok takes no video or audio as reference", source="xai_sdk", severity="warn")
_DENIED = {
    "edit": _NO_SUCH_MODE,
    "extend": _NO_SUCH_MODE,
    "reference_videos": _IMAGES_ONLY,
    "reference_audios": _IMAGES_ONLY,
}

_IMAGE = MediaLimits(source="xai_docs")


def _model(model: str, modes: dict[Mode, ModeSpec], *notes: str) -> ModelSpec:
    return ModelSpec(
        id=model,
        family="grok",
        modes=modes,
        lifecycle=CURRENT,
        denied=_DENIED,
        media_limits={"image": _IMAGE, "end_image": _IMAGE, "reference_images": _IMAGE},
        audio="switch",
        latency_seconds=120,
        notes=notes,
    )


_RESELLER_NAME = "A reseller's name, not xAI's: its limits are those that other gateways tell of."

FAMILY = Family(
    name="grok",
    title="Grok video",
    called=("grok", "xai"),
    makers=("xai",),
    params=GrokParams,
    models=(
        _model(
            _PREVIEW,
            _modes(
                _PREVIEW_SECONDS,
                _PREVIEW_RATIO,
                _PREVIEW_RESOLUTION,
                Count(1, 7),
                "how the gateway passes the last frame on is not known; it may be ignored",
            ),
            "Reference images are named in the prompt as <IMAGE_1>, <IMAGE_2>.",
            "xAI charges moderated results too.",
        ),
        _model(
            "grok-imagine-1.0-video",
            _modes(_SITE_SECONDS, _OTHER_RATIO, _SITE_RESOLUTION, Count(1, 7), _NO_LAST_FRAME),
            _RESELLER_NAME,
        ),
        _model(
            "grok-video-3",
            _modes(_RESELLER_SECONDS, _OTHER_RATIO, _RESELLER_RESOLUTION, Count(1, 3, 7), _NO_LAST_FRAME),
            _RESELLER_NAME,
        ),
    ),
)
