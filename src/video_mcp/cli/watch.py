"""Waiting for one job: a live line, an end by Ctrl-C that leaves the job running, and its answer."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TypeVar

import anyio
import anyio.to_thread

from video_mcp.cli.progress_line import LiveLine
from video_mcp.errors import JobNotFound, MediaError, OutputRefused, VideoMCPError
from video_mcp.jobs.job import Job, Submitting
from video_mcp.jobs.runtime import open_service
from video_mcp.jobs.service import VideoService
from video_mcp.jobs.wait import ReportProgress
from video_mcp.media.library import Library
from video_mcp.server.results import VideoJob, job_answer
from video_mcp.settings import Settings

Act = Callable[[VideoService, ReportProgress], Awaitable[Job]]
T = TypeVar("T")

_SETTLING_SECONDS = 30.0
_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
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
    """The one job of a command, named by our id or the gateway's once it has one, and what was heard of it last.

    `answer` is there when the waiting ended, also by Ctrl-C, unless no job was made.
    """

    title: str
    video_id: str | None = None
    saving: Saving | None = None
    job: Job | None = None
    is_duplicate: bool = False
    answer: VideoJob | None = None

    def follow(self, job: Job) -> None:
        """Watch this job from now on."""
        self.video_id, self.job = job.id, job

    async def hear(self, job: Job) -> None:
        """Remember a job that changed, if it is ours."""
        if self.video_id in {job.id, job.upstream_id}:
            self.job = job


def wait_for(settings: Settings, watch: Watch, act: Act) -> None:
    """Run `act` with a live line until it ends or Ctrl-C ends the waiting; the result is in `watch`.

    Raises:
        VideoMCPError: What `act` raises.
    """

    async def waiting(service: VideoService) -> None:
        service.changes.listen(watch.hear)
        try:
            with LiveLine(watch.title, lambda: watch.job) as line:
                watch.job = await act(service, line.report)
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True):
                await _settle(service, watch)
            raise
        watch.answer = await _answer(service, watch, watch.job, watch.saving)

    with suppress(KeyboardInterrupt):
        anyio.run(with_service, settings, waiting)


async def with_service(settings: Settings, use: Callable[[VideoService], Awaitable[T]]) -> T:
    """Open the service for one use; its errors come out as they are, not in a group.

    Raises:
        VideoMCPError: What `use` raises.
    """
    async with open_service(settings) as service:
        try:
            return await use(service)
        except VideoMCPError as error:
            problem = error
    raise problem


async def _settle(service: VideoService, watch: Watch) -> None:
    """Let a request that is on its way arrive: the job goes on alone."""
    with anyio.move_on_after(_SETTLING_SECONDS):
        if watch.job is None and watch.video_id is not None:
            with suppress(JobNotFound):
                watch.job = await service.get(watch.video_id)
        while watch.job is not None and isinstance(watch.job.state, Submitting):
            await anyio.sleep(_LOOK_SECONDS)
            watch.job = await service.get(watch.job.id)
    if watch.job is not None:
        watch.answer = await _answer(service, watch, watch.job, None)


async def _answer(service: VideoService, watch: Watch, job: Job, saving: Saving | None) -> VideoJob:
    path = service.path_of(job)
    shown: PurePath | None = service.shown_path(path) if path is not None else None
    if path is not None and saving is not None:
        shown = await _saved(path, saving)
    answer = job_answer(job, path=shown, now=time.time())
    return answer.model_copy(update={"duplicate_of": job.id}) if watch.is_duplicate else answer


async def _saved(source: Path, saving: Saving) -> Path:
    """Put the video where the person wants it, which may be anywhere: they type it themselves."""
    target = await anyio.to_thread.run_sync(saving.target, source.name)
    try:
        return await Library(target.parent).save_as(source, target, overwrite=saving.overwrite)
    except MediaError as error:
        where = f"The video itself is at {source}."
        raise OutputRefused(error.message, advice=f"{error.advice} {where}" if error.advice else where) from error
