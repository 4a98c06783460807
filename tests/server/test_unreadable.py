"""A message that cannot be read is answered with an error and its id, and the connection goes on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import mcp_types as types
import pytest
from pydantic import ValidationError

from tests.interaction.test_stdio import environment, handshake
from video_mcp.server.unreadable import error_answer, reason_of

INVALID, PARSE = types.INVALID_REQUEST, types.PARSE_ERROR
UNREADABLE: dict[str, tuple[str, int | str | None, int]] = {
    "lone surrogate": (r'{"jsonrpc":"2.0","id":10,"method":"tools/call","params":{"name":"\ud800"}}', 10, PARSE),
    "huge integer": ('{"jsonrpc":"2.0","id":11,"method":"ping","params":{"n":' + 5000 * "9" + "}}", 11, PARSE),
    "params is a list": ('{"jsonrpc":"2.0","id":12,"method":"ping","params":[]}', 12, INVALID),
    "params is a text": ('{"jsonrpc":"2.0","id":"a","method":"ping","params":"x"}', "a", INVALID),
    "method is a number": ('{"jsonrpc":"2.0","id":13,"method":5}', 13, INVALID),
    "another version": ('{"jsonrpc":"1.0","id":14,"method":"ping"}', 14, INVALID),
    "no version": ('{"id":15,"method":"ping"}', 15, INVALID),
    "batch": ('[{"jsonrpc":"2.0","id":16,"method":"ping"}]', None, INVALID),
    "no JSON": ("hello", None, PARSE),
    "cut": ('{"jsonrpc":"2.0","id":17,"method":"pi', None, PARSE),
    "deep": (2000 * "[", None, PARSE),
    "id with a surrogate": (r'{"jsonrpc":"2.0","id":"\ud800","method":"ping"}', None, PARSE),
}
SILENT = {
    "notification": '{"jsonrpc":"2.0","method":"notifications/progress","params":[]}',
    "answer": r'{"jsonrpc":"2.0","id":3,"result":{"text":"\ud800"}}',
}


def error_of(line: str) -> ValidationError:
    with pytest.raises(ValidationError) as raised:
        types.jsonrpc_message_adapter.validate_json(line, by_name=False)
    return raised.value


@pytest.mark.parametrize("name", UNREADABLE)
def test_the_answer_carries_the_id_where_it_can_be_read(name: str) -> None:
    line, message_id, code = UNREADABLE[name]
    answer = error_answer(error_of(line))
    assert answer is not None
    assert (answer.id, answer.error.code) == (message_id, code)
    assert answer.model_dump_json(by_alias=True).isprintable()


@pytest.mark.parametrize("name", SILENT)
def test_what_wants_no_answer_gets_none(name: str) -> None:
    assert error_answer(error_of(SILENT[name])) is None


def test_another_exception_is_told_by_its_kind_alone() -> None:
    assert reason_of(OSError("a secret")) == "OSError"
    answer = error_answer(OSError("a secret"))
    assert answer is not None
    assert answer.id is None


def test_the_real_server_answers_each_of_them_and_goes_on(tmp_path: Path) -> None:
    lines = [line for line, _, _ in UNREADABLE.values()] + list(SILENT.values())
    messages = handshake() + "".join(f"{line}\n" for line in lines) + '{"jsonrpc":"2.0","id":99,"method":"ping"}\n'
    done = subprocess.run(
        [sys.executable, "-m", "video_mcp"],
        input=messages,
        capture_output=True,
        env=environment(tmp_path, VIDEO_MCP_LOG_LEVEL="WARNING"),
        text=True,
        timeout=120,
        check=True,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    errors = [(answer["id"], answer["error"]["code"]) for answer in answers if "error" in answer]
    assert errors == [(message_id, code) for _, message_id, code in UNREADABLE.values()]
    assert {1, 99} <= {answer["id"] for answer in answers if "result" in answer}
    assert done.stderr.count("could not be read") == len(lines)
