"""`video-mcp status`: one video, or the newest ones."""

from __future__ import annotations

import time
from collections.abc import Sequence

import anyio

from video_mcp.cli.commands.fetch import finish
from video_mcp.cli.console import open_console, print_json, tell
from video_mcp.cli.exit_codes import ExitCode
from video_mcp.cli.output import jobs_table
from video_mcp.cli.start import started_settings
from video_mcp.cli.watch import Watch, wait_for, with_service
from video_mcp.jobs.job import Job
from video_mcp.jobs.service import VideoService
from video_mcp.server.results import summary


def list_newest(*, limit: int, as_json: bool) -> ExitCode:
    """Answer the newest videos of all sessions."""

    async def newest(service: VideoService) -> Sequence[Job]:
        return await service.list(limit)

    jobs = anyio.run(with_service, started_settings(), newest)
    videos = [summary(job, now=time.time()) for job in jobs]
    if as_json:
        print_json({"videos": [video.model_dump(mode="json") for video in videos]})
    elif videos:
        open_console().print(jobs_table(videos))
    else:
        tell("No videos yet. Make one: video-mcp create PROMPT --model MODEL")
    return ExitCode.DONE


def show_one(video_id: str, *, wait_seconds: float, as_json: bool) -> ExitCode:
    """Answer one video, asking the gateway about it for as long as told.

    Raises:
        JobNotFound: No such video is known here.
    """
    watch = Watch(title=video_id, video_id=video_id)
    wait_for(
        started_settings(),
        watch,
        lambda service, report: service.wait(video_id, wait_seconds=wait_seconds, report=report),
    )
    if watch.answer is None:
        return ExitCode.STILL_RUNNING
    return finish(watch.answer, as_json=as_json, file_only=False)
