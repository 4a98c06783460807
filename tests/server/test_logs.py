from __future__ import annotations

import json
import logging

import pytest
from pydantic import TypeAdapter, ValidationError

from video_mcp.server.logs import JSONFormatter, Redaction

KEY = "sk-very-secret-123"


def written(message: str, *arguments: object, error: BaseException | None = None) -> str:
    record = logging.LogRecord("video_mcp", logging.INFO, "x.py", 1, message, arguments, None)
    if error is not None:
        record.exc_info = (type(error), error, error.__traceback__)
    assert Redaction(lambda: [KEY, f"{KEY}4"]).filter(record)
    return f"{record.getMessage()}\n{record.exc_text or ''}"


@pytest.mark.parametrize(
    ("message", "arguments", "clean"),
    [
        ("key is %s", (KEY,), "key is [key]"),
        ("sent Authorization: Bearer abc.def-1", (), "sent Authorization: Bearer [key]"),
        ("GET %s", ("https://cdn.example/v.mp4?sig=abc&exp=1",), "GET https://cdn.example/v.mp4?[...]"),
        ("at postgresql://me:s3:cr@db.example/x", (), "at postgresql://me:[password]@db.example/x"),
        ("keys are %s and %s", (f"{KEY}4", KEY), "keys are [key] and [key]"),
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


def test_a_traceback_quotes_no_value_that_a_database_or_a_validation_refused() -> None:
    prompt = " ".join(("A", "paper", "boat"))  # a traceback shows the line of code
    refusal = f"null value in column\nDETAIL:  Failing row contains (video_1, {prompt}).\nCONTEXT: x"
    with pytest.raises(ValidationError) as invalid:
        TypeAdapter(int).validate_python(prompt)
    for error in (RuntimeError(refusal), invalid.value):
        text = written("failed", error=error)
        assert type(error).__name__ in text
        assert "[...]" in text
        assert prompt not in text


def test_a_line_of_json_names_its_job_and_holds_a_traceback_in_one_line() -> None:
    record = logging.LogRecord("video_mcp.jobs", logging.ERROR, "x.py", 1, "job %s: %s", ("video_1", KEY), None)
    record.video_id, record.state = "video_1", "failed"
    record.exc_info = (ValueError, ValueError(f"first\n{KEY}"), None)
    assert Redaction(lambda: [KEY]).filter(record)
    line = JSONFormatter().format(record)
    assert "\n" not in line
    read = json.loads(line)
    assert {name: read[name] for name in ("level", "logger", "message", "video_id", "state", "exception")} == {
        "level": "ERROR",
        "logger": "video_mcp.jobs",
        "message": "job video_1: [key]",
        "video_id": "video_1",
        "state": "failed",
        "exception": "ValueError: first\n[key]",
    }
