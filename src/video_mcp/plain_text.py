"""Text from outside made fit for a sentence or a terminal. Pure."""

from __future__ import annotations

import unicodedata

_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})
_LINE_ENDS = frozenset({"Zl", "Zp"})


def printable(text: str) -> str:
    """Return text that moves nothing on a terminal: of control characters only line feeds and tabs stay.

    Other white space becomes a blank; control, format, private-use and unassigned characters are left out.
    """
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(char: str) -> str:
    category = unicodedata.category(char)
    if char in "\n\t" or category not in _HIDDEN | _LINE_ENDS:
        return char
    return " " if char.isspace() else ""


def one_line(text: str) -> str:
    """Return printable text on one line, each run of white space as one blank, without any at the ends."""
    return " ".join(printable(text).split())
