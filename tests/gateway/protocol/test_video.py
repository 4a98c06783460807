from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from pydantic import JsonValue

from video_mcp.gateway.protocol import read_polled
from video_mcp.gateway.upstream import HTTPResponse, UpstreamError, UpstreamStatus

PAGE = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


def answer(body: JsonValue, status_code: int = 200, headers: Mapping[str, str] | None = None) -> HTTPResponse:
    return raw(json.dumps(body).encode(), status_code, headers)


def raw(body: str | bytes, status_code: int = 200, headers: Mapping[str, str] | None = None) -> HTTPResponse:
    content = body.encode() if isinstance(body, str) else body
    return HTTPResponse(status_code=status_code, headers=headers or {}, body=content)


WORDS: dict[UpstreamStatus, str] = {
    "queued": "queued pending submitted created not_start not_started preparing queueing in_queue waiting "
    "scheduled accepted NOT_START SUBMITTED",
    "running": "in_progress processing running generating rendering started active uploading throttled "
    "unknown IN_PROGRESS no-such-word",
    "completed": "completed complete succeeded succeed success done finished SUCCESS Completed",
    "failed": "failed failure fail error rejected blocked timeout timed_out FAILURE",
    "cancelled": "cancelled canceled deleted",
    "expired": "expired",
}


@pytest.mark.parametrize(
    ("word", "status"),
    [pytest.param(word, status, id=word) for status, words in WORDS.items() for word in words.split()],
)
def test_every_gateways_status_word_is_known(word: str, status: UpstreamStatus) -> None:
    video = read_polled(answer({"id": "t", "status": f" {word} "}))
    assert (video.status, video.word) == (status, word)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"task_id": "t", "status": "SUCCESS", "progress": "100%"}, "completed", id="rc.30"),
        pytest.param(
            {
                "code": "success",
                "data": {"task_id": "t", "status": "FAILURE", "data": {"status": "succeeded"}},
            },
            "failed",
            id="legacy envelope",
        ),
        pytest.param({"status": "success", "data": {"id": "t", "status": "processing"}}, "running", id="outer"),
        pytest.param({"code": 0, "data": {"task_id": "t", "task_status": "succeed"}}, "completed", id="Kling"),
        pytest.param({"state": "queueing", "id": "t"}, "queued", id="Vidu"),
        pytest.param({"output": {"task_id": "t", "task_status": "RUNNING"}}, "running", id="Ali"),
        pytest.param({"status": "done", "video": {"url": "https://x/v.mp4"}}, "completed", id="xAI, no id"),
        pytest.param({"id": "t"}, "running", id="no status"),
        pytest.param({"id": "t", "status": None, "completed_at": 1}, "running", id="completed_at alone"),
        pytest.param([{"id": "t", "status": "done"}], "completed", id="list of one"),
    ],
)
def test_a_status_is_found_in_any_envelope(body: JsonValue, status: UpstreamStatus) -> None:
    assert read_polled(answer(body)).status == status


LINK = "https://cdn.example/v.mp4?sig=1"


@pytest.mark.parametrize(
    ("fields", "link"),
    [
        pytest.param({"video_url": LINK}, LINK, id="video_url"),
        pytest.param({"video_url": {"url": LINK}}, LINK, id="video_url.url"),
        pytest.param({"video_url": None, "url": LINK}, LINK, id="url"),
        pytest.param({"metadata": {"url": LINK}}, LINK, id="metadata.url"),
        pytest.param({"metadata": {"video_url": LINK}}, LINK, id="metadata.video_url"),
        pytest.param({"video": {"url": LINK}}, LINK, id="video.url"),
        pytest.param({"videos": [{"url": LINK}]}, LINK, id="videos"),
        pytest.param({"output": {"video_url": LINK}}, LINK, id="output.video_url"),
        pytest.param({"output_url": LINK}, LINK, id="output_url"),
        pytest.param({"content": {"video_url": LINK}}, LINK, id="content.video_url"),
        pytest.param({"result_url": LINK}, LINK, id="result_url"),
        pytest.param({"result": {"video_url": LINK}}, LINK, id="result.video_url"),
        pytest.param({"urls": [LINK, "https://b"]}, LINK, id="urls"),
        pytest.param({"unsigned_urls": [LINK]}, LINK, id="unsigned_urls"),
        pytest.param({"creations": [{"url": LINK}]}, LINK, id="creations"),
        pytest.param({"task_result": {"videos": [{"url": LINK}]}}, LINK, id="task_result"),
        pytest.param({"data": {"result_url": LINK}}, LINK, id="data"),
        pytest.param({"fail_reason": LINK}, LINK, id="fail_reason"),
        pytest.param({"url": "data:video/mp4;base64,AAAA"}, None, id="data URL"),
        pytest.param({"url": "http://127.0.0.1:8000/v.mp4"}, "http://127.0.0.1:8000/v.mp4", id="own machine"),
        pytest.param(
            {"url": "https://gw/v1/tasks/t/artifacts/video/content?access=1.s"},
            "https://gw/v1/tasks/t/artifacts/video/content?access=1.s",
            id="capability link",
        ),
        pytest.param({"metadata": {"url": ""}, "url": ""}, None, id="empty"),
        pytest.param({"metadata": {"url": "http://localhost:3000/v1/videos/t/content"}}, None, id="localhost"),
        pytest.param({"url": "http://localhost:3000/v1/tasks/t/content?access=1"}, None, id="localhost, task"),
        pytest.param({"url": "https://other.example/v1/videos/a%2Fb/content"}, None, id="content, other host"),
        pytest.param({"url": "https://gw/proxy/v1/videos/a/b/content/"}, None, id="content behind a prefix"),
        pytest.param({"url": "http:///v1/videos/t/content"}, None, id="no host"),
        pytest.param({"url": "https:///v.mp4"}, None, id="no host, other path"),
        pytest.param({"url": "/files/v.mp4"}, None, id="relative"),
        pytest.param({"url": "http://[broken"}, None, id="broken"),
        pytest.param({"url": "file:///etc/passwd"}, None, id="file"),
        pytest.param({"url": "https://x/a\nb"}, None, id="two lines"),
        pytest.param({"url": 5, "video_url": [LINK]}, None, id="wrong kinds"),
        pytest.param({"metadata": {"url": "https://gw/v1/videos/t/content"}, "urls": [LINK]}, LINK, id="next"),
    ],
)
def test_a_link_is_found_unless_it_is_the_gateways_own_content_path(
    fields: dict[str, JsonValue], link: str | None
) -> None:
    video = read_polled(answer({"id": "t", "status": "completed", **fields}))
    assert (video.status, video.video_url) == ("completed", link)


def test_half_a_letter_in_an_answer_stays_out_of_what_is_written_down() -> None:
    video = read_polled(raw(rb'{"id": "t", "status": "\ud800", "error": "\ud800"}'))
    assert (video.status, video.word) == ("failed", "?")


def test_the_reason_of_a_failure_is_no_link() -> None:
    video = read_polled(answer({"task_id": "t", "status": "FAILURE", "fail_reason": LINK}))
    assert video.video_url is None


@pytest.mark.parametrize(
    ("progress", "expected"),
    [
        (0, 0),
        (42, 42),
        (42.9, 42),
        ("30%", 30),
        ("30", 30),
        (" 30 % ", 30),
        (250, 100),
        (-3, 0),
        ("100%", 100),
        (None, None),
        ("", None),
        ("soon", None),
        (True, None),
        ([], None),
        ("nan", None),
        ("inf%", None),
    ],
)
def test_progress_is_read_in_any_form(progress: JsonValue, expected: int | None) -> None:
    assert read_polled(answer({"id": "t", "status": "running", "progress": progress})).progress == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"seconds": "8"}, 8.0, id="text"),
        pytest.param({"seconds": "5.1"}, 5.1, id="Kling's text"),
        pytest.param({"seconds": 8}, 8.0, id="number"),
        pytest.param({"seconds": None, "duration": 6.5}, 6.5, id="duration"),
        pytest.param({"video": {"duration": 10}}, 10.0, id="xAI"),
        pytest.param({"task_result": {"videos": [{"duration": "5.1"}]}}, 5.1, id="Kling itself"),
        pytest.param({"seconds": "0"}, None, id="none yet"),
        pytest.param({"seconds": "auto"}, None, id="a word"),
        pytest.param({"seconds": int("9" * 400)}, None, id="beyond a float"),
    ],
)
def test_seconds_are_read_in_any_form(fields: dict[str, JsonValue], expected: float | None) -> None:
    assert read_polled(answer({"id": "t", "status": "completed", **fields})).seconds == expected


def test_times_are_seconds_whether_given_in_seconds_or_milliseconds() -> None:
    body: JsonValue = {
        "id": "t",
        "status": "completed",
        "created_at": 1764347090922,
        "completed_at": "1764347099",
        "expires_at": 1764433499.5,
    }
    video = read_polled(answer(body))
    times = (video.created_at, video.completed_at, video.expires_at)
    assert times == (1764347090.922, 1764347099.0, 1764433499.5)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param(
            {"error": {"code": "1026", "message": "unsafe"}},
            UpstreamError(message="unsafe", code="1026"),
            id="both",
        ),
        pytest.param({"error": {"code": "", "message": "no"}}, UpstreamError(message="no"), id="empty code"),
        pytest.param({"error": {"code": 500, "message": "no"}}, UpstreamError(message="no", code="500"), id="int"),
        pytest.param({"error": "blocked"}, UpstreamError(message="blocked"), id="a text"),
        pytest.param({"error": None, "fail_reason": "full"}, UpstreamError(message="full"), id="fail_reason"),
        pytest.param({"err_code": "Audit"}, UpstreamError(message="Audit", code="Audit"), id="Vidu"),
        pytest.param({"error": {}}, None, id="empty object"),
        pytest.param({"error": None}, None, id="null"),
        pytest.param(
            {"error": {"message": f"<b>see</b> {LINK} sk-abc123"}},
            UpstreamError(message="see https://cdn.example/v.mp4?*** sk-***"),
            id="secrets",
        ),
    ],
)
def test_the_reason_of_a_failure_is_read_in_any_form(
    fields: dict[str, JsonValue], expected: UpstreamError | None
) -> None:
    video = read_polled(answer({"id": "t", "status": "failed", **fields}))
    assert (video.status, video.error) == ("failed", expected)


def test_an_error_beside_a_running_video_is_not_its_end() -> None:
    video = read_polled(answer({"id": "t", "status": "in_progress", "error": {"message": ""}}))
    assert (video.status, video.error) == ("running", None)


def test_a_video_held_back_by_moderation_has_failed() -> None:
    body: JsonValue = {"status": "done", "video": {"url": "", "respect_moderation": False}}
    video = read_polled(answer(body))
    assert (video.status, video.error and video.error.code) == ("failed", "moderation")
