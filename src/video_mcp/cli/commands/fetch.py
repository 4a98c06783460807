"""`video-mcp fetch`: wait for a video's file, and put it where it is wanted."""

from __future__ import annotations

from dataclasses import dataclass

from video_mcp.cli.console import open_console, print_json, tell
from video_mcp.cli.exit_codes import ExitCode, exit_code_of
from video_mcp.cli.output import how_to_come_back, job_lines
from video_mcp.cli.start import started_settings
from video_mcp.cli.watch import Saving, Watch, wait_for
from video_mcp.server.results import VideoJob


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchOrder:
    """What a person typed after `fetch`."""

    video_id: str
    save_as: str | None
    overwrite: bool
    wait_seconds: float
    as_json: bool


def fetch(order: FetchOrder) -> ExitCode:
    """Answer a video with its file, waiting for it as long as told.

    Raises:
        VideoMCPError: There is no such video, or its file cannot be had.
    """
    saving = Saving(destination=order.save_as, overwrite=order.overwrite) if order.save_as is not None else None
    watch = Watch(title=order.video_id, video_id=order.video_id, saving=saving)
    wait_for(
        started_settings(),
        watch,
        lambda service, report: service.fetch(order.video_id, wait_seconds=order.wait_seconds, report=report),
    )
    if watch.answer is None:
        tell(f"Stopped. Come back with: video-mcp fetch {order.video_id}")
        return ExitCode.STILL_RUNNING
    return finish(watch.answer, as_json=order.as_json)


def finish(answer: VideoJob, *, as_json: bool, file_only: bool = True) -> ExitCode:
    """Print what was waited for; with `file_only`, what is no file goes to stderr."""
    code = exit_code_of(answer.status)
    if as_json:
        print_json(answer)
    else:
        _print_lines(answer, stderr=file_only and code != ExitCode.DONE)
    if code == ExitCode.STILL_RUNNING:
        tell(how_to_come_back(answer))
    return code


def _print_lines(answer: VideoJob, *, stderr: bool) -> None:
    console = open_console(stderr=stderr)
    for line in job_lines(answer):
        console.print(line, soft_wrap=True)
