"""How a command ends: exit codes, one sentence for a person, the same facts for a program. Pure."""

from __future__ import annotations

from enum import IntEnum

from pydantic import JsonValue

from video_mcp.errors import (
    BudgetExceeded,
    ConfigurationError,
    ConfirmationDeclined,
    InputRefused,
    InvalidRequest,
    JobNotFound,
    OutputRefused,
    VideoMCPError,
)
from video_mcp.jobs.job import JobStatus

_TOOLS = {
    "get_video_status": "video-mcp status",
    "fetch_video": "video-mcp fetch",
    "create_video": "video-mcp create",
    "list_models": "video-mcp models",
    "overwrite=true": "--overwrite",
    "allow_duplicate=true": "--allow-duplicate",
    "allow_duplicate": "--allow-duplicate",
}
_NOT_SET = " is not set"


class ExitCode(IntEnum):
    """What a shell learns of a command."""

    DONE = 0
    FAILED = 1
    WRONG_USE = 2
    STILL_RUNNING = 3


_WRONG_USE = (
    ConfigurationError,
    ConfirmationDeclined,
    InvalidRequest,
    BudgetExceeded,
    JobNotFound,
    InputRefused,
    OutputRefused,
)


def exit_code_of_error(error: VideoMCPError) -> ExitCode:
    """Return the exit code of a command that could not do what it was asked."""
    return ExitCode.WRONG_USE if isinstance(error, _WRONG_USE) else ExitCode.FAILED


def exit_code_of(status: JobStatus) -> ExitCode:
    """Return the exit code of a command that answers a job."""
    if status == "completed":
        return ExitCode.DONE
    return ExitCode.FAILED if status in {"failed", "unknown"} else ExitCode.STILL_RUNNING


def in_commands(text: str) -> str:
    """Return a sentence that was written for an agent in the words of the command line."""
    for tool, command in _TOOLS.items():
        text = text.replace(tool, command)
    return text


def json_in_commands(value: JsonValue) -> JsonValue:
    """Return an answer with each sentence in it in the words of the command line."""
    match value:
        case str():
            return in_commands(value)
        case list():
            return [json_in_commands(item) for item in value]
        case dict():
            return {name: json_in_commands(item) for name, item in value.items()}
        case _:
            return value


def sentence_of(error: VideoMCPError) -> str:
    """Return what a person reads of an error; several problems are a line each."""
    if not isinstance(error, ConfigurationError):
        return in_commands(str(error))
    missing = [problem.removesuffix(_NOT_SET) for problem in error.problems if problem.endswith(_NOT_SET)]
    lines = [problem for problem in error.problems if not problem.endswith(_NOT_SET)]
    if missing:
        wanted = " and ".join(missing)
        is_or_are = "is" if len(missing) == 1 else "are"
        lines.append(
            f"{wanted} {is_or_are} not set: set your gateway's address and key in the environment "
            "(video-mcp demo needs neither)."
        )
    return in_commands("\n".join(lines))
