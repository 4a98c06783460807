from __future__ import annotations

import logging

import pytest

from video_mcp.server.logs import Redaction

KEY = "sk-very-secret-123"


def written(message: str, *arguments: object, error: BaseException | None = None) -> str:
    record = logging.LogRecord("video_mcp", logging.INFO, "x.py", 1, message, arguments, None)
    if error is not None:
        record.exc_info = (type(error), error, error.__traceback__)
    assert Redaction(KEY).filter(record)
    return f"{record.getMessage()}\n{record.exc_text or ''}"


@pytest.mark.parametrize(
    ("message", "arguments", "clean"),
    [
        ("key is %s", (KEY,), "key is [key]"),
        ("sent Authorization: Bearer abc.def-1", (), "sent Authorization: Bearer [key]"),
        ("GET %s", ("https://cdn.example/v.mp4?sig=abc&exp=1",), "GET https://cdn.example/v.mp4?[...]"),
        ("at postgresql://me:s3:cr@db.example/x", (), "at postgresql://me:[password]@db.example/x"),
        ("nothing to hide", (), "nothing to hide"),
    ],
)
def test_a_record_holds_neither_key_nor_signed_link(message: str, arguments: tuple[object, ...], clean: str) -> None:
    assert written(message, *arguments).splitlines()[0] == clean


def test_a_traceback_holds_neither_key_nor_signed_link() -> None:
    try:
        raise ValueError(f"{KEY} at https://cdn.example/v.mp4?sig=abc")
    except ValueError as error:
        text = written("failed", error=error)
    assert "ValueError" in text
    assert KEY not in text
    assert "sig=abc" not in text


@pytest.mark.parametrize(
    ("message", "arguments"),
    [("%d of %d", ("three",)), ("%s", ()), ("%q", (1,)), ("50 % done", (KEY,)), ("%(a)s", (1,))],
)
def test_a_malformed_record_of_a_library_is_written_as_it_is(message: str, arguments: tuple[object, ...]) -> None:
    text = written(message, *arguments)

    assert message.partition(" ")[0] in text
    assert KEY not in text
