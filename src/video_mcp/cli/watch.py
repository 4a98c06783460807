"""Waiting for one job: a live line, an end by Ctrl-C that leaves the job running, and its answer."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath

import anyio
import anyio.to_thread

from video_mcp.cli.exit_codes import ExitCode, exit_code_of
from video_mcp.cli.options import ProgressStyle
from video_mcp.cli.output import how_to_come_back, job_lines, open_console, print_answer, print_stderr
from video_mcp.cli.progress_json import ProgressJSON
from video_mcp.cli.progress_line import ProgressLine
from video_mcp.cli.service import with_service
from video_mcp.errors import JobNotFound, MediaError, OutputRefused
from video_mcp.jobs.job import Job, Submitting
from video_mcp.jobs.previews import PreviewKind
from video_mcp.jobs.service import VideoService
from video_mcp.jobs.wait import ReportProgress
from video_mcp.media.library import Library
from video_mcp.server.answer_models import PreviewAnswer, VideoJob
from video_mcp.server.results import job_answer
from video_mcp.settings import Settings

Act = Callable[[VideoService, ReportProgress], Awaitable[Job]]

_SUBMISSION_SECONDS = 30.0
_POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveAs:
    """Where a finished video goes besides the library."""

    destination: str
    overwrite: bool

    def target(self, name: str) -> Path:
        """Return the file that is meant; a folder keeps the video's own name."""
        wanted = Path(self.destination).expanduser().absolute()
        into_folder = self.destination.endswith(("/", "\\")) or wanted.is_dir()
        return wanted / name if into_folder else wanted


@dataclass(slots=True, kw_only=True)
class Watch:
    """The one job of a command, by our id or the gateway's once there is one, and its newest state.

    `answer` is there when the waiting ended, also by Ctrl-C, unless no job was made.
    """

    title: str
    video_id: str | None = None
    save_as: SaveAs | None = None
    preview: PreviewKind | None = None
    progress: ProgressStyle = "auto"
    job: Job | None = None
    is_duplicate: bool = False
    answer: VideoJob | None = None

    def follow(self, job: Job) -> None:
        """Watch this job from now on."""
        self.video_id, self.job = job.id, job

    async def job_changed(self, job: Job) -> None:
        """Keep the newest state of the job that is watched."""
        if self.video_id in {job.id, job.upstream_id}:
            self.job = job


def wait_for(settings: Settings, watch: Watch, act: Act) -> None:
    """Run `act` with a live line until it ends or Ctrl-C ends the waiting; the result is in `watch`.

    Raises:
        VideoMCPError: What `act` raises.
    """

    async def waiting(service: VideoService) -> None:
        service.changes.listen(watch.job_changed)
        try:
            with _display(watch) as display:
                watch.job = await act(service, display.report)
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True):
                await _answer_interrupted(service, watch)
            raise
        watch.answer = await _answer(service, watch, watch.job, watch.save_as)

    with suppress(KeyboardInterrupt):
        anyio.run(with_service, settings, waiting)


def _display(watch: Watch) -> ProgressLine | ProgressJSON:
    if watch.progress == "json":
        return ProgressJSON(lambda: watch.job)
    return ProgressLine(watch.title, lambda: watch.job)


async def _answer_interrupted(service: VideoService, watch: Watch) -> None:
    """Let a request that is on its way arrive: the job goes on alone."""
    with anyio.move_on_after(_SUBMISSION_SECONDS):
        if watch.job is None and watch.video_id is not None:
            with suppress(JobNotFound):
                watch.job = await service.get(watch.video_id)
        while watch.job is not None and isinstance(watch.job.state, Submitting):
            await anyio.sleep(_POLL_SECONDS)
            watch.job = await service.get(watch.job.id)
    if watch.job is not None:
        watch.answer = await _answer(service, watch, watch.job, None)


async def _answer(service: VideoService, watch: Watch, job: Job, save_as: SaveAs | None) -> VideoJob:
    path = service.files.path_of(job)
    shown: PurePath | None = service.files.host_path(path) if path is not None else None
    if path is not None and save_as is not None:
        shown = await _saved(service, job, path, save_as)
    link = await service.download_link(job) if save_as is None else None
    file_state = await service.files.state(job)
    answer = job_answer(job, path=shown, now=time.time(), link=link, file_state=file_state, with_upstream_id=True)
    if watch.preview is not None and path is not None:
        answer = answer.model_copy(update={"preview": await _preview(service, job, watch.preview)})
    return answer.model_copy(update={"duplicate_of": job.id}) if watch.is_duplicate else answer


async def _preview(service: VideoService, job: Job, kind: PreviewKind) -> PreviewAnswer:
    await service.files.preview(job, kind)
    path = service.files.preview_path(job, kind)
    return PreviewAnswer(kind=kind, path=str(path), resource_uri=f"video://{job.id}/{kind}")


async def _saved(service: VideoService, job: Job, source: Path, save_as: SaveAs) -> Path:
    """Put the video where the user wants it, which may be anywhere: they type it themselves."""
    target = await anyio.to_thread.run_sync(save_as.target, source.name)
    stored = await service.files.on_disk(job)
    if stored is None:
        return source
    try:
        return await Library(target.parent).save_as(stored, target, overwrite=save_as.overwrite)
    except MediaError as error:
        where = f"The video itself is at {source}."
        advice = f"{error.advice} {where}" if error.advice else where
        raise OutputRefused(error.message, advice=advice, job=job.reference) from error


def finish(answer: VideoJob, *, as_json: bool, only_file_to_stdout: bool = True) -> ExitCode:
    """Print the answer of a command about one job and return its exit code."""
    code = exit_code_of(answer.status)
    if as_json:
        print_answer(answer)
    else:
        console = open_console(stderr=only_file_to_stdout and code != ExitCode.DONE)
        for line in job_lines(answer):
            console.print(line, soft_wrap=True)
    if code == ExitCode.STILL_RUNNING:
        print_stderr(how_to_come_back(answer))
    return code
