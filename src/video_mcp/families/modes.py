"""Which mode a request means: the one asked for, or the first that fits the media given."""

from __future__ import annotations

from collections.abc import Iterator

from video_mcp.errors import Finding
from video_mcp.families.base import MODES, MediaField, Mode, ModelSpec, ModeSpec, VideoParams
from video_mcp.families.catalog import Catalog
from video_mcp.families.findings import closest_word, listed, refusal, warning

_WORDS: dict[MediaField, str] = {
    "image": "a first frame (image)",
    "end_image": "an end frame (end_image)",
    "reference_images": "reference images",
    "reference_videos": "reference videos",
    "reference_audios": "reference audio",
    "source_video": "a video to edit (source_video)",
}


def choose_mode(
    catalog: Catalog, spec: ModelSpec, params: VideoParams, asked: str | None
) -> tuple[Mode, list[Finding]]:
    """Return the mode, and what speaks against it for this model and these media."""
    given = tuple(params.media())
    if asked is None:
        mode = _best_fit(spec, params)
        return mode, list(_mismatch(catalog, spec, mode, given))
    known = next((mode for mode in MODES if mode == asked.strip().lower()), None)
    if known is not None and known in spec.modes:
        return known, list(_mismatch(catalog, spec, known, given))
    fallback = _best_fit(spec, params)
    return fallback, [_no_such_mode(catalog, spec, asked, known)]


def _best_fit(spec: ModelSpec, params: VideoParams) -> Mode:
    given = set(params.media())
    present = {name for name in spec_needs(spec) if getattr(params, name, None)}

    def misfit(mode: Mode) -> int:
        facts = spec.modes[mode]
        takes = {name for name, count in facts.media.items() if count.most or count.tolerated}
        must = {name for name, count in facts.media.items() if count.least}
        missing_words = set(facts.needs) - present
        unused_words = present - set(facts.needs)
        return 3 * len(given - takes) + 2 * len(must - given) + 2 * len(missing_words) + 2 * len(unused_words)

    return min(spec.modes, key=misfit)


def spec_needs(spec: ModelSpec) -> set[str]:
    """Return the fields that decide a mode without being media, such as Kling's `video_id`."""
    return {name for facts in spec.modes.values() for name in facts.needs}


def _no_such_mode(catalog: Catalog, spec: ModelSpec, asked: str, known: Mode | None) -> Finding:
    modes = tuple(spec.modes)
    if known is None:
        close = closest_word(asked, MODES)
        hint = f" Did you mean {close}?" if close else ""
        return refusal("mode", f"{asked} is no mode.{hint} {spec.id} takes {listed(modes)}.", value=asked, allowed=modes)
    denial = spec.denied.get(known)
    others = denial.instead if denial and denial.instead else tuple(catalog.supporting(known))[:4]
    reason = f" ({denial.why})" if denial else ""
    way_out = f" {listed(others)} would." if others else ""
    message = f"{spec.id} does not do {known}{reason}; it does {listed(modes)}.{way_out}"
    return refusal("mode", message, value=asked, allowed=modes, models=others)


def _mismatch(catalog: Catalog, spec: ModelSpec, mode: Mode, given: tuple[MediaField, ...]) -> Iterator[Finding]:
    facts = spec.modes[mode]
    for name in given:
        count = facts.media.get(name)
        if count is None or not (count.most or count.tolerated):
            yield _not_taken(catalog, spec, mode, name, given)
    for name, count in facts.media.items():
        if count.least and name not in given:
            yield refusal(name, f"{spec.id} needs {_WORDS[name]} for {mode}; add {name}.")
    if facts.warning:
        yield warning("mode", f"{spec.id}, {mode}: {facts.warning}")


def _not_taken(
    catalog: Catalog, spec: ModelSpec, mode: Mode, name: MediaField, given: tuple[MediaField, ...]
) -> Finding:
    elsewhere = [other for other, facts in spec.modes.items() if _takes(facts, name)]
    others = tuple(s.id for s in catalog.models() if any(_takes_all(facts, given) for facts in s.modes.values()))[:4]
    if not elsewhere:
        denial = spec.denied.get(name)
        reason = f" ({denial.why})" if denial else ""
        way_out = f" {listed(others)} would." if others else ""
        message = f"{spec.id} takes no {_plain(name)}{reason}.{way_out}"
    else:
        rest = [other for other in given if other != name]
        with_what = f" together with {listed([_plain(other) for other in rest])}" if rest else ""
        message = f"{spec.id} does not take {_plain(name)} in {mode}{with_what}; it does in {listed(elsewhere)}. Leave one out."
    return refusal(name, message, models=others)


def _takes(facts: ModeSpec, name: MediaField) -> bool:
    count = facts.media.get(name)
    return count is not None and bool(count.most or count.tolerated)


def _takes_all(facts: ModeSpec, given: tuple[MediaField, ...]) -> bool:
    return bool(given) and all(_takes(facts, name) for name in given)


def _plain(name: MediaField) -> str:
    return name.replace("_", " ") if name != "image" else "first frame"
