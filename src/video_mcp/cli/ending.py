"""The end of every command: its exit code, or one clear sentence and the code that goes with it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NoReturn, cast

import typer

from video_mcp.cli.console import print_json, tell
from video_mcp.cli.exit_codes import ExitCode, exit_code_of_error, json_in_commands, sentence_of
from video_mcp.errors import VideoMCPError
from video_mcp.server.results import error_result
from video_mcp.types import JsonObject

logger = logging.getLogger(__name__)


def end(command: Callable[[], ExitCode], *, as_json: bool = False) -> NoReturn:
    """Run a command and end with its exit code; a problem is told on stderr, and in JSON too where that is wanted."""
    try:
        code = command()
    except VideoMCPError as error:
        code = _tell(error, as_json=as_json)
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:  # a defect, of which a person gets one sentence too; the log has the rest
        logger.debug("a command failed", exc_info=True)
        code = _tell(_unexpected(error), as_json=as_json)
    raise typer.Exit(code)


def _tell(error: VideoMCPError, *, as_json: bool) -> ExitCode:
    if as_json:
        print_json(cast("JsonObject", json_in_commands(error_result(error).as_json())))
    tell(sentence_of(error))
    return exit_code_of_error(error)


def _unexpected(error: Exception) -> VideoMCPError:
    return VideoMCPError(
        f"Something unexpected went wrong in video-mcp ({_kind(error)}).",
        advice="VIDEO_MCP_LOG_LEVEL=DEBUG tells more; video-mcp status shows whether a video was begun.",
    )


def _kind(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return _kind(cast("BaseExceptionGroup[BaseException]", error).exceptions[0])
    return type(error).__name__
