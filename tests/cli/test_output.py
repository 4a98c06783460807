"""Sentences and lines that a person reads."""

from __future__ import annotations

from typing import Literal

import pytest
from rich.cells import cell_len

from video_mcp.cli.output import age, error_sentence, job_lines, jobs_lines, json_in_commands
from video_mcp.errors import ConfigurationError, JobNotFound
from video_mcp.server.answer_models import ErrorAnswer, VideoJob, VideoSummary
from video_mcp.server.error_results import error_result


def test_an_error_speaks_of_commands_not_of_tools() -> None:
    error = JobNotFound("No video x.", video_id="x", advice="Call get_video_status without an id.")
    assert error_sentence(error) == "No video x. Call video-mcp status without an id."
    answer = error_result(error).as_json()
    assert json_in_commands(answer) == {
        "error": {
            "code": "not_found",
            "message": "No video x.",
            "advice": "Call video-mcp status without an id.",
        },
        "charged": "no",
        "video_id": "x",
    }


def test_missing_settings_are_one_sentence_and_others_a_line_each() -> None:
    said = error_sentence(ConfigurationError(["VIDEO_MCP_WAIT_SECONDS is odd", "VIDEO_MCP_API_KEY is not set"]))
    first, second = said.splitlines()
    assert first == "VIDEO_MCP_WAIT_SECONDS is odd"
    assert second.startswith("VIDEO_MCP_API_KEY is not set: set ")


def test_a_failed_job_is_told_with_its_reason_and_what_it_cost() -> None:
    answer = VideoJob(
        video_id="v1",
        status="failed",
        model="m",
        elapsed_seconds=62,
        charged="no",
        error=ErrorAnswer(code="c", message="Blocked.", advice="Call create_video with other words."),
        warnings=["list_models knows more"],
    )
    assert job_lines(answer) == [
        "m: failed after 1 min 02 s. v1",
        "Blocked. Call video-mcp create with other words.",
        "Charged: no.",
        "Note: video-mcp models knows more",
    ]


@pytest.mark.parametrize(
    ("seconds", "said"), [(5, "5 s"), (125, "2 min 05 s"), (7200, "2 h"), (86_400 * 3, "3 days"), (100_000, "27 h")]
)
def test_an_age(seconds: int, said: str) -> None:
    assert age(seconds) == said


def listed(
    video_id: str, status: Literal["in_progress", "completed"], model: str, age_seconds: int, prompt: str
) -> VideoSummary:
    return VideoSummary(
        video_id=video_id, status=status, model=model, age_seconds=age_seconds, charged="yes", prompt=prompt
    )


LISTED = [
    listed("video_0123456789abcdef0123", "in_progress", "kling-v2-6", 5, "雨" * 60),
    listed("video_aaaa456789abcdef0123", "completed", "sora-2", 90, "a\x1b[31mb"),
]


@pytest.mark.parametrize("width", [20, 40, 46, 60, 80, 200])
def test_a_list_never_cuts_an_id_or_a_status(width: int) -> None:
    _head, *lines = jobs_lines(LISTED, width)
    for line, video in zip(lines, LISTED, strict=True):
        assert line.startswith(f"{video.video_id}  {video.status}")
        assert "\x1b" not in line
        assert cell_len(line) <= max(width, len(video.video_id) + 2 + len("in_progress"))


def test_a_wide_list_holds_everything() -> None:
    assert jobs_lines(LISTED[1:], 200) == [
        "video                       status     model          age  prompt",
        "video_aaaa456789abcdef0123  completed  sora-2  1 min 30 s  a[31mb",
    ]
