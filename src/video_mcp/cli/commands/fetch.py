"""`video-mcp fetch`: wait for a video's file and put it where it is wanted, or join several into one film."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from video_mcp.cli.exit_codes import ExitCode, run_command
from video_mcp.cli.options import UNTIL_DONE, Json, LogFile, ProgressOption, SaveAsOption, Wait, command_app
from video_mcp.cli.output import print_json, print_stderr, print_stdout
from video_mcp.cli.service import command_settings, use_service
from video_mcp.cli.watch import SaveAs, Watch, finish, wait_for
from video_mcp.errors import InvalidRequest
from video_mcp.families.messages import refusal
from video_mcp.jobs.job import Job
from video_mcp.jobs.progress import Progress
from video_mcp.jobs.service import VideoService
from video_mcp.jobs.wait import ReportProgress
from video_mcp.media.join import Film
from video_mcp.media.library import Library
from video_mcp.server.result_text import file_facts
from video_mcp.server.results import film_file
from video_mcp.settings import Settings

app = command_app()

Preview = Literal["poster", "storyboard"]


@app.command()
def fetch(
    video_ids: Annotated[
        list[str], typer.Argument(help="Its id, the beginning of it, or last; or a gateway's own id.")
    ],
    save_as: SaveAsOption = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there already.")] = False,
    join: Annotated[
        str | None, typer.Option("--join", metavar="PATH", help="Join the videos, in this order, into one film.")
    ] = None,
    preview: Annotated[Preview | None, typer.Option(help="Also make a picture of it, and say where it is.")] = None,
    open_file: Annotated[bool, typer.Option("--open", help="Open the file in the usual player.")] = False,
    wait: Wait = UNTIL_DONE,
    progress: ProgressOption = "auto",
    log_file: LogFile = None,
    as_json: Json = False,
) -> None:
    """Wait for a video and say where its file is. If it is gone, it is downloaded again, without paying."""
    wanted = SaveAs(destination=save_as, overwrite=overwrite) if save_as is not None else None

    def run() -> ExitCode:
        settings = command_settings(log_file)
        if join is not None:
            film = SaveAs(destination=join, overwrite=overwrite)
            return _join(settings, video_ids, film, wait_seconds=wait, as_json=as_json)
        if len(video_ids) > 1:
            message = "Several videos are fetched one by one; --join PATH makes one film of them."
            raise InvalidRequest([refusal("video_ids", message)])
        watch = Watch(title=video_ids[0], video_id=video_ids[0], save_as=wanted, preview=preview, progress=progress)
        return _fetch(settings, watch, video_ids[0], wait_seconds=wait, as_json=as_json, open_file=open_file)

    run_command(run, as_json=as_json)


def _fetch(
    settings: Settings, watch: Watch, video_id: str, *, wait_seconds: float, as_json: bool, open_file: bool
) -> ExitCode:
    async def act(service: VideoService, report: ReportProgress) -> Job:
        watch.follow(await service.get(video_id))
        return await service.fetch(watch.video_id or video_id, wait_seconds=wait_seconds, report=report)

    wait_for(settings, watch, act)
    if watch.answer is None:
        print_stderr(f"Stopped. Come back with: video-mcp fetch {video_id}")
        return ExitCode.STILL_RUNNING
    if open_file and watch.answer.file is not None:
        typer.launch(watch.answer.file.path or watch.answer.file.download_url or "")
    return finish(watch.answer, as_json=as_json)


def _join(
    settings: Settings, video_ids: list[str], film_path: SaveAs, *, wait_seconds: float, as_json: bool
) -> ExitCode:
    async def join(service: VideoService) -> Film | Job:
        ids = [(await service.get(video_id)).id for video_id in video_ids]
        return await service.join(ids, wait_seconds=wait_seconds, report=_print_progress)

    film = use_service(settings, join)
    if isinstance(film, Job):
        print_stderr(f"Video {film.id} is {film.status}. Come back with: video-mcp fetch {film.id}")
        return ExitCode.FAILED if film.status in {"failed", "unknown"} else ExitCode.STILL_RUNNING
    target = film_path.target(film.stored.path.name)
    saved = use_service(settings, lambda _service: _save(film, target, overwrite=film_path.overwrite))
    file = film_file(film, path=saved)
    if as_json:
        print_json({"file": file.as_json(), "video_ids": [*video_ids], "encoded_again": not film.is_copy})
        return ExitCode.DONE
    how = "without encoding anything again" if film.is_copy else "encoded again, as their streams differ"
    print_stderr(f"A film of {len(video_ids)} videos, {how}: {file_facts(file)}.")
    print_stdout(str(saved))
    return ExitCode.DONE


async def _save(film: Film, target: Path, *, overwrite: bool) -> Path:
    return await Library(target.parent).save_as(film.stored, target, overwrite=overwrite)


async def _print_progress(progress: Progress) -> None:
    if progress.percent < 100:
        print_stderr(progress.message)
