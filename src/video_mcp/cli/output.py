"""A job, and a list of jobs, as a person reads them."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Column, Table

from video_mcp.cli.exit_codes import in_commands
from video_mcp.jobs.progress import clock
from video_mcp.server.results import FileAnswer, VideoJob, VideoSummary

_DAY_SECONDS = 86_400
_HOUR_SECONDS = 3600


def job_lines(answer: VideoJob) -> list[str]:
    """Return what there is to say about a job, a line each; the file's path is a line of its own."""
    lines = [_headline(answer)]
    if answer.file is not None:
        lines.append(answer.file.path)
    if answer.error is not None:
        lines.append(in_commands(" ".join(filter(None, [answer.error.message, answer.error.advice]))))
    if answer.status in {"failed", "unknown"} and answer.charged is not None:
        lines.append(f"Charged: {answer.charged}.")
    return [*lines, *(f"Note: {in_commands(warning)}" for warning in answer.warnings or [])]


def how_to_come_back(answer: VideoJob) -> str:
    """Return what to do about a video that is not finished yet."""
    return f"It goes on at the gateway without this command. Come back with: video-mcp fetch {answer.video_id}"


def jobs_table(videos: Iterable[VideoSummary]) -> Table:
    """Return the newest videos as a table."""
    table = Table(
        Column("video", no_wrap=True),
        Column("status", no_wrap=True),
        Column("model", overflow="fold"),
        Column("age", no_wrap=True, justify="right"),
        Column("prompt", no_wrap=True, overflow="ellipsis"),
        box=None,
        pad_edge=False,
    )
    for video in videos:
        table.add_row(video.video_id, video.status, video.model, age(video.age_seconds), video.prompt)
    return table


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
        return f"{answer.model}: completed{took}: {_facts(answer.file)}. {answer.video_id}"
    left = f", about {clock(answer.eta_seconds)} left" if answer.eta_seconds is not None else ""
    return f"{answer.model}: {answer.status}{took}{left}. {answer.video_id}"


def _facts(file: FileAnswer) -> str:
    sound = "with sound" if file.has_audio else "silent"
    return f"{file.seconds:g} s, {file.width}x{file.height}, {file.fps:g} fps, {sound}, {file.bytes / 1_000_000:.1f} MB"
