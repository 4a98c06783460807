"""The rules of a model that no JSON Schema can state, one sentence each."""

from __future__ import annotations

from collections.abc import Iterator

from video_mcp.families.messages import listed
from video_mcp.families.params import Family
from video_mcp.families.spec import MEDIA_FIELDS, MediaField, MediaLimits, ModelSpec

_MEGABYTE = 1024 * 1024
_REFERENCES = "A path lies in a folder that the server may read, and a video:// id is a finished video known here."
_SERVER = "What the kind of gateway in use cannot take is refused too; video-mcp doctor says which kind that is."


def further_rules(spec: ModelSpec, family: Family) -> list[str]:
    """Return what a request of this model is held to besides its JSON Schema."""
    files = file_limits_in_words(spec)
    references = [_REFERENCES] if any(facts.media for facts in spec.modes.values()) else []
    own = [rule for name, rule in family.params.further_rules.items() if name not in spec.denied]
    return [*files, *references, *own, _SERVER]


def file_limits_in_words(spec: ModelSpec) -> list[str]:
    """Return what the files of each media field have to be; fields with the same limits share a line."""
    taken: list[MediaField] = [name for name in MEDIA_FIELDS if any(facts.takes(name) for facts in spec.modes.values())]
    alike: dict[str, list[MediaField]] = {}
    for name in taken:
        limits = spec.media_limits.get(name)
        words = "; ".join(_limits(limits)) if limits is not None else ""
        if words:
            alike.setdefault(words, []).append(name)
    return [f"A file in {listed(names)} is {words}." for words, names in alike.items()]


def _limits(limits: MediaLimits) -> Iterator[str]:
    if limits.formats:
        yield listed(limits.formats)
    for words, value in (
        ("up to {:.4g} MB", limits.max_bytes / _MEGABYTE if limits.max_bytes is not None else None),
        ("at least {:g} px on its shorter side", limits.min_side_px),
        ("at most {:g} px on its longer side", limits.max_side_px),
        ("not narrower than {:.4g}:1", limits.min_ratio),
        ("not wider than {:.4g}:1", limits.max_ratio),
        ("at least {:g} s long", limits.min_seconds),
        ("at most {:g} s long", limits.max_seconds),
        ("at most {:g} s together with the others", limits.max_total_seconds),
        ("at least {:g} frames a second", limits.min_fps),
        ("at most {:g} frames a second", limits.max_fps),
    ):
        if value is not None:
            yield words.format(value)
    if not {"data", "base64"} & set(limits.forms):
        yield "given as a web address" + (" or an asset:// id" if "asset" in limits.forms else "")
