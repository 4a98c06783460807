"""One rule for every name: letter case, blanks and punctuation make no difference."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

_IGNORED = re.compile(r"[\W_]+")
_DOUBLED = re.compile(r"([^\W\d])\1+")
_VERSION_LETTER = re.compile(r"v(?=\d)")

T = TypeVar("T", bound=int | str)


def spelling_key(text: str) -> str:
    """Return what is left of a name when its spelling is left out."""
    return _IGNORED.sub("", text).casefold()


def near_key(text: str) -> str:
    """Return a name's key without the `v` before a version, and with doubled letters as one: `seed dance` too."""
    return _DOUBLED.sub(r"\1", _VERSION_LETTER.sub("", spelling_key(text)))


def same_name(text: str, names: Iterable[T]) -> T | None:
    """Return the name that `text` spells: the exact one first, then the first with the same key."""
    known = list(names)
    exact = next((name for name in known if str(name) == text), None)
    key = spelling_key(text)
    return exact if exact is not None else next((name for name in known if spelling_key(str(name)) == key), None)
