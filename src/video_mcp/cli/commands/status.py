"""`video-mcp status`: one video, or the newest ones."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from video_mcp.cli.exit_codes import ExitCode, run_command
from video_mcp.cli.options import Json, Wait, command_app
from video_mcp.cli.output import jobs_lines, open_console, print_json, print_stderr, print_stdout
from video_mcp.cli.service import command_settings, use_service
from video_mcp.cli.watch import Watch, finish, wait_for
from video_mcp.jobs.job import Job
from video_mcp.jobs.service import VideoService
from video_mcp.jobs.wait import ReportProgress
from video_mcp.server.answer_models import VideoList
from video_mcp.server.results import spending_answer, summary

app = command_app()


@app.command()
def status(
    video_id: Annotated[
        str | None, typer.Argument(help="Its id, its beginning, or last; without one, the newest are listed.")
    ] = None,
    wait: Wait = 2.0,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many to list.")] = 10,
    as_json: Json = False,
) -> None:
    """Say how a video is doing, or list the newest ones."""

    def run() -> ExitCode:
        if video_id is None:
            return _list(limit=limit, as_json=as_json)
        return _show(video_id, wait_seconds=wait, as_json=as_json)

    run_command(run, as_json=as_json)


def _list(*, limit: int, as_json: bool) -> ExitCode:
    answer = use_service(command_settings(), lambda service: _newest(service, limit))
    if as_json:
        print_json(answer.as_json())
    elif answer.videos:
        print_stdout("\n".join(jobs_lines(answer.videos, open_console().width)))
    else:
        print_stderr("No videos yet. Make one: video-mcp create PROMPT --model MODEL")
    return ExitCode.DONE


async def _newest(service: VideoService, limit: int) -> VideoList:
    now = time.time()
    videos = [summary(job, path=service.files.path_of(job), now=now) for job in await service.list(limit)]
    return VideoList(videos=videos, spending=spending_answer(*await service.spending()))


def _show(video_id: str, *, wait_seconds: float, as_json: bool) -> ExitCode:
    watch = Watch(title=video_id, video_id=video_id)

    async def act(service: VideoService, report: ReportProgress) -> Job:
        watch.follow(await service.get(video_id))
        return await service.wait(watch.video_id or video_id, wait_seconds=wait_seconds, report=report)

    wait_for(command_settings(), watch, act)
    if watch.answer is None:
        return ExitCode.STILL_RUNNING
    return finish(watch.answer, as_json=as_json, only_file_to_stdout=False)
