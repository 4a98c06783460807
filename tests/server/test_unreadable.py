"""A message that cannot be read is answered with an error and its id, and the connection goes on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import mcp_types as types
import pytest
from pydantic import ValidationError

from tests.interaction.test_stdio import environment, handshake
from video_mcp.server.unreadable import error_answer, lost_request_answer, reason_of

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
# The SDK reads these as notifications, without their ids.
WITH_A_WRONG_ID = {
    "a fraction": '{"jsonrpc":"2.0","id":1.5,"method":"ping"}',
    "null": '{"jsonrpc":"2.0","id":null,"method":"tools/list"}',
    "true": '{"jsonrpc":"2.0","id":true,"method":"ping"}',
    "an object": '{"jsonrpc":"2.0","id":{"a":1},"method":"tools/call","params":{"name":"get_video_status"}}',
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


@pytest.mark.parametrize("name", WITH_A_WRONG_ID)
def test_a_request_with_an_id_of_a_wrong_kind_is_answered_without_one(name: str) -> None:
    answer = lost_request_answer(types.jsonrpc_message_adapter.validate_json(WITH_A_WRONG_ID[name], by_name=False))
    assert answer is not None
    assert (answer.id, answer.error.code) == (None, INVALID)


@pytest.mark.parametrize("method", ["notifications/initialized", "notifications/cancelled", "$/progress"])
def test_a_notification_is_not_taken_for_a_request(method: str) -> None:
    assert lost_request_answer(types.JSONRPCNotification(jsonrpc="2.0", method=method)) is None


def test_another_exception_is_told_by_its_kind_alone() -> None:
    assert reason_of(OSError("a secret")) == "OSError"
    answer = error_answer(OSError("a secret"))
    assert answer is not None
    assert answer.id is None


def test_the_real_server_answers_each_of_them_and_goes_on(tmp_path: Path) -> None:
    lines = [line for line, _, _ in UNREADABLE.values()] + [*WITH_A_WRONG_ID.values(), *SILENT.values()]
    messages = handshake() + "".join(f"{line}\n" for line in lines) + '{"jsonrpc":"2.0","id":99,"method":"ping"}\n'
    answers: list[dict[str, Any]] = []
    with subprocess.Popen(
        [sys.executable, "-m", "video_mcp"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(tmp_path, VIDEO_MCP_LOG_LEVEL="WARNING"),
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(messages)
        process.stdin.flush()
        while not answers or answers[-1]["id"] != 99:  # the end of stdin may overtake what was sent before it
            answers.append(json.loads(process.stdout.readline()))
        _, stderr = process.communicate(timeout=120)
    errors = [(answer["id"], answer["error"]["code"]) for answer in answers if "error" in answer]
    without_id: list[tuple[int | str | None, int]] = [(None, INVALID)] * len(WITH_A_WRONG_ID)
    assert errors == [(message_id, code) for _, message_id, code in UNREADABLE.values()] + without_id
    assert {1, 99} <= {answer["id"] for answer in answers if "result" in answer}
    assert stderr.count("could not be read") == len(lines)
