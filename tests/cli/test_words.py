"""Exit codes, sentences, tables and examples: what a person reads."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from video_mcp.cli.app import app
from video_mcp.cli.commands.models import example_command, spans
from video_mcp.cli.commands.serve import how_to_use
from video_mcp.cli.ending import end
from video_mcp.cli.exit_codes import ExitCode, exit_code_of, exit_code_of_error, json_in_commands, sentence_of
from video_mcp.cli.options import complete_model
from video_mcp.cli.output import age, job_lines
from video_mcp.errors import (
    ConfigurationError,
    GatewayTimeout,
    InputRefused,
    InvalidRequest,
    JobNotCompleted,
    JobNotFound,
    VideoMCPError,
)
from video_mcp.families.catalog import default_catalog
from video_mcp.families.messages import refusal
from video_mcp.families.schemas import example
from video_mcp.families.validation.check import check_request
from video_mcp.jobs.job import JobStatus
from video_mcp.server.results import ErrorAnswer, VideoJob, error_result


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
    ("status", "code"), [("completed", 0), ("failed", 1), ("unknown", 1), ("queued", 3), ("in_progress", 3)]
)
def test_the_exit_code_of_a_job(status: JobStatus, code: int) -> None:
    assert exit_code_of(status) == code


def test_an_error_speaks_of_commands_not_of_tools() -> None:
    error = JobNotFound("No video x.", video_id="x", advice="Call get_video_status without an id.")
    assert sentence_of(error) == "No video x. Call video-mcp status without an id."
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


def test_a_defect_is_one_sentence_too(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> ExitCode:
        raise ExceptionGroup("several", [ValueError("sk-secret")])

    with pytest.raises(typer.Exit) as ended:
        end(fail, as_json=True)
    said = capsys.readouterr()
    assert ended.value.exit_code == 1
    assert json.loads(said.out)["error"]["code"] == "error"
    assert "(ValueError)" in said.err
    assert "sk-secret" not in said.out + said.err


def test_missing_settings_are_one_sentence_and_others_a_line_each() -> None:
    said = sentence_of(ConfigurationError(["VIDEO_MCP_WAIT_SECONDS is odd", "VIDEO_MCP_API_KEY is not set"]))
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


@pytest.mark.parametrize(
    ("values", "said"),
    [([5, 10], "5, 10"), ([4, 5, 6, 7, 10], "4-7, 10"), ([4, 5], "4, 5"), ([], ""), ([-1, 3], "-1, 3")],
)
def test_numbers_in_short(values: list[int], said: str) -> None:
    assert spans(values) == said


def test_every_example_is_a_command_that_is_accepted() -> None:
    catalog = default_catalog()
    for spec in catalog.models():
        for mode in spec.modes:
            arguments = example(spec, mode)
            check_request(catalog, arguments, "strict")
            words = shlex.split(example_command(arguments))
            assert words[:2] == ["video-mcp", "create"]
            known = {f"--{name.replace('_', '-')}" for name in _options_of_create()}
            assert {word for word in words if word.startswith("--")} <= known


def _options_of_create() -> list[str]:
    from typer.main import get_command  # noqa: PLC0415

    group = get_command(app)
    command = getattr(group, "commands")["create"]  # noqa: B009 - typer hides the group's type
    return [*(parameter.name for parameter in command.params), "option", "no-audio"]


def test_models_as_a_table_and_one_in_detail() -> None:
    table = CliRunner().invoke(app, ["models", "--family", "kling"])
    assert (table.exit_code, table.stdout.splitlines()[0].split()) == (
        0,
        ["model", "modes", "seconds", "resolution", "sound"],
    )
    detail = CliRunner().invoke(app, ["models", "KLING-V2-6", "--json"])
    (shown,) = json.loads(detail.stdout)["models"]
    assert (shown["id"], set(shown["examples"]) >= {"t2v", "i2v"}) == ("kling-v2-6", True)
    assert shown["schema"]["type"] == "object"
    plain = CliRunner().invoke(app, ["models", "kling-v2-6"])
    assert "video-mcp create" in plain.stdout


def test_an_unknown_model_is_wrong_use() -> None:
    refused = CliRunner().invoke(app, ["models", "kling-v2-7"])
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "Did you mean kling-v2-6?" in refused.stderr


def test_model_ids_complete() -> None:
    assert complete_model("SORA") == ["sora-2", "sora-2-pro"]


def test_a_shell_completes_commands_and_clients_and_models() -> None:
    def completed(*words: str) -> list[str]:
        asked = {"_VIDEO_MCP_COMPLETE": "complete_bash", "COMP_WORDS": " ".join(words)}
        env = {**asked, "COMP_CWORD": str(len(words) - 1)}
        return CliRunner().invoke(app, [], env=env, prog_name="video-mcp").stdout.split()

    assert completed("video-mcp", "st") == ["status"]
    assert completed("video-mcp", "install", "cl") == ["claude-desktop", "claude-code"]
    assert completed("video-mcp", "create", "x", "--model", "sora") == ["sora-2", "sora-2-pro"]


@pytest.mark.parametrize(("platform", "said"), [("win32", '$env:VIDEO_MCP_API_KEY = "k"'), ("linux", "export VIDEO")])
def test_the_simulator_says_how_to_use_it(platform: str, said: str) -> None:
    assert said in how_to_use("http://127.0.0.1:1", "k", platform)


@pytest.mark.parametrize("variable", ["_VIDEO_MCP_COMPLETE", "_VIDEO_MCP_GATEWAY_COMPLETE"])
def test_a_completing_shell_gets_words_and_no_server(variable: str) -> None:
    command = "video-mcp-gateway" if "GATEWAY" in variable else "video-mcp"
    shell = {variable: "complete_bash", "COMP_WORDS": f"{command} mod", "COMP_CWORD": "1"}
    code = f"import sys; sys.argv = [{command!r}]; from video_mcp.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, env=shell, check=True
    )
    assert done.stdout.split() == ["models"]
