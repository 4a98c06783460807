"""An input against what a model takes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from video_mcp.families.messages import listed
from video_mcp.families.spec import MediaLimits
from video_mcp.findings import Finding, FindingValue
from video_mcp.media.inputs import AssetInput, DataInput, MediaInput, RemoteInput
from video_mcp.media.measurements import AudioFacts, ImageFacts, VideoFacts
from video_mcp.media.sniff import IMAGE_FORMATS

_MEGABYTE = 1024 * 1024
# Limits are written with fewer digits than divisions have, and sound ends a little after the picture.
_RATIO_SLACK = 0.001
_MEASURE_SLACK = 0.05
_FITS = ' "fit_images": true in options converts it.'


def check_media(
    limits: MediaLimits, media: MediaInput, field: str, *, can_link: bool = False, how_to_link: str = ""
) -> list[Finding]:
    """Return everything that speaks against sending this input in this field; of a web address little is known.

    With `can_link`, a file can be given as a web address too; else `how_to_link` says how it could be.
    """
    match media:
        case RemoteInput():
            return [] if "url" in limits.forms else [_refusal(field, "takes no web addresses; give a path.")]
        case AssetInput():
            return [] if "asset" in limits.forms else [_refusal(field, "takes no asset:// ids; give a path.")]
        case DataInput():
            linked = [] if can_link or not needs_link(limits) else [_needs_address(field, how_to_link)]
            return [*linked, *_data_findings(limits, media, field)]
        case _:
            assert_never(media)


def needs_link(limits: MediaLimits) -> bool:
    """Tell whether the model takes web addresses only."""
    return "data" not in limits.forms and "base64" not in limits.forms


def check_total(limits: MediaLimits, media: Sequence[MediaInput], field: str) -> list[Finding]:
    """Return what speaks against all inputs of a field together."""
    facts = [item.facts for item in media if isinstance(item, DataInput)]
    seconds = sum(item.seconds for item in facts if not isinstance(item, ImageFacts))
    most = limits.max_total_seconds
    if most is None or seconds <= most + _MEASURE_SLACK:
        return []
    message = f"may last {most:g} s together, and these last {seconds:.1f} s."
    return [_refusal(field, message, value=round(seconds, 1), nearest=most)]


def _data_findings(limits: MediaLimits, media: DataInput, field: str) -> Iterator[Finding]:
    most = limits.max_bytes
    if most is not None and media.size_bytes > most:
        found = f"may have {most / _MEGABYTE:.4g} MB, and this has {media.size_bytes / _MEGABYTE:.4g} MB."
        if isinstance(media.facts, ImageFacts):
            found += _FITS
        yield _refusal(field, found, value=media.size_bytes, nearest=most)
    facts = media.facts
    match facts:
        case ImageFacts():
            yield from _format(limits, facts.format, field)
            yield from _shape(limits, facts.width, facts.height, field)
        case VideoFacts():
            yield from _format(limits, facts.container, field)
            yield from _shape(limits, facts.width, facts.height, field)
            yield from _range(field, "last", facts.seconds, limits.min_seconds, limits.max_seconds, "s")
            if facts.fps:
                yield from _range(field, "have", facts.fps, limits.min_fps, limits.max_fps, "frames per second")
        case AudioFacts():
            yield from _format(limits, facts.format, field)
            yield from _range(field, "last", facts.seconds, limits.min_seconds, limits.max_seconds, "s")
        case _:
            assert_never(facts)


def _needs_address(field: str, how_to_link: str) -> Finding:
    what = "takes web addresses only; put the file on the web and give its https: address."
    return _refusal(field, f"{what} {how_to_link}".rstrip())


def _format(limits: MediaLimits, name: str, field: str) -> Iterator[Finding]:
    if limits.formats and name not in limits.formats:
        found = f"takes {listed(limits.formats)}, and this is {name}."
        if name in IMAGE_FORMATS:
            found += _FITS
        yield _refusal(field, found, value=name, allowed=limits.formats)


def _shape(limits: MediaLimits, width: int, height: int, field: str) -> Iterator[Finding]:
    shorter, longer = sorted((width, height))
    size = f"{width}x{height}"
    if limits.min_side_px is not None and shorter < limits.min_side_px:
        found = f"needs at least {limits.min_side_px} px on its shorter side, and this is {size}."
        yield _refusal(field, found, value=shorter, nearest=limits.min_side_px)
    if limits.max_side_px is not None and longer > limits.max_side_px:
        found = f"may have {limits.max_side_px} px on its longer side, and this is {size}; scale it down."
        yield _refusal(field, found, value=longer, nearest=limits.max_side_px)
    ratio = width / height
    least, most = limits.min_ratio, limits.max_ratio
    if least is not None and ratio < least * (1 - _RATIO_SLACK):
        yield _refusal(field, f"may not be narrower than {least:.4g}:1, and this is {size}; crop it.", value=size)
    if most is not None and ratio > most * (1 + _RATIO_SLACK):
        yield _refusal(field, f"may not be wider than {most:.4g}:1, and this is {size}; crop it.", value=size)


def _range(
    field: str, verb: str, value: float, least: float | None, most: float | None, unit: str
) -> Iterator[Finding]:
    if least is not None and value < least - _MEASURE_SLACK:
        found = f"must {verb} at least {least:g} {unit}, and this has {value:.4g}."
        yield _refusal(field, found, value=value, nearest=least)
    if most is not None and value > most + _MEASURE_SLACK:
        found = f"may {verb} at most {most:g} {unit}, and this has {value:.4g}."
        yield _refusal(field, found, value=value, nearest=most)


def _refusal(
    field: str,
    what: str,
    *,
    value: FindingValue | None = None,
    nearest: FindingValue | None = None,
    allowed: tuple[str, ...] = (),
) -> Finding:
    return Finding(
        severity="refuse", field=field, message=f"{field} {what}", value=value, nearest=nearest, allowed=allowed
    )
