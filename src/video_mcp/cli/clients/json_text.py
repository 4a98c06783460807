"""Edits JSON text and leaves every other letter of it as it was, comments included. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from pydantic import JsonValue

_STRING = r'"(?:\\.|[^"\\])*"'
_COMMENT = re.compile(rf"{_STRING}|//[^\r\n]*|/\*.*?\*/", re.DOTALL)
_LAST_COMMA = re.compile(rf"{_STRING}|,(?=\s*[}}\]])", re.DOTALL)
_SPACE = re.compile(r"\s*")
_INDENT = re.compile(r"^([ \t]+)\S", re.MULTILINE)
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class _Member:
    """A member of an object or an item of an array, and where its value stands."""

    name: str
    start: int
    end: int


def parse(text: str) -> JsonValue:
    """Return what a text holds; comments and trailing commas are as good as absent.

    Raises:
        ValueError: If it is not JSON even so.
    """
    return cast("JsonValue", json.loads(_plain(text))) if _plain(text).strip() else {}


def put(text: str, path: Sequence[str], value: JsonValue) -> str:
    """Return the text with `value` at a path of names; objects on the way are made.

    Raises:
        ValueError: If the text is not JSON, or something on the way is not an object.
    """
    if not _plain(text).strip():
        return f"{text.strip()}\n{_dump(_nested(path, value), text, 0)}\n".lstrip()
    parse(text)
    plain = _plain(text)
    start = _after_space(plain, 0)
    for depth, name in enumerate(path):
        if plain[start] != "{":
            msg = f"{'.'.join(path[:depth]) or 'the file'} is not an object"
            raise ValueError(msg)
        members = list(_members(plain, start))
        found = next((member for member in reversed(members) if member.name == name), None)
        if found is None:
            body = f"{json.dumps(name)}: {_dump(_nested(path[depth + 1 :], value), text, depth + 1)}"
            return _inserted(text, start, members, body, depth)
        if depth == len(path) - 1:
            return text[: found.start] + _dump(value, text, depth + 1) + text[found.end :]
        start = found.start
    raise ValueError("the path is empty")


def append(text: str, name: str, value: JsonValue) -> str:
    """Return the text with `value` at the end of the array that a member of the whole is; made when missing.

    Raises:
        ValueError: If the text is not JSON, or the member is no array.
    """
    plain = _plain(text)
    if not isinstance(parse(text), dict):
        msg = "the file is not an object"
        raise ValueError(msg)
    top = _after_space(plain, 0)
    found = [member for member in _members(plain, top) if member.name == name] if plain.strip() else []
    if not found:
        return put(text, [name], [value])
    array = found[-1]
    if plain[array.start] != "[":
        msg = f"{name} is no list"
        raise ValueError(msg)
    return _inserted(text, array.start, list(_items(plain, array.start)), _dump(value, text, 2), 1)


def _plain(text: str) -> str:
    """Return strict JSON of the same length: comments and trailing commas are spaces."""
    return _LAST_COMMA.sub(_blank, _COMMENT.sub(_blank, text))


def _blank(match: re.Match[str]) -> str:
    found = match[0]
    return found if found.startswith('"') else re.sub(r"[^\r\n]", " ", found)


def _members(plain: str, start: int) -> Iterator[_Member]:
    at = _after_space(plain, start + 1)
    while plain[at] != "}":
        name, end = _value(plain, at)
        at = _after_space(plain, _after_space(plain, end) + 1)
        _, end = _value(plain, at)
        yield _Member(str(name), at, end)
        at = _next(plain, end)


def _items(plain: str, start: int) -> Iterator[_Member]:
    at = _after_space(plain, start + 1)
    while plain[at] != "]":
        _, end = _value(plain, at)
        yield _Member("", at, end)
        at = _next(plain, end)


def _value(plain: str, at: int) -> tuple[JsonValue, int]:
    return cast("tuple[JsonValue, int]", _DECODER.raw_decode(plain, at))


def _after_space(plain: str, at: int) -> int:
    found = _SPACE.match(plain, at)
    return found.end() if found else at


def _next(plain: str, end: int) -> int:
    at = _after_space(plain, end)
    return _after_space(plain, at + 1) if plain[at] == "," else at


def _inserted(text: str, start: int, members: Sequence[_Member], body: str, depth: int) -> str:
    """Put `body` behind the last member; a comment behind that one stays with it."""
    line, unit = _newline(text), _unit(text)
    after = members[-1].end if members else start + 1
    close = _after_space(_plain(text), _next(_plain(text), after) if members else after)
    between = text[after:close]
    has_comma = "," in _COMMENT.sub(_blank, between)
    comma = "," if members and not has_comma else ""
    kept = between.rstrip()
    return f"{text[:after]}{comma}{kept}{line}{unit * (depth + 1)}{body}{line}{unit * depth}{text[close:]}"


def _nested(path: Sequence[str], value: JsonValue) -> JsonValue:
    for name in reversed(path):
        value = {name: value}
    return value


def _dump(value: JsonValue, text: str, depth: int) -> str:
    unit = _unit(text)
    dumped = json.dumps(value, indent=unit, ensure_ascii=False)
    return dumped.replace("\n", f"{_newline(text)}{unit * depth}")


def _unit(text: str) -> str:
    found = _INDENT.search(text)
    return found[1] if found else "  "


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
