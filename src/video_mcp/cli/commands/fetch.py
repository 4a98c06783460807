"""`video-mcp fetch`: wait for a video's file, and put it where it is wanted."""

from __future__ import annotations

from typing import Annotated

import typer

from video_mcp.cli.exit_codes import ExitCode, run_command
from video_mcp.cli.options import UNTIL_DONE, Json, SaveAsOption, Wait, command_app
from video_mcp.cli.output import print_stderr
from video_mcp.cli.service import command_settings
from video_mcp.cli.watch import SaveAs, Watch, finish, wait_for
from video_mcp.jobs.job import Job
from video_mcp.jobs.service import VideoService
from video_mcp.jobs.wait import ReportProgress

app = command_app()


@app.command()
def fetch(
    video_id: Annotated[str, typer.Argument(help="Its id, the beginning of it, or last; or a gateway's own id.")],
    save_as: SaveAsOption = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there already.")] = False,
    wait: Wait = UNTIL_DONE,
    as_json: Json = False,
) -> None:
    """Wait for a video and say where its file is, downloading it again if it is gone."""
    wanted = SaveAs(destination=save_as, overwrite=overwrite) if save_as is not None else None
    run_command(lambda: _fetch(video_id, wanted, wait_seconds=wait, as_json=as_json), as_json=as_json)


def _fetch(video_id: str, save_as: SaveAs | None, *, wait_seconds: float, as_json: bool) -> ExitCode:
    watch = Watch(title=video_id, video_id=video_id, save_as=save_as)

    async def act(service: VideoService, report: ReportProgress) -> Job:
        watch.follow(await service.get(video_id))
        return await service.fetch(watch.video_id or video_id, wait_seconds=wait_seconds, report=report)

    wait_for(command_settings(), watch, act)
    if watch.answer is None:
        print_stderr(f"Stopped. Come back with: video-mcp fetch {video_id}")
        return ExitCode.STILL_RUNNING
    return finish(watch.answer, as_json=as_json)
