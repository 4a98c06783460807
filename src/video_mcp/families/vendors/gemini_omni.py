"""Gemini Omni: one model with three modes of the gateway's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Annotated, ClassVar

from pydantic import Field

from video_mcp.families.content import EXAMPLE, MIXED_CONTENT, ContentItem, content_forms, unfold_content
from video_mcp.families.gateway_params import GatewayParams
from video_mcp.families.messages import refusal, warning
from video_mcp.families.params import Family
from video_mcp.families.spec import CURRENT, Choices, Count, Denial, MediaField, MediaLimits, Mode, ModelSpec, ModeSpec
from video_mcp.findings import Finding
from video_mcp.types import JsonObject

_MOST_IMAGES = 10


class OmniParams(GatewayParams):
    """Text, reference images or a video to edit; sound is always on."""

    further_rules: ClassVar[Mapping[str, str]] = MappingProxyType({"content": MIXED_CONTENT})

    content: Annotated[
        tuple[ContentItem, ...], Field(examples=[EXAMPLE], description="Typed items, instead of prompt and media.")
    ] = ()

    @classmethod
    def normalize(cls, values: JsonObject) -> tuple[JsonObject, list[Finding]]:
        """Read `content`: images are references, a video is the one to edit."""
        values, findings = super().normalize(values)
        findings += unfold_content(values, image_role="reference_images", video_field="source_video")
        return values, findings

    @classmethod
    def content_forms(cls, spec: ModelSpec, mode: Mode) -> Iterable[tuple[bool, JsonObject]]:
        """Return the forms of `content`."""
        return content_forms(spec, mode)

    @classmethod
    def excluded(cls, spec: ModelSpec, mode: Mode) -> Iterable[JsonObject]:
        """Return more images than are taken together."""
        yield from super().excluded(spec, mode)
        if mode == "r2v":
            images: JsonObject = {"reference_images": {"minItems": _MOST_IMAGES}}
            yield {"properties": images, "required": ["image", "reference_images"]}

    def findings(self, spec: ModelSpec, mode: Mode) -> Iterable[Finding]:
        """Say what the gateway makes of frames and of an edit's length."""
        yield from super().findings(spec, mode)
        if mode == "r2v" and self.image is not None:
            message = f"{spec.id} takes the image as a reference: the video need not start with it."
            yield warning("image", message)
            if len(self.reference_images) >= _MOST_IMAGES:
                message = f"{spec.id} takes at most {_MOST_IMAGES} images together; image is one of them."
                yield refusal("reference_images", message, nearest=_MOST_IMAGES - 1)
        if mode == "edit" and self.seconds in _SHORT_EDITS:
            message = "Some gateways render and bill every edit as 10 s; "
            yield warning("seconds", f"{message}{self.seconds} s may come as 10.", value=self.seconds)


_SHORT_EDITS = (4, 6, 8)


def _seconds(default: int | None) -> Choices:
    return Choices(
        allowed=(4, 6, 8, 10),
        default=default,
        tolerated=(3, 5, 7, 9),
        source="gateway_page",
        rounds_up=True,
        why="the gateway maps other lengths to one of these",
    )


_RATIO = Choices(allowed=("16:9", "9:16"), default="16:9", source="google_omni")
_RESOLUTION = Choices(
    allowed=("720p",), default="720p", tolerated=("360p", "1080p", "4k"), source="google_omni",
    why="others depend on the version behind the gateway",
)  # fmt: skip


def _mode(media: dict[MediaField, Count], *one_of: MediaField, warning: str = "", default: int | None = 8) -> ModeSpec:
    return ModeSpec(
        media=media,
        needs_one_of=one_of,
        seconds=_seconds(default),
        aspect_ratio=_RATIO,
        resolution=_RESOLUTION,
        warning=warning,
    )


_NO_FRAMES = "the gateway's modes for gemini-omni are t2v, r2v and edit, and this one may be refused; "
_MODES: dict[Mode, ModeSpec] = {
    "t2v": _mode({"image": Count(0, 0, 1), "reference_images": Count(0, 0, _MOST_IMAGES)}),
    "r2v": _mode({"image": Count(0, 1), "reference_images": Count(0, 3, _MOST_IMAGES)}, "image", "reference_images"),
    "edit": _mode({"source_video": Count(1, 1), "reference_images": Count(0, 3)}, default=None),
    "i2v": _mode({"image": Count(1, 1)}, warning=_NO_FRAMES + "r2v takes the image as a reference"),
    "i2v_first_last": _mode(
        {"image": Count(1, 1), "end_image": Count(1, 1)}, warning=_NO_FRAMES + "veo3.1 takes both frames"
    ),
}

_NO_CLIPS = Denial(why="it takes images as references, and one video to edit", source="google_omni")
_IMAGE = MediaLimits(source="google_omni", formats=("png", "jpeg", "webp", "heic", "heif"))
_VIDEO = MediaLimits(source="sister_gateway", max_seconds=10)

FAMILY = Family(
    name="gemini-omni",
    title="Gemini Omni",
    called=("gemini", "omni"),
    makers=("google",),
    params=OmniParams,
    models=(
        ModelSpec(
            id="gemini-omni",
            family="gemini-omni",
            modes=_MODES,
            lifecycle=CURRENT,
            denied={
                "extend": Denial(why="the gateway names no such mode", source="gateway_page"),
                "reference_videos": _NO_CLIPS,
                "reference_audios": _NO_CLIPS,
            },
            media_limits={"image": _IMAGE, "end_image": _IMAGE, "reference_images": _IMAGE, "source_video": _VIDEO},
            notes=(
                "Editing uploads of people is barred in the EEA, Switzerland, the UK and some US states.",
                "Which version of Gemini Omni stands behind the name is not known.",
            ),
        ),
    ),
)
