"""The sentences that a caller reads when a request does not fit a model."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from math import log

from pydantic import JsonValue

from video_mcp.families.geometry import RATIO, ratio_value
from video_mcp.families.spec import Choices, Severity
from video_mcp.findings import Finding, FindingValue
from video_mcp.plain_text import one_line

_MOST_LISTED = 12
_LONGEST_SHOWN = 60
_LONGEST_READ = 10_000


def listed(values: Sequence[FindingValue], *, last: str = "or", most: int = _MOST_LISTED) -> str:
    """Return values as a reader wants them: `4, 6 or 8`; an unbroken run of numbers as `3 to 15`."""
    numbers = [value for value in values if isinstance(value, int)]
    if len(numbers) == len(values) > 3:
        run = _run(numbers)
        if run is not None:
            return run
    words = [str(value) for value in values]
    if len(words) > most:
        return f"{', '.join(words[:most])} and {len(words) - most} more"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def _run(numbers: Sequence[int]) -> str | None:
    first = numbers[0]
    if list(numbers) == list(range(first, numbers[-1] + 1)):
        return f"{first} to {numbers[-1]}"
    ordered = sorted(numbers)
    if ordered[0] < 0 and ordered[1:] == list(range(ordered[1], ordered[-1] + 1)):
        return f"{ordered[1]} to {ordered[-1]}, or {ordered[0]}"
    return None


def nearest(value: FindingValue, allowed: Sequence[FindingValue]) -> FindingValue | None:
    """Return the allowed value closest to `value`: by distance for numbers, by spelling for words."""
    numbers = [item for item in allowed if isinstance(item, int | float) and item >= 0]
    if isinstance(value, int | float) and numbers:
        return min(numbers, key=lambda item: (abs(item - value), item))
    if isinstance(value, str):
        words = [item for item in allowed if isinstance(item, str)]
        return _nearest_height(value, words) or _nearest_ratio(value, words) or closest_word(value, words)
    return None


def _nearest_height(value: str, words: Sequence[str]) -> str | None:
    """Return the resolution nearest to this one by height, where both are heights such as `720p`."""
    wanted = _lines(value)
    heights = {word: lines for word in words if (lines := _lines(word)) is not None}
    if wanted is None or not heights:
        return None
    return min(heights, key=lambda word: (abs(heights[word] - wanted), heights[word]))


def _nearest_ratio(value: str, words: Sequence[str]) -> str | None:
    """Return the shape nearest to this one, where both are ratios such as `16:9`."""
    shapes = {word: ratio_value(word) for word in words if RATIO.match(word)}
    if RATIO.match(value) is None or not shapes:
        return None
    wanted = log(ratio_value(value))
    return min(shapes, key=lambda word: abs(log(shapes[word]) - wanted))


def _lines(resolution: str) -> int | None:
    text = resolution.lower()
    if text in {"2k", "4k", "8k"}:
        return {"2k": 1440, "4k": 2160, "8k": 4320}[text]
    return int(text[:-1]) if text.endswith("p") and text[:-1].isdigit() else None


def closest_word(word: str, words: Iterable[str]) -> str | None:
    """Return the word spelled most like this one, or None when none is close."""
    from difflib import get_close_matches  # noqa: PLC0415 - loads with the first misspelt word

    by_lower = {item.lower(): item for item in words}
    close = get_close_matches(word.lower(), list(by_lower), n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None


def shown(value: JsonValue) -> str:
    """Return a value short enough for a sentence: media data and long text are cut."""
    if isinstance(value, str):
        return short_text(value)
    text = json.dumps(value, ensure_ascii=False)
    return short_text(text)


def short_text(text: str) -> str:
    """Return text cut to what a sentence bears, on one line; of a `data:` URI no more than its kind."""
    length = len(text)
    text = one_line(text[:_LONGEST_READ])
    if text.startswith("data:"):
        return f"{text[:40].split(';')[0].split(',')[0]};... ({length} characters)"
    if not text:
        return '""'
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 3]}..."


def outside_choices(
    *,
    severity: Severity,
    field: str,
    value: FindingValue,
    choices: Choices,
    where: str,
    models: Sequence[str] = (),
    otherwise: str = "",
) -> Finding:
    """Say that a value is not among a field's choices, what is, and which other model would take it, or `otherwise`."""
    best = _next(value, choices) or nearest(value, choices.allowed)
    given = short_text(value) if isinstance(value, str) else value
    takes = f"{where} takes {field} {listed(choices.allowed)}"
    why = f" ({choices.why})" if choices.why else ""
    if severity == "warn":
        fate = f"probably becomes {best}" if choices.rounds_up else "may be changed or refused"
        message = f"{takes}{why}; {given} is sent anyway and {fate}."
    else:
        message = f"{takes}{why}, not {given}."
        message += f" Nearest: {best}." if best is not None else ""
        way_out = f"{listed(models)} would take {given}." if models else otherwise
        message += f" {way_out}" if way_out else ""
    return Finding(
        severity=severity,
        field=field,
        message=message,
        value=given,
        allowed=tuple(choices.allowed),
        nearest=best,
        models=tuple(models),
    )


def _next(value: FindingValue, choices: Choices) -> FindingValue | None:
    if not choices.rounds_up or not isinstance(value, int):
        return None
    return min((item for item in choices.allowed if isinstance(item, int) and item >= value), default=None)


def refusal(
    field: str,
    message: str,
    *,
    value: FindingValue | None = None,
    allowed: Sequence[FindingValue] = (),
    nearest: FindingValue | None = None,
    models: Sequence[str] = (),
) -> Finding:
    """Return a finding that stops the request."""
    return Finding(
        severity="refuse",
        field=field,
        message=message,
        value=value,
        allowed=tuple(allowed),
        nearest=nearest,
        models=tuple(models),
    )


def warning(field: str, message: str, *, value: FindingValue | None = None) -> Finding:
    """Return a finding that is sent along."""
    return Finding(severity="warn", field=field, message=message, value=value)
