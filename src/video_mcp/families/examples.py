"""One model for its readers: a working example for each mode, its limits in words, where its facts come from."""

from __future__ import annotations

from video_mcp.families.further_rules import file_limits_in_words
from video_mcp.families.messages import listed
from video_mcp.families.mode_schemas import LIST_FIELDS
from video_mcp.families.sources import Source
from video_mcp.families.spec import MediaField, Mode, ModelSpec, ModeSpec
from video_mcp.families.validation.dependencies import dependency_in_words
from video_mcp.types import JsonObject

_EXAMPLE_FILES: dict[MediaField, str] = {
    "image": "https://example.com/first.png",
    "end_image": "https://example.com/last.png",
    "reference_images": "https://example.com/reference.png",
    "reference_videos": "https://example.com/reference.mp4",
    "reference_audios": "https://example.com/reference.wav",
    "source_video": "https://example.com/source.mp4",
}
_EXAMPLE_PROMPT = "A red fox crosses a snowy clearing at dawn; slow tracking shot, soft light, quiet wind."
_EXAMPLE_VERSION = "kling-v2-6"


def example(spec: ModelSpec, mode: Mode) -> JsonObject:
    """Return arguments for one mode that are refused nowhere: the fewest that the mode needs."""
    facts = spec.modes[mode]
    arguments: JsonObject = {"model": spec.id, "mode": mode}
    if facts.prompt_required:
        arguments["prompt"] = _EXAMPLE_PROMPT
    for name in _media_of_example(facts):
        file = _EXAMPLE_FILES[name]
        arguments[name] = [file] if name in LIST_FIELDS else file
    for name, choices in facts.choices().items():
        if choices.default is not None:
            arguments[name] = choices.default
    options: JsonObject = dict.fromkeys(facts.needs, "a-clip-id")
    if spec.needs_version:
        options["model_name"] = _EXAMPLE_VERSION
    return {**arguments, "options": options} if options else arguments


def limits_in_words(spec: ModelSpec) -> list[str]:
    """Return the limits of a model as short lines: one for each mode, then dependencies between fields, then notes."""
    lines = [_mode_in_words(mode, facts) for mode, facts in spec.modes.items()]
    lines += [f"{dependency_in_words(dependency)}." for dependency in spec.dependencies]
    lines += [f"No {name}: {denial.why}." for name, denial in spec.denied.items()]
    if spec.lifecycle.state != "current":
        lines.append(f"{spec.lifecycle.state.capitalize()}: {spec.lifecycle.note}.")
    if spec.prompt_max_chars is not None:
        lines.append(f"Prompt up to {spec.prompt_max_chars} characters.")
    return [*lines, *file_limits_in_words(spec), *spec.notes]


def sources_of(spec: ModelSpec) -> list[Source]:
    """Return where the facts about a model come from, each source once."""
    facts = [*spec.modes.values(), *spec.dependencies, *spec.denied.values(), *spec.media_limits.values()]
    choices = [
        *spec.option_choices.values(),
        *(found for one in spec.modes.values() for found in one.choices().values()),
    ]
    known: dict[Source, None] = {}
    for fact in (*facts, *choices, spec.lifecycle):
        known[fact.source] = None
    return list(known)


def _media_of_example(facts: ModeSpec) -> list[MediaField]:
    needed: list[MediaField] = [name for name, count in facts.media.items() if count.least]
    return needed or list(facts.needs_one_of)[-1:]


def _mode_in_words(mode: Mode, facts: ModeSpec) -> str:
    parts = [
        f"{name} {listed(choices.allowed)}" + (f" (default {choices.default})" if choices.default is not None else "")
        for name, choices in facts.choices().items()
    ]
    counts = [_count_in_words(name, count.least, count.most) for name, count in facts.media.items() if count.most]
    warned = f" ({facts.warning})" if facts.warning else ""
    limits = [*counts, *facts.needs, *parts]
    return f"{mode}{warned}: {'; '.join(limits) or 'no limits known'}"


def _count_in_words(name: MediaField, least: int, most: int) -> str:
    if least == most == 1:
        return name if name not in LIST_FIELDS else f"1 of {name}"
    if not least:
        return f"{name} possible" if most == 1 else f"up to {most} {name}"
    return f"{least} to {most} {name}"
