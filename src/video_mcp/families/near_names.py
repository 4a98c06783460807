"""Which model ids a name may mean that is spelled otherwise than any of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from video_mcp.families.messages import closest_word
from video_mcp.families.spelling import near_key

_DATE = re.compile(r"[\W_]\d{6}$")


def keys_of_id(model: str, makers: Iterable[str]) -> frozenset[str]:
    """Return the keys that mean a model: with and without the date and the maker's name."""
    return frozenset(_without_maker({near_key(model), near_key(_DATE.sub("", model))}, makers))


def keys_of_text(text: str, makers: Iterable[str]) -> frozenset[str]:
    """Return the keys of what a caller writes, with and without the maker's name; a date says which model is meant."""
    return frozenset(_without_maker({near_key(text)}, makers))


def most_alike(text: str, models: Sequence[str], makers: Sequence[str]) -> str | None:
    """Return the model spelled most like a text, or None when none is close."""
    known = {key: model for model in models for key in sorted(keys_of_id(model, makers))}
    close = (closest_word(key, known) for key in sorted(keys_of_text(text, makers), key=len))
    return next((known[key] for key in close if key is not None), None)


def _without_maker(keys: Iterable[str], makers: Iterable[str]) -> Iterator[str]:
    beginnings = [near_key(maker) for maker in makers]
    for key in keys:
        yield key
        yield from (key.removeprefix(begin) for begin in beginnings if key.startswith(begin) and key != begin)
