"""Failures that a gateway does not call so, and what it gives as their reason."""

from __future__ import annotations

import json

import pytest
from pydantic import JsonValue

from video_mcp.errors import GatewayRejected
from video_mcp.gateway.protocol import read_polled
from video_mcp.gateway.upstream import HTTPResponse, UpstreamVideo

LINK = "https://cdn.example/v.mp4"


def polled(body: JsonValue, key: str = "") -> UpstreamVideo:
    raw = json.dumps(body).encode()
    return read_polled(HTTPResponse(status_code=200, headers={}, body=raw, key=key))


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"error": {"code": "moderation_blocked", "message": "no luck"}}, id="no status"),
        pytest.param({"error": "no luck"}, id="a text"),
        pytest.param({"errors": [{"message": "no luck"}]}, id="a list"),
        pytest.param({"status": "wonky", "fail_reason": "no luck"}, id="unknown word with a reason"),
        pytest.param({"status": "", "error_message": "no luck"}, id="empty word"),
        pytest.param({"status": None, "error": {"message": "no luck"}}, id="null word"),
        pytest.param({"status": "aborted", "message": "no luck"}, id="aborted"),
        pytest.param({"status": "content_filtered", "reason": "no luck"}, id="filtered"),
    ],
)
def test_an_error_ends_a_video_without_a_word_for_it(fields: dict[str, JsonValue]) -> None:
    video = polled({"id": "t", **fields})
    assert video.status in {"failed", "cancelled"}
    assert video.error is not None
    assert video.error.message == "no luck"


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"error": {"code": "rate_limit_exceeded", "message": "slow down"}}, id="rate limit"),
        pytest.param({"error": "upstream temporarily unavailable"}, id="unavailable"),
        pytest.param({"status": "wonky", "error": {"message": "internal error"}}, id="internal"),
        pytest.param({"error": {"code": 0, "message": "success"}}, id="no error"),
        pytest.param({"error": {}, "fail_reason": ""}, id="empty"),
        pytest.param({"status": "processing", "error": {"message": "a frame was dropped"}}, id="running"),
        pytest.param({"status": "processing", "message": "rendering"}, id="message"),
    ],
)
def test_trouble_that_passes_is_not_a_videos_end(fields: dict[str, JsonValue]) -> None:
    assert polled({"id": "t", **fields}).status == "running"


REASON = "You will not be charged. Try rephrasing the prompt."


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"metadata": {"raiMediaFilteredCount": 1, "raiMediaFilteredReasons": [REASON]}}, id="Veo"),
        pytest.param({"response": {"generateVideoResponse": {"raiMediaFilteredReasons": [REASON]}}}, id="Vertex"),
        pytest.param({"promptFeedback": {"blockReasonMessage": REASON}}, id="prompt feedback"),
        pytest.param({"output": {"content_filter": {"filtered": True, "reason": REASON}}}, id="a filter's object"),
        pytest.param({"result": {"moderation": {"flagged": True, "message": REASON}}}, id="moderation's object"),
        pytest.param({"data": [{"video": None, "filter_reason": REASON}]}, id="in a list"),
        pytest.param({"error": {"code": "content_filter", "message": REASON}, "video_url": None}, id="error object"),
        pytest.param({"fail_reason": REASON}, id="fail_reason"),
    ],
)
def test_a_word_of_success_without_a_video_and_with_a_reason_is_a_failure(fields: dict[str, JsonValue]) -> None:
    video = polled({"id": "t", "status": "completed", **fields})
    assert video.status == "failed"
    assert video.error is not None
    assert video.error.message == REASON


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"moderation": "passed", "safety_rating": "LOW"}, id="passed"),
        pytest.param({"content_filter_results": {"hate": {"filtered": False, "severity": "safe"}}}, id="Azure"),
        pytest.param({"metadata": {"raiMediaFilteredCount": 0, "raiMediaFilteredReasons": []}}, id="none filtered"),
        pytest.param({"moderation": {"flagged": False, "message": "fine"}}, id="not flagged"),
        pytest.param({"video_url": LINK, "metadata": {"raiMediaFilteredReasons": [REASON]}}, id="one of two filtered"),
        pytest.param({"metadata": {"url": "/v1/videos/t/content"}, "filter_reason": REASON}, id="content path"),
        pytest.param({"fail_reason": LINK}, id="a link for a reason"),
        pytest.param({"error": None, "message": "success"}, id="success"),
    ],
)
def test_a_finished_video_is_not_lost_to_what_filters_say_beside_it(fields: dict[str, JsonValue]) -> None:
    assert polled({"id": "t", "status": "completed", **fields}).status == "completed"


def test_a_video_beside_errors_is_a_video() -> None:
    assert polled({"id": "t", "status": "completed_with_errors", "video_url": LINK}).status == "completed"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"code": "content_policy_violation", "message": "no", "error": {"message": "no"}}, "failed"),
        ({"error": {"code": "moderation_blocked", "message": "no"}}, "failed"),
    ],
)
def test_a_filter_speaks_of_the_video_also_without_its_id(body: JsonValue, status: str) -> None:
    assert polled(body).status == status


@pytest.mark.parametrize("body", [{"error": {"message": "no such thing"}}, {"code": "x", "message": "no"}])
def test_other_trouble_without_an_id_may_pass(body: JsonValue) -> None:
    with pytest.raises(GatewayRejected):
        polled(body)


KEY = "my/own key+1"


@pytest.mark.parametrize(
    "written", [KEY, "my%2Fown%20key%2B1", "my\\/own key+1", "my/own\u200b key+1", "my&#47;own key+1"]
)
def test_the_key_is_taken_out_literally(written: str) -> None:
    error: JsonValue = {"code": written, "message": f"bad {written}."}
    video = polled({"id": "t", "status": f"failed {written}", "model": written, "error": error}, KEY)
    assert video.error is not None
    for shown in (video.error.message, video.error.code or "", video.word, video.model or ""):
        assert "own" not in shown
    assert video.error.message == "bad ***."


def test_what_strangers_write_is_bounded_plain_and_on_one_line() -> None:
    code = "a b\x1b[31m" + "x" * 500
    message = "one\n\x1b[31mtwo\u202e\ue000 &#27;[0m three"
    error: JsonValue = {"code": code, "message": message}
    video = polled({"id": "t" * 3000, "task_id": "t", "status": "failed", "model": "m" * 999, "error": error})
    assert video.error is not None
    assert video.error.message == "one [31mtwo [0m three"
    assert len(video.error.code or "") <= 64
    assert (video.error.code or "").isascii()
    assert len(video.model or "") <= 100
    assert video.id == "t"
