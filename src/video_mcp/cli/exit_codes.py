"""How a command ends: its exit code, and one clear sentence when it could not do what was wanted."""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import IntEnum
from typing import NoReturn, cast

import typer

from video_mcp.cli.output import error_sentence, print_answer, print_stderr
from video_mcp.errors import (
    BudgetExceeded,
    ConfigurationError,
    ConfirmationDeclined,
    ConfirmationNeeded,
    InputRefused,
    InvalidRequest,
    JobNotFound,
    OutputRefused,
    VideoMCPError,
)
from video_mcp.jobs.job import JobStatus
from video_mcp.server.error_results import error_result

logger = logging.getLogger(__name__)


class ExitCode(IntEnum):
    """What a shell learns of a command; `CHARGE_UNKNOWN` says that it must not be repeated."""

    DONE = 0
    FAILED = 1
    WRONG_USE = 2
    STILL_RUNNING = 3
    CHARGE_UNKNOWN = 4


_WRONG_USE = (
    ConfigurationError,
    ConfirmationDeclined,
    ConfirmationNeeded,
    InvalidRequest,
    BudgetExceeded,
    JobNotFound,
    InputRefused,
    OutputRefused,
)


def exit_code_of_error(error: VideoMCPError) -> ExitCode:
    """Return the exit code of a command that failed."""
    return ExitCode.WRONG_USE if isinstance(error, _WRONG_USE) else ExitCode.FAILED


def exit_code_of(status: JobStatus) -> ExitCode:
    """Return the exit code of a command that answers a job."""
    if status == "completed":
        return ExitCode.DONE
    if status == "unknown":
        return ExitCode.CHARGE_UNKNOWN
    return ExitCode.FAILED if status == "failed" else ExitCode.STILL_RUNNING


def run_command(command: Callable[[], ExitCode], *, as_json: bool = False) -> NoReturn:
    """Run a command and end with its exit code; an error is a sentence on stderr, and JSON too where that is wanted."""
    try:
        code = command()
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        code = _failed(error, as_json=as_json)
    raise typer.Exit(code)


def _failed(error: Exception, *, as_json: bool) -> ExitCode:
    if as_json:
        print_answer(error_result(_first(error)))
    if isinstance(error, VideoMCPError):
        print_stderr(error_sentence(error))
        return exit_code_of_error(error)
    logger.debug("a command failed", exc_info=error)
    print_stderr(
        f"Something unexpected went wrong in video-mcp ({type(_first(error)).__name__}). "
        "VIDEO_MCP_LOG_LEVEL=DEBUG shows more; video-mcp status shows whether a video was started."
    )
    return ExitCode.FAILED


def _first(error: Exception) -> Exception:
    """Return the first error inside a task group's."""
    while isinstance(error, ExceptionGroup):
        error = cast("ExceptionGroup[Exception]", error).exceptions[0]
    return error
