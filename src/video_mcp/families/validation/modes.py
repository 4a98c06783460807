"""Which mode a request means: the one asked for, or the first that fits the media given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from video_mcp.errors import Finding
from video_mcp.families.catalog import Catalog
from video_mcp.families.messages import closest_word, listed, refusal, shown, warning
from video_mcp.families.params import VideoParams
from video_mcp.families.spec import MODES, MediaField, Mode, ModelSpec, ModeSpec

MEDIA_WORDS: Mapping[MediaField, str] = MappingProxyType(
    {
        "image": "a first frame",
        "end_image": "an end frame",
        "reference_images": "reference images",
        "reference_videos": "reference videos",
        "reference_audios": "reference audio",
        "source_video": "a video to edit",
    }
)

_OTHER_NAMES: Mapping[str, Mode] = MappingProxyType(
    {
        "text_to_video": "t2v",
        "text2video": "t2v",
        "image_to_video": "i2v",
        "image2video": "i2v",
        "img2video": "i2v",
        "first_last": "i2v_first_last",
        "first_last_frame": "i2v_first_last",
        "flf2v": "i2v_first_last",
        "reference_to_video": "reference_images",
        "video_edit": "edit",
        "video_extend": "extend",
    }
)

_MOST_SUGGESTED = 4


@dataclass(frozen=True, slots=True)
class ChosenMode:
    """The mode that a request is sent with, the facts it is judged by, and what speaks against it."""

    mode: Mode
    facts: ModeSpec
    findings: tuple[Finding, ...]


def mode_of_word(text: str) -> Mode | None:
    """Return the mode that a word means; `text-to-video` and its like count too."""
    word = text.strip().lower().replace("-", "_").replace(" ", "_")
    for mode in MODES:
        if mode == word:
            return mode
    return _OTHER_NAMES.get(word)


def unknown_mode(spec: ModelSpec, asked: str) -> Finding:
    """Refuse a word that names no mode."""
    modes = tuple(spec.modes)
    close = closest_word(asked, MODES)
    hint = f" Did you mean {close}?" if close else ""
    message = f"{shown(asked)} is no mode.{hint} {spec.id} does {listed(modes, last='and')}."
    return refusal("mode", message, value=asked, allowed=modes, nearest=close)


def choose_mode(catalog: Catalog, spec: ModelSpec, params: VideoParams, asked: Mode | None) -> ChosenMode:
    """Return the mode, and what speaks against it for this model and these media.

    A mode that the model does not do is kept all the same: whoever sends it anyway means it.
    """
    fit = _best_fit(spec, params)
    if asked is not None and asked not in spec.modes:
        return ChosenMode(asked, spec.modes[fit], (_no_such_mode(catalog, spec, asked),))
    mode = asked or fit
    return ChosenMode(mode, spec.modes[mode], tuple(_mismatch(catalog, spec, mode, params)))


def _best_fit(spec: ModelSpec, params: VideoParams) -> Mode:
    given = set(params.media())
    present = {name for name in _deciding_words(spec) if getattr(params, name, None)}

    def misfit(mode: Mode) -> int:
        facts = spec.modes[mode]
        surplus = sum(_strangeness(facts, name) for name in given)
        missing = sum(count.least > 0 and name not in given for name, count in facts.media.items())
        missing += bool(facts.needs_one_of) and given.isdisjoint(facts.needs_one_of)
        return surplus + 2 * missing + 2 * len(set(facts.needs) ^ present)

    return min(spec.modes, key=misfit)


def _strangeness(facts: ModeSpec, name: MediaField) -> int:
    """Return 0 for a medium that belongs to the mode, more for one that is only tolerated or not taken at all."""
    count = facts.media.get(name)
    if count is None or not count.limit:
        return 3
    return 0 if count.most else 1


def _deciding_words(spec: ModelSpec) -> set[str]:
    """Return the fields that decide a mode without being media, such as Kling's `video_id`."""
    return {name for facts in spec.modes.values() for name in facts.needs}


def _no_such_mode(catalog: Catalog, spec: ModelSpec, asked: Mode) -> Finding:
    modes = tuple(spec.modes)
    denial = spec.denied.get(asked)
    others = denial.instead if denial and denial.instead else tuple(catalog.supporting(asked))[:_MOST_SUGGESTED]
    reason = f" ({denial.why})" if denial else ""
    way_out = f" {listed(others)} would do {asked}." if others else ""
    message = f"{spec.id} does not do {asked}{reason}; it does {listed(modes, last='and')}.{way_out}"
    if denial is not None and denial.severity == "warn":
        return warning("mode", f"{message} It is sent all the same.", value=asked)
    return refusal("mode", message, value=asked, allowed=modes, models=others)


def _mismatch(catalog: Catalog, spec: ModelSpec, mode: Mode, params: VideoParams) -> Iterator[Finding]:
    facts = spec.modes[mode]
    given = tuple(params.media())
    for name in given:
        if not facts.takes(name):
            yield _not_taken(catalog, spec, mode, name, given)
    for name, count in facts.media.items():
        if count.least and name not in given:
            yield _missing(spec, mode, name, given)
    if facts.needs_one_of and set(given).isdisjoint(facts.needs_one_of):
        yield _none_of(spec, mode, facts, given)
    if facts.warning:
        yield warning("mode", f"{spec.id}, {mode}: {facts.warning}.")


def _missing(spec: ModelSpec, mode: Mode, name: MediaField, given: tuple[MediaField, ...]) -> Finding:
    if name == "image" and "end_image" in given:
        message = f"{spec.id} takes an end frame only together with a first frame; add image, or drop end_image."
        return refusal("image", message)
    return refusal(name, f"{spec.id} needs {MEDIA_WORDS[name]} in mode {mode}; add {name}.")


def _none_of(spec: ModelSpec, mode: Mode, facts: ModeSpec, given: tuple[MediaField, ...]) -> Finding:
    wanted = listed([MEDIA_WORDS[name] for name in facts.needs_one_of])
    alone = f"{listed([MEDIA_WORDS[name] for name in given], last='and')} alone will not do; " if given else ""
    add = listed(facts.needs_one_of)
    return refusal(facts.needs_one_of[0], f"{spec.id} needs {wanted} in mode {mode}; {alone}add {add}.")


def _not_taken(
    catalog: Catalog, spec: ModelSpec, mode: Mode, name: MediaField, given: tuple[MediaField, ...]
) -> Finding:
    elsewhere = [other for other, facts in spec.modes.items() if facts.takes(name)]
    if not elsewhere:
        return _never_taken(catalog, spec, name, given)
    rest = [MEDIA_WORDS[other] for other in given if other != name and spec.modes[mode].takes(other)]
    beside = f" beside {listed(rest, last='and')}" if rest else ""
    way_out = "leave one of them out" if rest else f"ask for {listed(elsewhere)}, or leave {name} out"
    message = f"{spec.id} does not take {MEDIA_WORDS[name]} in {mode}{beside}; {way_out}."
    return refusal(name, message)


def _never_taken(catalog: Catalog, spec: ModelSpec, name: MediaField, given: tuple[MediaField, ...]) -> Finding:
    denial = spec.denied.get(name)
    others = denial.instead if denial and denial.instead else catalog.taking(given)[:_MOST_SUGGESTED]
    reason = f" ({denial.why})" if denial else ""
    if denial is not None and denial.severity == "warn":
        message = f"{spec.id} does not take {MEDIA_WORDS[name]}{reason}; it is sent all the same and may be ignored."
        return warning(name, message)
    way_out = f" {listed(others)} would." if others else f" Leave {name} out."
    return refusal(name, f"{spec.id} does not take {MEDIA_WORDS[name]}{reason}.{way_out}", models=others)
