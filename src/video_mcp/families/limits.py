"""A request against the limits of its model and mode, and the defaults that are always said aloud."""

from __future__ import annotations

from collections.abc import Iterator

from video_mcp.errors import Finding
from video_mcp.families.base import Choice, Choices, Mode, ModelSpec, ModeSpec, VideoParams
from video_mcp.families.catalog import Catalog
from video_mcp.families.findings import outside_choices, refusal, warning

_CHOSEN = ("seconds", "resolution", "aspect_ratio", "size")


def check_limits(catalog: Catalog, spec: ModelSpec, mode: Mode, params: VideoParams) -> Iterator[Finding]:
    """Yield what is outside the facts of this model and mode."""
    facts = spec.modes[mode]
    yield from _prompt(spec, mode, facts, params)
    yield from _counts(spec, mode, facts, params)
    yield from _needs(spec, mode, facts, params)
    for name in _CHOSEN:
        value = getattr(params, name, None)
        if value is not None:
            yield from _choice(catalog, spec, mode, name, value)
    yield from _denied(spec, params)


def complete(spec: ModelSpec, mode: Mode, params: VideoParams) -> VideoParams:
    """Return the parameters with the model's defaults said aloud: gateways' own defaults surprise."""
    explicit: dict[str, Choice | None] = {}
    for name in _CHOSEN:
        if name not in type(params).model_fields:
            continue
        choices = choices_of(spec.modes[mode], name)
        if choices is None:
            explicit[name] = None
        elif getattr(params, name) is None:
            explicit[name] = choices.default
    return params.model_copy(update=explicit)


def choices_of(facts: ModeSpec, name: str) -> Choices | None:
    """Return the choices that a mode has for one of the four chosen fields."""
    by_name: dict[str, Choices | None] = {
        "seconds": facts.seconds,
        "resolution": facts.resolution,
        "aspect_ratio": facts.aspect_ratio,
        "size": facts.size,
    }
    return by_name[name]


def _prompt(spec: ModelSpec, mode: Mode, facts: ModeSpec, params: VideoParams) -> Iterator[Finding]:
    if facts.prompt_required and not params.prompt.strip():
        yield refusal("prompt", f"{spec.id} needs a prompt for {mode}; say what the video shows.")
    limit = spec.prompt_max_chars
    if limit is not None and len(params.prompt) > limit:
        yield warning(
            "prompt",
            f"The prompt has {len(params.prompt)} characters; {spec.id} reads {limit} and may cut or refuse the rest.",
            value=len(params.prompt),
        )


def _counts(spec: ModelSpec, mode: Mode, facts: ModeSpec, params: VideoParams) -> Iterator[Finding]:
    for name, refs in params.media().items():
        count = facts.media.get(name)
        if count is None or not (count.most or count.tolerated):
            continue  # the choice of the mode has said so
        if len(refs) > max(count.most, count.tolerated):
            most = max(count.most, count.tolerated)
            yield refusal(name, f"{spec.id} takes at most {most} {name} in {mode}, not {len(refs)}.", value=len(refs))
        elif len(refs) > count.most:
            yield warning(name, f"{spec.id} surely takes {count.most} {name}; {len(refs)} are sent all the same.")
        elif len(refs) < count.least:
            yield refusal(name, f"{spec.id} needs at least {count.least} {name} for {mode}, not {len(refs)}.")


def _needs(spec: ModelSpec, mode: Mode, facts: ModeSpec, params: VideoParams) -> Iterator[Finding]:
    for name in facts.needs:
        if not getattr(params, name, None):
            yield refusal(name, f"{spec.id} needs options.{name} for {mode}.")


def _choice(catalog: Catalog, spec: ModelSpec, mode: Mode, name: str, value: int | str) -> Iterator[Finding]:
    choices = choices_of(spec.modes[mode], name)
    if choices is None:
        yield warning(name, f"{spec.id} has no {name} in {mode}: it follows the input, and {value} is left out.")
        return
    severity = choices.judge(value)
    if severity is None:
        return
    models = tuple(_models_taking(catalog, mode, name, value))[:4] if severity == "refuse" else ()
    yield outside_choices(
        severity=severity, field=name, value=value, choices=choices, where=f"{spec.id} ({mode})", models=models
    )


def _models_taking(catalog: Catalog, mode: Mode, name: str, value: int | str) -> Iterator[str]:
    for spec in catalog.models(mode=mode):
        choices = choices_of(spec.modes[mode], name)
        if choices is not None and value in choices.allowed:
            yield spec.id


def _denied(spec: ModelSpec, params: VideoParams) -> Iterator[Finding]:
    for name, denial in spec.denied.items():
        value = getattr(params, name, None)
        if value is None or value is False or value == ():
            continue
        message = f"{spec.id} has no {name} ({denial.why})"
        if denial.severity == "refuse":
            yield refusal(name, f"{message}; leave it out.", models=denial.instead)
        else:
            yield warning(name, f"{message}; it is sent and probably ignored.")
