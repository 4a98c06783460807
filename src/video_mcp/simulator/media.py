"""Byte ranges: which part of a file a request asks for. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

_ONE_RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")


@dataclass(frozen=True, slots=True)
class Whole:
    """The file from its first byte to its last: 200."""


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes from `start` up to and without `end`: 206."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Unsatisfiable:
    """No such bytes: 416."""


Slice: TypeAlias = "Whole | Part | Unsatisfiable"


def slice_for(headers: Mapping[str, str], etag: str, size: int) -> Slice:
    """Decide what a request gets; unknown units, several ranges and a stale If-Range mean the whole file."""
    match = _ONE_RANGE.match(headers.get("range", "").strip())
    if match is None or match.groups() == ("", "") or headers.get("if-range", etag) != etag:
        return Whole()
    first, last = match.groups()
    if not first:
        return Part(max(0, size - int(last)), size) if int(last) and size else Unsatisfiable()
    if int(first) >= size or (last and int(last) < int(first)):
        return Unsatisfiable()
    return Part(int(first), min(int(last) + 1, size) if last else size)
