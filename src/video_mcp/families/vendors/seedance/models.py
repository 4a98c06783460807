"""What each of Seedance's models takes: modes, limits, denials and dependencies, from its row of the table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from video_mcp.families.sources import Source
from video_mcp.families.spec import (
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
from video_mcp.families.vendors.seedance.rows import ROWS, Capabilities

_DOCS: Source = "ark_docs"
_MEGABYTE = 1024 * 1024

_RATIOS = ("16:9", "4:3", "1:1", "3:4", "9:16", "21:9")

_IMAGE = MediaLimits(
    source=_DOCS,
    formats=("jpeg", "png", "webp", "bmp", "tiff", "gif"),
    max_bytes=30 * _MEGABYTE,
    min_side_px=300,
    max_side_px=6000,
    min_ratio=0.4,
    max_ratio=2.5,
    forms=("url", "data"),
)
_VIDEO = MediaLimits(
    source=_DOCS,
    formats=("mp4", "mov"),
    max_bytes=50 * _MEGABYTE,
    min_seconds=2,
    max_seconds=15,
    max_total_seconds=15,
    min_fps=24,
    max_fps=60,
    forms=("url",),
)
_AUDIO = MediaLimits(
    source=_DOCS,
    formats=("wav", "mp3"),
    max_bytes=15 * _MEGABYTE,
    min_seconds=2,
    max_seconds=15,
    max_total_seconds=15,
    forms=("url", "data"),
)
_LIMITS: dict[MediaField, MediaLimits] = {
    "image": _IMAGE,
    "end_image": _IMAGE,
    "reference_images": _IMAGE,
    "reference_videos": _VIDEO,
    "reference_audios": _AUDIO,
}


def spec_of(row: Capabilities) -> ModelSpec:
    """Return the facts of one row as a model."""
    return ModelSpec(
        id=row.id,
        family="seedance",
        modes=dict(_modes(row)),
        lifecycle=row.lifecycle,
        denied=dict(_denials(row)),
        option_choices={"service_tier": _tiers(row)},
        dependencies=tuple(_dependencies(row)),
        media_limits=_limits(row),
        audio="switch" if row.audio else "never",
        latency_seconds=210,
        notes=("Photos of real people are blocked as references.",) if row.reference_clips else (),
    )


def _limits(row: Capabilities) -> dict[MediaField, MediaLimits]:
    """Return the limits of files; where references to clips are taken, ids of the account's library are too."""
    if not row.reference_clips:
        return _LIMITS
    return {name: replace(limits, forms=(*limits.forms, "asset")) for name, limits in _LIMITS.items()}


def _modes(row: Capabilities) -> Iterator[tuple[Mode, ModeSpec]]:
    images, clips = row.reference_images, row.reference_clips
    if row.text:
        yield "t2v", _mode(row, {}, text_only=True)
    if row.first_frame:
        yield "i2v", _mode(row, {"image": Count(1, 1)})
    if row.last_frame:
        yield "i2v_first_last", _mode(row, {"image": Count(1, 1), "end_image": Count(1, 1)})
    if images:
        yield "reference_images", _mode(row, {"reference_images": Count(1, images)})
    if images:
        material: dict[MediaField, Count] = {
            "reference_images": Count(0, images),
            "reference_videos": Count(0, clips),
            "reference_audios": Count(0, clips),
        }
        taken: dict[MediaField, Count] = {name: count for name, count in material.items() if count.most}
        one_of: tuple[MediaField, ...] = ("reference_images", "reference_videos") if clips else ("reference_images",)
        yield "reference_material", _mode(row, taken, one_of)


def _mode(
    row: Capabilities, media: dict[MediaField, Count], one_of: tuple[MediaField, ...] = (), *, text_only: bool = False
) -> ModeSpec:
    return ModeSpec(
        media=media,
        needs_one_of=one_of,
        seconds=Choices(
            allowed=row.seconds, default=5, source=_DOCS, why="-1 lets it choose" if -1 in row.seconds else ""
        ),
        resolution=_resolution(row, references="reference_images" in media),
        aspect_ratio=_ratio(row, text_only=text_only),
        source=_DOCS,
    )


def _resolution(row: Capabilities, *, references: bool) -> Choices:
    only_images = references and not row.reference_clips
    return Choices(
        allowed=row.resolutions,
        default=row.default_resolution,
        tolerated=() if only_images else row.tolerated_resolutions,
        source=_DOCS,
        why="" if only_images else row.resolution_note,
    )


def _ratio(row: Capabilities, *, text_only: bool) -> Choices:
    if text_only and not row.always_adaptive:
        why = "adaptive follows an image, and there is none"
        return Choices(allowed=_RATIOS, default="16:9", tolerated=("adaptive", "9:21"), source=_DOCS, why=why)
    return Choices(allowed=(*_RATIOS, "adaptive"), default="adaptive", tolerated=("9:21",), source=_DOCS)


def _denials(row: Capabilities) -> Iterator[tuple[str, Denial]]:
    references = Denial(why="this model takes no references", source=_DOCS, instead=_ids("reference_clips") or ())
    if not row.text:
        yield "t2v", Denial(why="it starts from an image", source=_DOCS, instead=_ids("text"))
    if not row.first_frame:
        first = Denial(why="a text-only model", source=_DOCS, instead=_ids("first_frame"))
        yield "i2v", first
        yield "image", first
    if not row.last_frame:
        last = Denial(why="this model has no last frame", source=_DOCS, instead=_ids("last_frame"))
        yield "i2v_first_last", last
        yield "end_image", last
    for name in ("edit", "extend"):
        yield name, Denial(why="Seedance 2.0 does it with reference videos", source=_DOCS, instead=_ids("web_search"))
    for name in ("reference_material", "reference_images") if not row.reference_images else ():
        yield name, references
    for name in ("reference_videos", "reference_audios") if not row.reference_clips else ():
        yield name, references
    yield from _denied_options(row)


def _denied_options(row: Capabilities) -> Iterator[tuple[str, Denial]]:
    if not row.audio:
        yield "audio", Denial(why="its videos are silent", source=_DOCS, severity="warn")
    if not row.camera_fixed:
        yield "camera_fixed", Denial(why="Seedance 2.0 ignores it", source=_DOCS, severity="warn")
    for name, column in (("draft", "draft"), ("draft_task_id", "draft"), ("frames", "frames"), ("tools", "web_search")):
        if not getattr(row, column):
            yield name, Denial(why="this model lacks it", source=_DOCS, instead=_ids(column))


def _ids(column: str) -> tuple[str, ...]:
    return tuple(row.id for row in ROWS if getattr(row, column))[:2]


def _tiers(row: Capabilities) -> Choices:
    return Choices(allowed=("default", "flex") if row.flex else ("default",), source=_DOCS)


def _dependencies(row: Capabilities) -> Iterator[Dependency]:
    if row.draft:
        why = "a draft is 480p"
        yield Dependency(when="draft", values=(True,), then="resolution", allowed=("480p",), why=why, source=_DOCS)
        why = "a draft has no last frame to return"
        yield Dependency(when="draft", values=(True,), then="return_last_frame", why=why, source=_DOCS)
        why = "a draft has no cheaper tier"
        yield Dependency(when="draft", values=(True,), then="service_tier", allowed=("default",), why=why, source=_DOCS)
    if row.camera_fixed and row.reference_images:
        why = "the camera cannot be fixed with references"
        yield Dependency(when="camera_fixed", values=(True,), then="reference_images", why=why, source=_DOCS)
