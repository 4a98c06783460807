"""One rule for every name: letter case, blanks, dots, dashes and underscores make no difference."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

_IGNORED = re.compile(r"[\s._\u2010-\u2015-]+")

T = TypeVar("T", bound=int | str)


def spelling_key(text: str) -> str:
    """Return what is left of a name when its spelling is left out."""
    return _IGNORED.sub("", text).casefold()


def same_name(text: str, names: Iterable[T]) -> T | None:
    """Return the name that `text` spells: the exact one first, then the first with the same key."""
    known = list(names)
    exact = next((name for name in known if str(name) == text), None)
    key = spelling_key(text)
    return exact if exact is not None else next((name for name in known if spelling_key(str(name)) == key), None)
