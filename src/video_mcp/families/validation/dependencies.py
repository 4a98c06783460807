"""Fields that depend on one another: where one has a value, another must have one of a few."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from video_mcp.families.messages import listed, nearest, short_text
from video_mcp.families.params import VideoParams
from video_mcp.families.spec import CHOSEN_FIELDS, Dependency, Mode, ModelSpec, Severity
from video_mcp.findings import Finding, FindingValue


def check_dependencies(spec: ModelSpec, mode: Mode, params: VideoParams) -> Iterator[Finding]:
    """Yield each pair of fields that contradict one another."""
    for dependency in spec.dependencies:
        if _applies(dependency, mode, params):
            yield from _judged(spec, dependency, params)


def filled_in(spec: ModelSpec, mode: Mode, params: VideoParams) -> dict[str, FindingValue]:
    """Return what follows for chosen fields that the caller left open: a 1080p that needs 8 s gets 8 s."""
    return {
        dependency.then: dependency.allowed[0]
        for dependency in spec.dependencies
        if dependency.then in CHOSEN_FIELDS
        and dependency.allowed
        and _applies(dependency, mode, params)
        and getattr(params, dependency.then, None) is None
    }


def _applies(dependency: Dependency, mode: Mode, params: VideoParams) -> bool:
    if dependency.modes and mode not in dependency.modes:
        return False
    value = getattr(params, dependency.when, None)
    given = value is not None and value != () and value is not False
    return value in dependency.values if dependency.values else given


def _judged(spec: ModelSpec, dependency: Dependency, params: VideoParams) -> Iterator[Finding]:
    value = getattr(params, dependency.then, None)
    if value in (None, ()):
        if dependency.when_open is not None:
            yield _finding(spec, dependency, params, None, dependency.when_open)
    elif value not in dependency.allowed and (dependency.allowed or value is not False):
        yield _finding(spec, dependency, params, value, dependency.severity)


def dependency_in_words(dependency: Dependency) -> str:
    """Return what a dependency says: `resolution 1080p goes with seconds 8 (why)`."""
    when = dependency.when
    if dependency.values:
        when += f" {listed([_word(value) for value in dependency.values])}"
    if not dependency.allowed:
        return f"{when} does not go with {dependency.then} ({dependency.why})"
    allowed = listed([_word(value) for value in dependency.allowed])
    return f"{when} goes with {dependency.then} {allowed} ({dependency.why})"


def _finding(
    spec: ModelSpec, dependency: Dependency, params: VideoParams, value: FindingValue | None, severity: Severity
) -> Finding:
    trigger: FindingValue | None = getattr(params, dependency.when, None)
    met = replace(dependency, values=(trigger,)) if dependency.values and trigger is not None else dependency
    message = f"{spec.id}: {dependency_in_words(met)}"
    if not dependency.allowed:
        message += "; leave one of them out."
    elif value is None:
        message += f"; {dependency.then} is not given."
    else:
        message += f", not {_word(value)}."
    return Finding(
        severity=severity,
        field=dependency.then,
        message=message,
        value=_plain(value),
        allowed=dependency.allowed,
        nearest=None if value is None else nearest(value, dependency.allowed),
    )


def _plain(value: FindingValue | None) -> FindingValue | None:
    return value if isinstance(value, int | float) else short_text(value) if isinstance(value, str) else None


def _word(value: FindingValue) -> str:
    return str(value).lower() if isinstance(value, bool) else short_text(str(value))
