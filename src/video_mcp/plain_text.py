"""Text from outside made fit for a sentence or a terminal. Pure."""

from __future__ import annotations

import unicodedata

_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})


def printable(text: str) -> str:
    """Return text without control, format, private-use and unassigned characters; white space stays."""
    if text.isprintable():
        return text
    return "".join(char for char in text if char.isspace() or unicodedata.category(char) not in _HIDDEN)


def one_line(text: str) -> str:
    """Return printable text on one line, each run of white space as one blank, without any at the ends."""
    return " ".join(printable(text).split())
