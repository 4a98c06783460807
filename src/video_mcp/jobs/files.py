"""The files of finished videos: where they are, downloaded again when they are gone, copied, looked at."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath
from typing import Protocol

from anyio import to_thread

from video_mcp.errors import JobNotCompleted, LedgerUnavailable, OutputRefused, VideoMCPError
from video_mcp.jobs.delivery import Delivery
from video_mcp.jobs.events import Delivered, Fetched
from video_mcp.jobs.job import Completed, Job
from video_mcp.jobs.previews import PreviewKind, preview_of, preview_of_file, preview_path
from video_mcp.jobs.problems import problem_of
from video_mcp.jobs.recorder import Recorder
from video_mcp.jobs.store.films import FilmStore, KeptFilm
from video_mcp.jobs.stored_videos import StoredVideos
from video_mcp.media.join import FILM_NAME, Film, join_videos
from video_mcp.media.storage.object_storage import DownloadLink
from video_mcp.media.stored_file import FileState, StoredFile
from video_mcp.types import Principal

_OTHER_BYTES = "The gateway delivered other bytes than the first time."


class LinkTo(Protocol):
    """Makes addresses of files on this disk for callers of other machines."""

    def __call__(self, job: Job) -> DownloadLink:
        """Return the link to a finished video."""
        ...

    def film(self, name: str) -> DownloadLink:
        """Return the link to a film of several videos."""
        ...


class Files:
    """Finished videos on this machine. Every error about one of them carries its job."""

    def __init__(
        self,
        *,
        videos: StoredVideos,
        films: FilmStore,
        delivery: Delivery,
        recorder: Recorder,
        now: Callable[[], float],
    ) -> None:
        self._videos = videos
        self._films = films
        self._now = now
        self._library = videos.library
        self._delivery = delivery
        self._recorder = recorder

    async def require_writable(self) -> None:
        """Try the folder of finished videos.

        Raises:
            ConfigurationError: It cannot be made or written.
        """
        await self._library.require_writable()

    async def is_intact(self, job: Job, state: Completed) -> bool:
        """Tell whether a finished video's file is where it belongs, unchanged."""
        with about(job):
            return await self._videos.is_intact(job, state.file)

    async def link(self, job: Job) -> DownloadLink | None:
        """Return an address for downloading a finished video; None where it lies on this disk alone."""
        with about(job):
            return await self._videos.link(job)

    async def touch(self, job: Job) -> Job:
        """Let retention count the file's age from now; a ledger that cannot be written is no obstacle."""
        try:
            return await self._recorder.record(job, Fetched())
        except LedgerUnavailable:
            return job

    async def download_again(self, job: Job, state: Completed, *, wait_seconds: float) -> Job:
        """Return a finished job with its file on disk again; a host that is late is tried for about that long.

        Raises:
            GatewayError: The file cannot be had again.
        """
        with about(job):
            file = await self._delivery.deliver(job, state.upstream_id, None, patience_seconds=wait_seconds)
            other = () if file.sha256 == state.file.sha256 else (_OTHER_BYTES,)
            return await self._recorder.record(job, Delivered(file=file, differences=other))

    async def preview(self, job: Job, kind: PreviewKind) -> bytes:
        """Return a poster or storyboard of a finished video.

        Raises:
            JobNotCompleted: The video is not finished.
            NotAVideo: No frame of it can be decoded.
        """
        with about(job):
            return await preview_of(self._videos, job, kind)

    async def preview_film(self, film: Film, kind: PreviewKind) -> bytes:
        """Return a poster or storyboard of a film."""
        return await preview_of_file(film.stored, kind)

    def preview_path(self, job: Job, kind: PreviewKind) -> Path | None:
        """Return where a preview of a finished video lies once it is made."""
        video = self.path_of(job)
        return preview_path(video, kind) if video is not None else None

    async def join(self, jobs: Sequence[Job]) -> Film:
        """Join finished videos, in their order, into one film beside them.

        Raises:
            JobNotCompleted: One of them is not finished.
            FileUnavailable: A file is gone or changed.
        """
        shots: list[StoredFile] = []
        for job in jobs:
            stored = await self.on_disk(job)
            if stored is None:
                message = f"Video {job.id} is {job.status}, without a file; it cannot be joined yet."
                advice = f"Call fetch_video with video_id {job.id} first."
                raise JobNotCompleted(message, job=job.reference, advice=advice)
            shots.append(stored)
        with about(jobs[0]):
            film = await join_videos(shots, self._library.output_dir)
        await self._keep_film(film, jobs[0].principal)
        return film

    async def _keep_film(self, film: Film, principal: Principal) -> None:
        """Let retention find a film and count its age from now; a ledger that cannot be written is no obstacle."""
        stored = film.stored
        kept = KeptFilm(principal=principal, name=stored.path.name, bytes=stored.size_bytes, used_at=self._now())
        with suppress(LedgerUnavailable):
            await self._films.keep(kept)

    async def film_link(self, film: Film, principal: Principal) -> DownloadLink | None:
        """Put a film where every replica reaches it, and return an address for downloading it; None without storage.

        Raises:
            StorageUnavailable: The object storage refuses or cannot be reached.
        """
        return await self._videos.film_link(film.stored.path, principal, media_type=film.facts.media_type)

    def film_path(self, name: str) -> Path:
        """Return where a film lies on this machine.

        Raises:
            OutputRefused: It is no name of a film's.
        """
        if not FILM_NAME.fullmatch(name):
            raise OutputRefused("There is no such film.")
        return self._library.absolute(name)

    async def save_film(self, film: Film, destination: str, *, overwrite: bool) -> Path:
        """Copy a film to a chosen place below the allowed folders.

        Raises:
            OutputRefused: The place is not allowed or taken.
        """
        return await self._library.save_as(film.stored, destination, overwrite=overwrite)

    async def save_as(self, job: Job, destination: str, *, overwrite: bool) -> Path:
        """Copy a finished video to a chosen place below the allowed folders.

        Raises:
            JobNotCompleted: The video is not finished.
            FileUnavailable: Its file is gone or changed.
            OutputRefused: The place is not allowed or taken.
        """
        if not isinstance(job.state, Completed):
            message = f"Video {job.id} is {job.status}, not completed; it cannot be saved yet."
            raise JobNotCompleted(message, job=job.reference)
        with about(job):
            source = await self._videos.on_disk(job, job.state.file)
            return await self._library.save_as(source, destination, overwrite=overwrite)

    async def read(self, job: Job) -> bytes:
        """Return the bytes of a finished video, as they were downloaded.

        Raises:
            JobNotCompleted: The video is not finished.
            FileUnavailable: Its file is gone or changed.
        """
        if not isinstance(job.state, Completed):
            message = f"Video {job.id} is {job.status}, not completed; wait for it with get_video_status."
            raise JobNotCompleted(message, job=job.reference)
        with about(job):
            return await to_thread.run_sync((await self._videos.on_disk(job, job.state.file)).read)

    def look_at(self, job: Job) -> Callable[[], tuple[Job, FileState]] | None:
        """Return what finds a finished video's file with its job, and blocks; None for a job without one."""
        file = job.kept_file
        return (lambda: (job, self._videos.look(file))) if file is not None else None

    async def state(self, job: Job) -> FileState | None:
        """Return whether a finished video's file is there as it was downloaded, by a look at size and time alone."""
        file = job.kept_file
        return await self._videos.state(file) if file is not None else None

    def stored(self, job: Job) -> StoredFile | None:
        """Return a finished video's file on this disk, with what the ledger knows of it; None when it was removed."""
        file = job.kept_file
        return self._videos.copy(file) if file is not None else None

    async def on_disk(self, job: Job) -> StoredFile | None:
        """Return a finished video's file, brought to this disk where another replica made it; None when it was removed.

        Raises:
            StorageUnavailable: The object storage refuses or cannot be reached.
        """
        file = job.kept_file
        if file is None:
            return None
        with about(job):
            return await self._videos.on_disk(job, file)

    def path_of(self, job: Job) -> Path | None:
        """Return where a finished video lies on this machine."""
        return self._library.absolute(job.state.file.name) if isinstance(job.state, Completed) else None

    def host_path(self, path: Path) -> PurePath:
        """Return a path as the host calls it, also out of a container."""
        return self._library.host_path(path)

    def host_uri(self, path: Path) -> str:
        """Return the `file:` address of a path as the host calls it."""
        return self._library.host_uri(path)


@contextmanager
def about(job: Job) -> Generator[None]:
    """Make every error of the block carry the job."""
    try:
        yield
    except VideoMCPError as error:
        error.job = job.reference
        raise
    except OSError as error:
        raise _disk_error(error, job) from error


def _disk_error(error: OSError, job: Job) -> OutputRefused:
    problem = problem_of(error)
    return OutputRefused(problem.message, advice=problem.advice, job=job.reference)
