"""What a command writes: answers to stdout, everything else to stderr; jobs as a user reads them."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import typer
from pydantic import JsonValue

from video_mcp.errors import ConfigurationError, VideoMCPError
from video_mcp.jobs.progress import clock
from video_mcp.plain_text import printable
from video_mcp.server.answer_models import Answer, VideoJob, VideoSummary
from video_mcp.server.result_text import file_facts
from video_mcp.types import TROUBLESHOOTING_URL, JsonObject

if TYPE_CHECKING:
    from video_mcp.cli.console import PlainConsole

_WIDTH_OF_A_PIPE = 200
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
# Less room than this shows nothing of use behind the status.
_LEAST_ROOM = 6
_DAY_SECONDS = 86_400
_HOUR_SECONDS = 3600


def print_json(value: JsonObject) -> None:
    """Print a JSON object for a program; nothing else goes to stdout with it."""
    typer.echo(json.dumps(value, indent=2))


def print_answer(answer: Answer) -> None:
    """Print an answer as JSON, its sentences in the words of the command line."""
    print_json(cast("JsonObject", json_in_commands(answer.as_json())))


def print_stderr(text: str) -> None:
    """Print what is not an answer: progress, a reason, a next step."""
    typer.echo(printable(text), err=True)


def print_stdout(text: str, *, end: bool = True) -> None:
    """Print an answer for a user, without what a terminal would take for a command; without `end` as it is."""
    typer.echo(printable(text), nl=end)


def replace_unwritable() -> None:
    """Let a console whose encoding lacks a letter show another one: no command fails after money was spent."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def open_console(*, stderr: bool = False) -> PlainConsole:
    """Return a console that neither colours words of its own nor folds what goes into a pipe."""
    from video_mcp.cli.console import PlainConsole  # noqa: PLC0415 - only commands with rich output pay for it

    console = PlainConsole(stderr=stderr, highlight=False, markup=False, emoji=False)
    if console.is_terminal:
        return console
    return PlainConsole(stderr=stderr, highlight=False, markup=False, emoji=False, width=_WIDTH_OF_A_PIPE)


def job_lines(answer: VideoJob) -> list[str]:
    """Return what there is to say about a job, a line each; the file's path is a line of its own."""
    lines = [_headline(answer)]
    if answer.file is not None:
        lines.append(answer.file.path or answer.file.download_url or "")
    if answer.preview is not None:
        lines.append(f"{answer.preview.kind.capitalize()}: {answer.preview.path}")
    if answer.error is not None:
        lines.append(in_commands(" ".join(filter(None, [answer.error.message, answer.error.advice]))))
    if answer.status in {"failed", "unknown"} and answer.charged is not None:
        lines.append(f"Charged: {answer.charged}.")
        lines += [f"The gateway's own id: {answer.upstream_id}."] if answer.upstream_id is not None else []
    return [*lines, *(f"Note: {in_commands(warning)}" for warning in answer.warnings or [])]


def how_to_come_back(answer: VideoJob) -> str:
    """Return what to do about a video that is not finished yet."""
    return f"The video continues without this command. Get it later with: video-mcp fetch {answer.video_id}"


def jobs_lines(videos: Sequence[VideoSummary], width: int) -> list[str]:
    """Return the newest videos, a line each: id and status always in full, of the rest what fits."""
    from rich.cells import cell_len, set_cell_size  # noqa: PLC0415 - only commands with tables pay for it

    rows = [
        ("video", "status", "model", "age", "prompt"),
        *((one.video_id, one.status, one.model, age(one.age_seconds), one.prompt) for one in videos),
    ]
    widths = [max(cell_len(row[column]) for row in rows) for column in range(4)]
    lines: list[str] = []
    for row in rows:
        required = f"{set_cell_size(row[0], widths[0])}  {set_cell_size(row[1], widths[1])}"
        rest = f"  {set_cell_size(row[2], widths[2])}  {row[3]:>{widths[3]}}  {row[4]}"
        room = width - cell_len(required)
        if cell_len(rest) > room:
            rest = f"{set_cell_size(rest, room - 1).rstrip()}…" if room > _LEAST_ROOM else ""
        lines.append(printable(required + rest).rstrip())
    return lines


def age(seconds: int) -> str:
    """Return an age as people say it: `42 s`, `3 min 05 s`, `5 h`, `2 days`."""
    if seconds < _HOUR_SECONDS:
        return clock(seconds)
    if seconds < 2 * _DAY_SECONDS:
        return f"{seconds // _HOUR_SECONDS} h"
    return f"{seconds // _DAY_SECONDS} days"


def _headline(answer: VideoJob) -> str:
    took = f" after {clock(answer.elapsed_seconds)}" if answer.elapsed_seconds is not None else ""
    if answer.file is not None:
        return f"{answer.model}: completed{took}: {file_facts(answer.file)}. {answer.video_id}"
    left = f", about {clock(answer.eta_seconds)} left" if answer.eta_seconds is not None else ""
    return f"{answer.model}: {answer.status}{took}{left}. {answer.video_id}"


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


def error_sentence(error: VideoMCPError) -> str:
    """Return what a user reads of an error; several problems are a line each."""
    if not isinstance(error, ConfigurationError):
        return in_commands(str(error))
    missing = [problem.removesuffix(_NOT_SET) for problem in error.problems if problem.endswith(_NOT_SET)]
    lines = [problem for problem in error.problems if not problem.endswith(_NOT_SET)]
    if missing:
        wanted = " and ".join(missing)
        is_or_are = "is" if len(missing) == 1 else "are"
        lines.append(
            f"{wanted} {is_or_are} not set: set your gateway's address and key in the environment "
            f"(video-mcp demo needs neither). Help: {TROUBLESHOOTING_URL}"
        )
    return in_commands("\n".join(lines))
