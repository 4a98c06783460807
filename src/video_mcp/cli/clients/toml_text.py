"""Edits one table of TOML text and leaves every other line as it was. Pure."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from pydantic import JsonValue

from video_mcp.types import JsonObject

_HEADER = re.compile(r"^\s*\[{1,2}\s*(?P<name>[^\[\]]+?)\s*\]{1,2}\s*(#.*)?$")
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def parse(text: str) -> JsonObject:
    """Return what a text holds.

    Raises:
        ValueError: If it is not TOML.
    """
    return cast("JsonObject", tomllib.loads(text))


@dataclass(slots=True)
class _Block:
    """A table's lines as they stand, and the comments and blank lines above its header."""

    names: tuple[str, ...]
    lead: list[str]
    lines: list[str]


def put_table(text: str, path: tuple[str, str], table: JsonObject) -> str:
    """Return the text with a table in place of the one of this name, or at its end.

    Raises:
        ValueError: If the table stands there in a form that cannot be exchanged line by line.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    new = list(_lines(path, table))
    lines: list[str] = []
    for block in _blocks(text.splitlines()):
        if block.names[:2] != path:
            lines += [*block.lead, *block.lines]
        elif new:
            lines += [*block.lead, *new]
            new = []
        else:
            lines += [line for line in block.lead if line.strip()]
    if new:
        lines += ["", *new] if lines and lines[-1].strip() else new
    changed = newline.join(lines) + newline
    _check(text, changed, path, table)
    return changed


def _blocks(lines: Iterable[str]) -> list[_Block]:
    blocks = [_Block((), [], [])]
    lead: list[str] = []
    for line in lines:
        header = _HEADER.match(line)
        if header is not None:
            blocks.append(_Block(_names(header["name"]), lead, [line]))
            lead = []
        elif not line.strip() or line.lstrip().startswith("#"):
            lead.append(line)
        else:
            blocks[-1].lines += [*lead, line]
            lead = []
    return [*blocks, _Block((), lead, [])]


def _names(header: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in header.split("."))


def _lines(path: tuple[str, ...], table: Mapping[str, JsonValue]) -> Iterator[str]:
    yield f"[{'.'.join(map(_key, path))}]"
    for name, value in table.items():
        if not isinstance(value, dict):
            yield f"{_key(name)} = {_literal(value)}"
    for name, value in table.items():
        if isinstance(value, dict):
            yield ""
            yield from _lines((*path, name), value)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _literal(value: JsonValue) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, str | bool | int | float):
        return json.dumps(value, ensure_ascii=False)
    msg = f"{value!r} cannot be written as TOML"
    raise ValueError(msg)


def _check(text: str, changed: str, path: tuple[str, str], table: JsonObject) -> None:
    """Compare the two texts as they are read: our table is the new one, and nothing else has changed."""
    expected = parse(text)
    tables = expected.setdefault(path[0], {})
    if not isinstance(tables, dict):
        msg = f"{path[0]} is not a table"
        raise ValueError(msg)
    tables[path[1]] = table
    try:
        same = parse(changed) == expected
    except ValueError:
        same = False
    if not same:
        msg = f"{'.'.join(path)} is written in a form that cannot be changed in place"
        raise ValueError(msg)
