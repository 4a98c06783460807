"""The sentences that a caller reads when a request does not fit a model."""

from __future__ import annotations

from collections.abc import Sequence

from video_mcp.errors import Finding, FindingValue
from video_mcp.families.base import Choices, Severity

_MOST_LISTED = 12


def listed(values: Sequence[FindingValue]) -> str:
    """Return values as a reader wants them: `4, 6 or 8`; an unbroken run of numbers as `3 to 15`."""
    numbers = [value for value in values if isinstance(value, int)]
    if len(numbers) == len(values) > 3 and numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"{numbers[0]} to {numbers[-1]}"
    if len(numbers) == len(values) > 4 and numbers[0] < 0 and numbers[1:] == list(range(numbers[1], numbers[-1] + 1)):
        return f"{numbers[1]} to {numbers[-1]}, or {numbers[0]}"
    words = [str(value) for value in values]
    if len(words) > _MOST_LISTED:
        words = [*words[:_MOST_LISTED], "..."]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def nearest(value: FindingValue, allowed: Sequence[FindingValue]) -> FindingValue | None:
    """Return the allowed value closest to `value`: by distance for numbers, by spelling for words."""
    numbers = [item for item in allowed if isinstance(item, int | float) and item >= 0]
    if isinstance(value, int | float) and numbers:
        return min(numbers, key=lambda item: (abs(item - value), item))
    if isinstance(value, str):
        return closest_word(value, [item for item in allowed if isinstance(item, str)])
    return None


def closest_word(word: str, words: Sequence[str]) -> str | None:
    """Return the word spelled most like this one, or None when none is close."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a refusal needs it

    by_lower = {item.lower(): item for item in words}
    close = get_close_matches(word.lower(), list(by_lower), n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None


def outside_choices(
    *,
    severity: Severity,
    field: str,
    value: FindingValue,
    choices: Choices,
    where: str,
    models: Sequence[str] = (),
) -> Finding:
    """Say that a value is not among a field's choices, what is, and which other model would take it."""
    best = nearest(value, choices.allowed)
    takes = f"{where} takes {field} {listed(choices.allowed)}"
    why = f" ({choices.why})" if choices.why else ""
    if severity == "warn":
        message = f"{takes}{why}; {value} is sent all the same and may be changed or refused."
    else:
        message = f"{takes}{why}, not {value}."
        message += f" Nearest: {best}." if best is not None else ""
        message += f" {listed(models)} would take {value}." if models else ""
    return Finding(
        severity=severity,
        field=field,
        message=message,
        value=value,
        allowed=tuple(choices.allowed),
        nearest=best,
        models=tuple(models),
    )


def refusal(field: str, message: str, *, value: FindingValue | None = None, **more: Sequence[str]) -> Finding:
    """Return a finding that stops the request; `allowed` and `models` may be added."""
    return Finding(
        severity="refuse",
        field=field,
        message=message,
        value=value,
        allowed=tuple(more.get("allowed", ())),
        models=tuple(more.get("models", ())),
    )


def warning(field: str, message: str, *, value: FindingValue | None = None) -> Finding:
    """Return a finding that is sent along."""
    return Finding(severity="warn", field=field, message=message, value=value)
