"""Edits of JSON text: the new value is in it, and every other letter is as it was."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from video_mcp.cli.clients.json_text import append, parse, put

COMMENTED = """\
// my servers
{
\t"servers": {
\t\t"github": { "url": "https://x/y//z" /* two // slashes */ }, // keep me
\t\t// and me
\t},
\t"inputs": [
\t\t{ "id": "a" } // last
\t]
}
"""


def test_comments_and_commas_and_tabs_stay() -> None:
    changed = append(put(COMMENTED, ["servers", "video"], {"command": "v"}), "inputs", {"id": "b"})
    assert changed == (
        """\
// my servers
{
\t"servers": {
\t\t"github": { "url": "https://x/y//z" /* two // slashes */ }, // keep me
\t\t// and me
\t\t"video": {
\t\t\t"command": "v"
\t\t}
\t},
\t"inputs": [
\t\t{ "id": "a" }, // last
\t\t{
\t\t\t"id": "b"
\t\t}
\t]
}
"""
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {"s": {"v": 1}}),
        ("// only a remark\n", {"s": {"v": 1}}),
        ("{}", {"s": {"v": 1}}),
        ('{"a": 1}', {"a": 1, "s": {"v": 1}}),
        ('{"s": {}}', {"s": {"v": 1}}),
        ('{"s": {"v": 2, "w": 3}}', {"s": {"v": 1, "w": 3}}),
        ('{"s": {"w": "}//"}}', {"s": {"w": "}//", "v": 1}}),
        ('{"s": {"w": 1,},}', {"s": {"w": 1, "v": 1}}),
        ('{\r\n    "s": {\r\n        "w": 1\r\n    }\r\n}\r\n', {"s": {"w": 1, "v": 1}}),
        ('{"s": {"v": 0}, "s": {"w": 1}}', {"s": {"w": 1, "v": 1}}),
    ],
)
def test_a_value_is_put_wherever_it_belongs(text: str, expected: JsonValue) -> None:
    changed = put(text, ["s", "v"], 1)
    assert parse(changed) == expected
    if "\r\n" in text:
        assert "\n" not in changed.replace("\r\n", "")


@pytest.mark.parametrize("text", ['{"s": 1}', '{"s": [1]}', "[1]", "{", '{"s": {"a" 1}}', "hello"])
def test_what_cannot_be_edited_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        put(text, ["s", "v"], 1)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    whole=st.dictionaries(st.text(), _VALUES, max_size=4),
    servers=st.dictionaries(st.text(), _VALUES, max_size=4),
    value=_VALUES,
    indent=st.sampled_from([None, 2, 4, "\t"]),
)
def test_any_object_keeps_all_it_had(
    whole: dict[str, JsonValue], servers: dict[str, JsonValue], value: JsonValue, indent: int | str | None
) -> None:
    before = {**whole, "servers": servers}
    changed = put(json.dumps(before, indent=indent), ["servers", "video"], value)
    assert json.loads(changed) == {**before, "servers": {**servers, "video": value}}
