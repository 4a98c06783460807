"""How commands end."""

from __future__ import annotations

import json

import pytest
import typer

from video_mcp.cli.exit_codes import ExitCode, exit_code_of, exit_code_of_error, run_command
from video_mcp.errors import (
    ConfigurationError,
    GatewayTimeout,
    InputRefused,
    InvalidRequest,
    JobNotCompleted,
    JobNotFound,
    VideoMCPError,
)
from video_mcp.families.messages import refusal
from video_mcp.jobs.job import JobStatus


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigurationError(["x"]), 2),
        (InvalidRequest([refusal("seconds", "no")]), 2),
        (JobNotFound("no", video_id="v"), 2),
        (InputRefused("no"), 2),
        (JobNotCompleted("no"), 1),
        (GatewayTimeout("slow", delivered=True), 1),
    ],
)
def test_the_exit_code_of_an_error(error: VideoMCPError, code: int) -> None:
    assert exit_code_of_error(error) == code


@pytest.mark.parametrize(
    ("status", "code"), [("completed", 0), ("failed", 1), ("unknown", 4), ("queued", 3), ("in_progress", 3)]
)
def test_the_exit_code_of_a_job(status: JobStatus, code: int) -> None:
    assert exit_code_of(status) == code


def test_a_defect_is_one_sentence_too(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> ExitCode:
        raise ExceptionGroup("several", [ValueError("sk-secret")])

    with pytest.raises(typer.Exit) as ended:
        run_command(fail, as_json=True)
    said = capsys.readouterr()
    assert ended.value.exit_code == 1
    assert json.loads(said.out)["error"]["code"] == "internal"
    assert "(ValueError)" in said.err
    assert "sk-secret" not in said.out + said.err
