"""Fields that hang together: where one has a value, another must have one of a few."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from video_mcp.errors import Finding, FindingValue
from video_mcp.families.messages import listed, nearest, short_text
from video_mcp.families.params import VideoParams
from video_mcp.families.spec import CHOSEN_FIELDS, Mode, ModelSpec, Pairing, Severity


def check_pairings(spec: ModelSpec, mode: Mode, params: VideoParams) -> Iterator[Finding]:
    """Yield each pair of fields that contradict one another."""
    for pairing in spec.pairings:
        if _applies(pairing, mode, params):
            yield from _judged(spec, pairing, params)


def filled_in(spec: ModelSpec, mode: Mode, params: VideoParams) -> dict[str, FindingValue]:
    """Return what follows for chosen fields that the caller left open: a 1080p that needs 8 s gets 8 s."""
    return {
        pairing.then: pairing.allowed[0]
        for pairing in spec.pairings
        if pairing.then in CHOSEN_FIELDS
        and pairing.allowed
        and _applies(pairing, mode, params)
        and getattr(params, pairing.then, None) is None
    }


def _applies(pairing: Pairing, mode: Mode, params: VideoParams) -> bool:
    if pairing.modes and mode not in pairing.modes:
        return False
    value = getattr(params, pairing.when, None)
    given = value is not None and value != () and value is not False
    return value in pairing.values if pairing.values else given


def _judged(spec: ModelSpec, pairing: Pairing, params: VideoParams) -> Iterator[Finding]:
    value = getattr(params, pairing.then, None)
    if value in (None, ()):
        if pairing.when_open is not None:
            yield _finding(spec, pairing, params, None, pairing.when_open)
    elif value not in pairing.allowed and (pairing.allowed or value is not False):
        yield _finding(spec, pairing, params, value, pairing.severity)


def pairing_in_words(pairing: Pairing) -> str:
    """Return what a pairing says: `resolution 1080p goes with seconds 8 (why)`."""
    when = pairing.when
    if pairing.values:
        when += f" {listed([_word(value) for value in pairing.values])}"
    if not pairing.allowed:
        return f"{when} does not go with {pairing.then} ({pairing.why})"
    return f"{when} goes with {pairing.then} {listed([_word(value) for value in pairing.allowed])} ({pairing.why})"


def _finding(
    spec: ModelSpec, pairing: Pairing, params: VideoParams, value: FindingValue | None, severity: Severity
) -> Finding:
    trigger: FindingValue | None = getattr(params, pairing.when, None)
    met = replace(pairing, values=(trigger,)) if pairing.values and trigger is not None else pairing
    message = f"{spec.id}: {pairing_in_words(met)}"
    if not pairing.allowed:
        message += "; leave one of them out."
    elif value is None:
        message += f"; {pairing.then} is not given."
    else:
        message += f", not {_word(value)}."
    return Finding(
        severity=severity,
        field=pairing.then,
        message=message,
        value=_plain(value),
        allowed=pairing.allowed,
        nearest=None if value is None else nearest(value, pairing.allowed),
    )


def _plain(value: FindingValue | None) -> FindingValue | None:
    return value if isinstance(value, int | float) else short_text(value) if isinstance(value, str) else None


def _word(value: FindingValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
