"""A request against the limits of its model and mode, and the defaults that are always sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from video_mcp.families.catalog import Catalog
from video_mcp.families.geometry import RATIO, parse_size
from video_mcp.families.messages import listed, outside_choices, refusal, shown, warning
from video_mcp.families.params import VideoParams
from video_mcp.families.spec import CHOSEN_FIELDS, MEDIA_FIELDS, Choice, Choices, MediaField, ModelSpec
from video_mcp.families.validation.dependencies import filled_in
from video_mcp.families.validation.modes import ChosenMode
from video_mcp.findings import Finding

_MOST_SUGGESTED = 4
_LONGER_FILMS = "Make several videos and join them with fetch_video: no model known here makes one as long."
_MAX_SECONDS = 3600
_SENSIBLE: Mapping[str, str] = MappingProxyType(
    {
        "seconds": "it is a whole number from 1, or -1 where the model chooses",
        "resolution": "it is a height such as 720p",
        "aspect_ratio": "it is width to height such as 16:9",
        "size": "it is width and height in pixels such as 1280x720",
    }
)
"""What a field is, for a mode that has no table of its values."""


def check_limits(catalog: Catalog, spec: ModelSpec, chosen: ChosenMode, params: VideoParams) -> Iterator[Finding]:
    """Yield what is outside the facts of this model and mode."""
    yield from _lifecycle(spec)
    yield from _prompt(spec, chosen, params)
    yield from _counts(spec, chosen, params)
    yield from _needs(spec, chosen, params)
    for name in CHOSEN_FIELDS:
        value: Choice | None = getattr(params, name, None)
        if value is not None:
            yield from _choice(catalog, spec, chosen, name, value)
    yield from _options(catalog, spec, params)
    yield from _denied(spec, params)


def complete(spec: ModelSpec, chosen: ChosenMode, params: VideoParams) -> VideoParams:
    """Return the parameters with the model's defaults; a choice that the mode lacks is not sent."""
    choices = chosen.facts.choices()
    explicit: dict[str, Choice | None] = {}
    for name in CHOSEN_FIELDS:
        if name not in type(params).model_fields:
            continue
        if name not in choices:
            explicit[name] = getattr(params, name) if chosen.facts.open_choices else None
        elif getattr(params, name) is None:
            explicit[name] = choices[name].default
    return params.model_copy(update=explicit | filled_in(spec, chosen.mode, params))


def sensible_value(name: str, value: Choice) -> bool:
    """Return whether a value makes sense in a field, whatever the model."""
    match name:
        case "seconds":
            return isinstance(value, int) and (value == -1 or 1 <= value <= _MAX_SECONDS)
        case "resolution":
            return re.fullmatch(r"[1-9]\d{0,4}[pk]", str(value)) is not None
        case "aspect_ratio":
            return value == "adaptive" or RATIO.match(str(value)) is not None
        case _:
            return parse_size(str(value)) is not None


def _lifecycle(spec: ModelSpec) -> Iterator[Finding]:
    if spec.lifecycle.state != "current":
        yield warning("model", f"{spec.id}: {spec.lifecycle.note}.", value=spec.id)


def _prompt(spec: ModelSpec, chosen: ChosenMode, params: VideoParams) -> Iterator[Finding]:
    if chosen.facts.prompt_required and not params.has_prompt():
        yield refusal("prompt", f"{spec.id} needs a prompt for {chosen.mode}: the gateway asks for one; "
                      "say what the video shows.")  # fmt: skip
    limit = spec.prompt_max_chars
    if limit is not None and len(params.prompt) > limit:
        length = len(params.prompt)
        message = f"The prompt has {length} characters; {spec.id} reads {limit} and may cut or refuse the rest."
        yield warning("prompt", message, value=length)


def _counts(spec: ModelSpec, chosen: ChosenMode, params: VideoParams) -> Iterator[Finding]:
    for name, refs in params.media().items():
        count = chosen.facts.media.get(name)
        if count is None or not count.limit:
            continue  # the choice of the mode has a finding
        given = len(refs)
        where = f"{spec.id} ({chosen.mode})"
        if given > count.limit:
            yield _too_many(where, name, given, count.limit)
        elif count.most == 0:
            yield warning(name, f"{where} is not meant to have {name}; it is sent anyway and may be ignored.")
        elif given > count.most:
            message = f"{where} is known to take {count.most} {name}; {given} are sent anyway."
            yield warning(name, message, value=given)
        elif given < count.least:
            yield refusal(name, f"{where} needs at least {count.least} {name}, not {given}.", value=given)


def _too_many(where: str, name: MediaField, given: int, limit: int) -> Finding:
    message = f"{where} takes at most {limit} {name}, not {given}; leave {given - limit} out."
    return refusal(name, message, value=given, nearest=limit)


def _needs(spec: ModelSpec, chosen: ChosenMode, params: VideoParams) -> Iterator[Finding]:
    for name in chosen.facts.needs:
        if not getattr(params, name, None):
            yield refusal(name, f"{spec.id} needs options.{name} for {chosen.mode}.")


def _choice(catalog: Catalog, spec: ModelSpec, chosen: ChosenMode, name: str, value: Choice) -> Iterator[Finding]:
    choices = next((found for field, found in chosen.facts.choices().items() if field == name), None)
    if choices is None and not sensible_value(name, value):
        message = f"{name} cannot be {shown(value)}; {_SENSIBLE[name]}"
        yield refusal(name, f"{message}.", value=value)
        return
    if choices is None:
        if not chosen.facts.open_choices:
            message = f"{spec.id} has no choice of {name} in {chosen.mode}; {shown(value)} is not sent."
            yield warning(name, message, value=value)
        return
    severity = choices.judge(value)
    if severity is not None:
        models = catalog.choosing(chosen.mode, name, value)[:_MOST_SUGGESTED] if severity == "refuse" else ()
        yield outside_choices(
            severity=severity,
            field=name,
            value=value,
            choices=choices,
            where=f"{spec.id} ({chosen.mode})",
            models=models,
            otherwise=_LONGER_FILMS if _is_longer(name, value, choices) else "",
        )


def _is_longer(name: str, value: Choice, choices: Choices) -> bool:
    allowed = [seconds for seconds in choices.allowed if isinstance(seconds, int)]
    return name == "seconds" and isinstance(value, int) and value > max(allowed, default=0)


def _options(catalog: Catalog, spec: ModelSpec, params: VideoParams) -> Iterator[Finding]:
    for name, choices in spec.option_choices.items():
        value: Choice | None = getattr(params, name, None)
        severity = None if value is None else choices.judge(value)
        if value is not None and severity is not None:
            models = catalog.with_option(name, value) if severity == "refuse" else ()
            yield outside_choices(
                severity=severity, field=name, value=value, choices=choices, where=spec.id, models=models
            )


def denied_among(spec: ModelSpec, values: Mapping[str, object]) -> frozenset[str]:
    """Return the details that are given though the model has none of them; what is switched off is not given."""
    given = {name for name, value in values.items() if value is not None and value is not False and value != ()}
    return frozenset(given & spec.denied.keys() - set(MEDIA_FIELDS))


def _denied(spec: ModelSpec, params: VideoParams) -> Iterator[Finding]:
    given = denied_among(spec, {name: getattr(params, name, None) for name in spec.denied})
    for name, denial in spec.denied.items():
        if name not in given:
            continue
        message = f"{spec.id} has no {name} ({denial.why})"
        if denial.severity == "refuse":
            way_out = f" {listed(denial.instead)} would take it." if denial.instead else ""
            yield refusal(name, f"{message}; leave it out.{way_out}", models=denial.instead)
        else:
            yield warning(name, f"{message}; it is sent and probably ignored.")
