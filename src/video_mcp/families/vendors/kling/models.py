"""Kling's versions as model facts: each row of the capability map becomes a `ModelSpec`."""

from __future__ import annotations

from collections.abc import Iterator

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
from video_mcp.families.vendors.kling.versions import VERSIONS, Version

WIRE_MODEL = "kling-video"
_DOCS: Source = "kling_docs"
_RATIO = Choices(allowed=("16:9", "9:16", "1:1"), default="16:9", source=_DOCS)
_IMAGE = MediaLimits(
    source=_DOCS,
    formats=("jpg", "jpeg", "png"),
    max_bytes=10 * 1024 * 1024,
    min_side_px=300,
    min_ratio=0.4,
    max_ratio=2.5,
    forms=("url", "base64"),
)
_LIMITS: dict[MediaField, MediaLimits] = {"image": _IMAGE, "end_image": _IMAGE, "reference_images": _IMAGE}


def version_spec(version: Version) -> ModelSpec:
    """Return the facts of one version as a model of its own."""
    return ModelSpec(
        id=version.id,
        family="kling",
        wire_model=WIRE_MODEL,
        modes=_modes(version),
        lifecycle=version.lifecycle,
        denied=dict(_denials(version)),
        option_choices=_option_choices(version),
        dependencies=(
            *_frame_dependencies(version),
            *_sound_dependencies(version),
            *_brush_dependencies(version),
            *_tiers(version),
        ),
        media_limits=_LIMITS,
        audio="switch" if version.sound else "never",
        prompt_max_chars=2500,
        latency_seconds=180,
    )


def any_version() -> ModelSpec:
    """Return what the versions take together: the gateway's `kling-video`, which needs a `model_name`."""
    return ModelSpec(
        id=WIRE_MODEL,
        family="kling",
        modes=_modes(max(VERSIONS, key=lambda version: len(version.seconds))),
        lifecycle=CURRENT,
        media_limits=_LIMITS,
        audio="switch",
        prompt_max_chars=2500,
        latency_seconds=180,
        versions=tuple(version.id for version in VERSIONS),
        notes=("Needs options.model_name; each version is also a model id of its own.",),
    )


def _modes(version: Version) -> dict[Mode, ModeSpec]:
    seconds = Choices(allowed=version.seconds, default=5, source=_DOCS)
    rendered = tuple(dict.fromkeys([*version.resolutions.values(), version.fixed_resolution]))
    resolution = Choices(allowed=tuple(name for name in rendered if name), source=_DOCS, why="kling_quality decides")
    end_frames = Count(0, 1) if version.end_frame else Count(0, 0)
    text = ModeSpec(seconds=seconds, aspect_ratio=_RATIO, resolution=resolution, source=_DOCS)
    image = ModeSpec(
        media={"image": Count(1, 1), "end_image": end_frames}, seconds=seconds, resolution=resolution, source=_DOCS
    )
    many = ModeSpec(
        media={"reference_images": Count(1, 4)},
        seconds=seconds,
        aspect_ratio=_RATIO,
        resolution=resolution,
        warning="" if version.multi_image else "Kling documents multi_i2v for kling-v1-6 only",
        source=_DOCS,
    )
    longer = ModeSpec(
        needs=("video_id",),
        prompt_required=False,
        warning="" if version.extends else "Kling documents extend for kling-v1, kling-v1-5 and kling-v1-6 only",
        source=_DOCS,
    )
    modes: dict[Mode, ModeSpec] = {"t2v": text, "i2v": image, "multi_i2v": many, "extend": longer}
    return modes if version.text else {mode: facts for mode, facts in modes.items() if mode != "t2v"}


def _denials(version: Version) -> Iterator[tuple[str, Denial]]:
    if not version.resolutions:
        yield "kling_quality", Denial(why="it renders one quality only", source=_DOCS, severity="warn")
    if version.cfg_scale_warns:
        yield "cfg_scale", Denial(why="Kling documents it for 1.x and 3", source="kling_probe", severity="warn")
    for names, column, why in _OPTIONAL:
        if not getattr(version, column):
            denial = Denial(why=why, source=_DOCS, instead=_versions_with(column))
            yield from ((name, denial) for name in names)


_CAMERA_MODES = " and ".join(f"{version.id} in {version.camera_mode}" for version in VERSIONS if version.camera_mode)
_OPTIONAL = (
    (("t2v",), "text", "this version starts from an image"),
    (("end_image",), "end_frame", "this version has no end frame"),
    (("audio",), "sound", "sound starts with kling-v2-6"),
    (("camera_control",), "camera_mode", f"only {_CAMERA_MODES} take it"),
    (("static_mask", "dynamic_masks"), "brush", "this version lacks it"),
    (("voice_list",), "voices", "this version lacks it"),
    (("element_list", "multi_shot", "shot_type", "multi_prompt"), "elements_and_shots", "this version lacks it"),
)
"""What only some versions have, the column of the capability map that says which, and why the others lack it."""


def _versions_with(row: str) -> tuple[str, ...]:
    newest_first = reversed(VERSIONS)
    return tuple(version.id for version in newest_first if getattr(version, row))[:3]


def _option_choices(version: Version) -> dict[str, Choices]:
    if not version.resolutions:
        return {}
    return {"kling_quality": Choices(allowed=tuple(version.resolutions), source=_DOCS)}


def _frame_dependencies(version: Version) -> Iterator[Dependency]:
    if version.end_frame and version.end_frame != tuple(version.resolutions):
        yield Dependency(
            when="end_image",
            then="kling_quality",
            allowed=version.end_frame,
            why="Kling's documentation ties the end frame to it",
            source=_DOCS,
            when_open=None if "std" in version.end_frame else "warn",
        )
    if version.end_frame_seconds:
        why = "with an end frame this version renders 5 s"
        yield Dependency(when="end_image", then="seconds", allowed=version.end_frame_seconds, why=why, source=_DOCS)
    if version.end_frame and version.id == "kling-v2-6":
        why = "the end frame needs sound off"
        yield Dependency(when="audio", values=(True,), then="end_image", why=why, source=_DOCS)
    if version.elements_and_shots:
        why = "several shots have no end frame"
        yield Dependency(when="multi_shot", values=(True,), then="end_image", why=why, source=_DOCS)


def _sound_dependencies(version: Version) -> Iterator[Dependency]:
    if version.sound == ("pro",):
        yield Dependency(
            when="audio",
            values=(True,),
            then="kling_quality",
            allowed=version.sound,
            why="sound comes with pro only",
            source=_DOCS,
            severity="warn",
            when_open="warn",
        )
    if version.voices:
        why = "voices need sound"
        yield Dependency(when="voice_list", then="audio", allowed=(True,), why=why, source=_DOCS, when_open="refuse")
        why = "voices come with pro only"
        yield Dependency(
            when="voice_list", then="kling_quality", allowed=("pro",), why=why, source=_DOCS, when_open="warn"
        )


def _brush_dependencies(version: Version) -> Iterator[Dependency]:
    one_of_three = "an end frame, masks and camera_control exclude one another"
    quality: dict[str, tuple[str, ...]] = {}
    if version.camera_mode:
        quality["camera_control"] = (version.camera_quality,)
        yield Dependency(when="camera_control", then="end_image", why=one_of_three, source=_DOCS)
    for mask in ("static_mask", "dynamic_masks") if version.brush else ():
        quality[mask] = version.brush
        yield Dependency(when=mask, then="end_image", why=one_of_three, source=_DOCS)
        yield Dependency(when=mask, then="camera_control", why=one_of_three, source=_DOCS)
    for field, allowed in quality.items():
        yield Dependency(when=field, then="seconds", allowed=(5,), why="Kling offers it at 5 s", source=_DOCS)
        yield Dependency(
            when=field,
            then="kling_quality",
            allowed=allowed,
            why=f"Kling offers it in {' and '.join(allowed)}",
            source=_DOCS,
            when_open=None if "std" in allowed else "warn",
        )


def _tiers(version: Version) -> Iterator[Dependency]:
    for quality, resolution in version.resolutions.items():
        yield Dependency(
            when="kling_quality",
            values=(quality,),
            then="resolution",
            allowed=(resolution,),
            why="the quality decides the resolution",
            source=_DOCS,
        )
