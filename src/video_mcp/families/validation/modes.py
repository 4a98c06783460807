"""Which mode a request means: the one requested, one that means the same, or the first that fits the media given."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from video_mcp.families.catalog import Catalog
from video_mcp.families.messages import closest_word, listed, refusal, shown, warning
from video_mcp.families.params import VideoParams
from video_mcp.families.spec import MODES, MediaField, Mode, ModelSpec, ModeSpec
from video_mcp.families.spelling import same_name
from video_mcp.findings import Finding

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
        "references": "reference_images",
        "video_edit": "edit",
        "video_extend": "extend",
    }
)
_REFERENCE_MODES: tuple[Mode, ...] = ("reference_images", "reference_material", "r2v", "multi_i2v")
"""The gateway's words for one task, of which each family uses one or two."""

_MOST_SUGGESTED = 4


@dataclass(frozen=True, slots=True)
class ChosenMode:
    """The mode that a request is sent with, the facts it is checked by, and what speaks against it."""

    mode: Mode
    facts: ModeSpec
    findings: tuple[Finding, ...]


def mode_of_word(text: str) -> Mode | None:
    """Return the mode that a word means; `text-to-video` and its like count too."""
    mode = same_name(text, MODES)
    if mode is not None:
        return mode
    name = same_name(text, _OTHER_NAMES)
    return _OTHER_NAMES[name] if name is not None else None


def unknown_mode(spec: ModelSpec, word: str) -> Finding:
    """Refuse a word that names no mode."""
    modes = tuple(spec.modes)
    close = closest_word(word, modes) or closest_word(word, MODES)
    hint = f" Did you mean {close}?" if close else ""
    message = f"{shown(word)} is not a mode.{hint} {spec.id} does {listed(modes, last='and')}."
    return refusal("mode", message, value=shown(word), allowed=modes, nearest=close)


def choose_mode(catalog: Catalog, spec: ModelSpec, params: VideoParams, requested: Mode | None) -> ChosenMode:
    """Return the mode, and what speaks against it for this model and these media.

    A mode that the model does not do is kept all the same: who sends it anyway means it.
    """
    given = frozenset(params.media())
    present = frozenset(name for name in deciding_fields(spec) if getattr(params, name, None))
    if requested is None:
        mode = best_fit(spec, given, present)
        return ChosenMode(mode, spec.modes[mode], tuple(_mismatch(catalog, spec, mode, params)))
    candidates = _candidates(spec, requested)
    if not candidates:
        facts = spec.modes[best_fit(spec, given, present)]
        return ChosenMode(requested, facts, (_no_such_mode(catalog, spec, requested),))
    mode = best_fit(spec, given, present, candidates)
    findings = tuple(_mismatch(catalog, spec, mode, params))
    if mode != requested:
        findings = (_another_word(spec, requested, mode), *findings)
    if requested == "i2v_first_last" and mode == "i2v" and "end_image" not in given:
        message = f"{requested} needs an end frame; add end_image, or use i2v."
        findings = (*findings, refusal("end_image", message))
    return ChosenMode(mode, spec.modes[mode], findings)


def best_fit(
    spec: ModelSpec, given: Collection[str], present: Collection[str], among: Sequence[Mode] | None = None
) -> Mode:
    """Return the mode that fits these media and deciding fields best, the first of several."""

    def misfit(mode: Mode) -> int:
        facts = spec.modes[mode]
        surplus = sum(_surplus(facts, name) for name in MEDIA_WORDS if name in given)
        missing = sum(count.least > 0 and name not in given for name, count in facts.media.items())
        missing += bool(facts.needs_one_of) and set(given).isdisjoint(facts.needs_one_of)
        return surplus + 2 * missing + 2 * len(set(facts.needs) ^ set(present))

    return min(among or spec.modes, key=misfit)


def deciding_fields(spec: ModelSpec) -> set[str]:
    """Return the fields that decide a mode without being media, such as Kling's `video_id`."""
    return {name for facts in spec.modes.values() for name in facts.needs}


def _candidates(spec: ModelSpec, requested: Mode) -> list[Mode]:
    """Return the modes of this model that the word can mean, the word itself first."""
    same: tuple[Mode, ...] = _REFERENCE_MODES if requested in _REFERENCE_MODES else ()
    if requested == "i2v_first_last" and "i2v" in spec.modes and spec.modes["i2v"].takes("end_image"):
        same = ("i2v",)
    return [mode for mode in dict.fromkeys((requested, *same)) if mode in spec.modes]


def _another_word(spec: ModelSpec, requested: Mode, used: Mode) -> Finding:
    reason = f"{spec.id} takes these media as" if requested in spec.modes else f"{spec.id} calls {requested}"
    return warning("mode", f"{reason} {used}; {used} is used.", value=requested)


def _surplus(facts: ModeSpec, name: MediaField) -> int:
    """Return 0 for a medium that belongs to the mode, more for one that is only tolerated or not taken at all."""
    count = facts.media.get(name)
    if count is None or not count.limit:
        return 3
    return 0 if count.most else 1


def _no_such_mode(catalog: Catalog, spec: ModelSpec, requested: Mode) -> Finding:
    modes = tuple(spec.modes)
    denial = spec.denied.get(requested)
    others = denial.instead if denial and denial.instead else tuple(catalog.supporting(requested))[:_MOST_SUGGESTED]
    reason = f" ({denial.why})" if denial else ""
    way_out = f" {listed(others)} would do {requested}." if others else ""
    message = f"{spec.id} does not do {requested}{reason}; it does {listed(modes, last='and')}.{way_out}"
    if denial is not None and denial.severity == "warn":
        return warning("mode", f"{message} It is sent anyway.", value=requested)
    return refusal("mode", message, value=requested, allowed=modes, models=others)


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
    alone = f"{listed([MEDIA_WORDS[name] for name in given], last='and')} alone is not enough; " if given else ""
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
    way_out = "leave one of them out" if rest else f"use {listed(elsewhere)}, or leave {name} out"
    message = f"{spec.id} does not take {MEDIA_WORDS[name]} in {mode}{beside}; {way_out}."
    return refusal(name, message)


def _never_taken(catalog: Catalog, spec: ModelSpec, name: MediaField, given: tuple[MediaField, ...]) -> Finding:
    denial = spec.denied.get(name)
    reason = f" ({denial.why})" if denial else ""
    if denial is not None and denial.severity == "warn":
        message = f"{spec.id} does not take {MEDIA_WORDS[name]}{reason}; it is sent anyway and may be ignored."
        return warning(name, message)
    own = [MEDIA_WORDS[other] for other in MEDIA_WORDS if any(facts.takes(other) for facts in spec.modes.values())]
    takes = f" It takes {listed(own, last='and')}." if own else ""
    others = _models_for(catalog, given, denial.instead if denial else ())
    way_out = f" {listed(others)} would." if others else f" Leave {name} out."
    return refusal(name, f"{spec.id} does not take {MEDIA_WORDS[name]}{reason}.{takes}{way_out}", models=others)


def _models_for(catalog: Catalog, given: tuple[MediaField, ...], preferred: tuple[str, ...]) -> tuple[str, ...]:
    """Return models that take all of these media in one request, the preferred ones if they do."""
    fitting = [model for model in preferred if catalog.takes_together(model, given)]
    return tuple(fitting) or catalog.taking(given)[:_MOST_SUGGESTED]
