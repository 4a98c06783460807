"""Sora: OpenAI's two models, ended at the vendor, still on the gateway's page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import MappingProxyType
from typing import Annotated

from pydantic import Field, JsonValue

from video_mcp.families.gateway_params import GatewayParams
from video_mcp.families.geometry import parse_size, ratio_of, resolution_of, size_matching
from video_mcp.families.messages import refusal, short_text, warning
from video_mcp.families.params import Family
from video_mcp.families.spec import Choices, Count, Denial, Lifecycle, MediaLimits, Mode, ModelSpec, ModeSpec
from video_mcp.findings import Finding
from video_mcp.types import JsonObject

_SIZES = ("720x1280", "1280x720")
_PRO_SIZES = (*_SIZES, "1024x1792", "1792x1024")
_LATER_SIZES = ("1080x1920", "1920x1080")

_RETIRED = Lifecycle(
    state="retired",
    note="OpenAI ended this model on 2026-09-24 without a successor; the gateway decides whether it still serves it",
    source="openai_docs",
)


class SoraParams(GatewayParams):
    """Text, at most one first frame, a length and a pixel size; sound is always on."""

    size: Annotated[str | None, Field(description="Pixels, for example 1280x720.")] = None

    @classmethod
    def narrowed(cls, spec: ModelSpec, mode: Mode) -> JsonObject:
        """Return the resolutions and ratios that mean one of the sizes."""
        size = spec.modes[mode].size
        pixels = [parse_size(str(value)) for value in (*size.allowed, *size.tolerated)] if size else []
        known = [found for found in pixels if found is not None]
        return {
            "resolution": {"enum": [*dict.fromkeys(resolution_of(*found) for found in known)]},
            "aspect_ratio": {"enum": [*dict.fromkeys(ratio_of(*found) for found in known)]},
        }

    @classmethod
    def excluded(cls, spec: ModelSpec, mode: Mode) -> Iterable[JsonObject]:
        """Return a size beside what it says already."""
        yield from super().excluded(spec, mode)
        yield {"required": ["size", "resolution"]}
        yield {"required": ["size", "aspect_ratio"]}

    @classmethod
    def normalize(cls, values: JsonObject) -> tuple[JsonObject, list[Finding]]:
        """Say ratio and resolution as the pixel size that Sora knows."""
        values, findings = super().normalize(values)
        ratio, resolution = _text(values.pop("aspect_ratio", None)), _text(values.pop("resolution", None))
        pixels = parse_size(str(values.get("size")))
        if pixels is not None:
            values["size"] = f"{pixels[0]}x{pixels[1]}"
            findings += _contradictions(pixels, resolution, ratio)
        elif "size" not in values and (ratio or resolution):
            size = size_matching((*_PRO_SIZES, *_LATER_SIZES), resolution, ratio)
            values["size"] = size or " ".join(word for word in (resolution, ratio) if word)
        return values, findings


def _contradictions(pixels: tuple[int, int], resolution: str | None, ratio: str | None) -> Iterator[Finding]:
    size = f"{pixels[0]}x{pixels[1]}"
    for name, means, said in (
        ("resolution", resolution_of(*pixels), resolution),
        ("aspect_ratio", ratio_of(*pixels), ratio),
    ):
        if said is not None and said.lower() != means:
            yield refusal(
                name, f"size {size} means {name} {means}, but {name} says {short_text(said)}; give one of them."
            )
        elif said is not None:
            yield warning(name, f"size {size} says {name} {short_text(said)} already; one of them is enough.")


def _text(value: JsonValue) -> str | None:
    return value if isinstance(value, str) else None


def _modes(sizes: tuple[str, ...], tolerated: tuple[str, ...]) -> dict[Mode, ModeSpec]:
    seconds = Choices(
        allowed=(4, 8, 12),
        default=4,
        tolerated=(16, 20),
        source="openai_sdk",
        why="16 and 20 came later and not everywhere",
    )
    size = Choices(allowed=sizes, default="720x1280", tolerated=tolerated, source="openai_sdk")
    return {
        "t2v": ModeSpec(seconds=seconds, size=size, source="openai_docs"),
        "i2v": ModeSpec(media={"image": Count(1, 1)}, seconds=seconds, size=size, source="openai_docs"),
        "reference_images": ModeSpec(
            media={"reference_images": Count(1, 1)},
            seconds=seconds,
            size=size,
            warning="Sora takes one image, and as the first frame",
            source="openai_sdk",
        ),
    }


_NO_LAST_FRAME = Denial(why="Sora has no last frame", source="openai_sdk", instead=("veo3.1", "kling-v3"))
_NO_CLIPS = Denial(why="Sora takes one image and nothing else", source="openai_sdk")
_OTHER_ENDPOINT = Denial(why="an endpoint of its own that the gateway does not offer", source="gateway_page")

_DENIED = MappingProxyType(
    {
        "i2v_first_last": _NO_LAST_FRAME,
        "end_image": _NO_LAST_FRAME,
        "reference_videos": _NO_CLIPS,
        "reference_audios": _NO_CLIPS,
        "edit": _OTHER_ENDPOINT,
        "extend": _OTHER_ENDPOINT,
    }
)

_IMAGE = MediaLimits(source="openai_docs", formats=("jpeg", "png", "webp"))


def _model(model: str, sizes: tuple[str, ...], tolerated: tuple[str, ...]) -> ModelSpec:
    return ModelSpec(
        id=model,
        family="sora",
        modes=_modes(sizes, tolerated),
        denied=_DENIED,
        media_limits={"image": _IMAGE, "reference_images": _IMAGE},
        lifecycle=_RETIRED,
        notes=("The first frame has to have exactly the pixel size of the video.",),
    )


FAMILY = Family(
    name="sora",
    title="Sora",
    called=("sora", "openai"),
    makers=("openai",),
    params=SoraParams,
    # The gateway refuses further sizes free of charge (invalid_size), so they only warn.
    models=(_model("sora-2", _SIZES, (*_PRO_SIZES[2:], *_LATER_SIZES)), _model("sora-2-pro", _PRO_SIZES, _LATER_SIZES)),
)
