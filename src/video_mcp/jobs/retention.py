"""Keeping the library within the user's limits: the longest unused files go first, the rows of videos stay."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import anyio

from video_mcp.errors import LedgerUnavailable, OutputRefused, StorageUnavailable
from video_mcp.jobs.events import FileRemoved
from video_mcp.jobs.job import Completed, Job
from video_mcp.jobs.recorder import Recorder
from video_mcp.jobs.store.films import FilmStore, KeptFilm
from video_mcp.jobs.store.ledger import Ledger
from video_mcp.jobs.stored_videos import StoredVideos

DAY_SECONDS = 24 * 3600.0
_AT_ONCE = 1000
_JUST_USED_SECONDS = 600.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionLimits:
    """How long files are kept and how much they may take together; None is no limit."""

    keep_days: float | None = None
    max_library_bytes: int | None = None

    @property
    def is_set(self) -> bool:
        """Whether there is anything to keep to."""
        return self.keep_days is not None or self.max_library_bytes is not None


class Retention:
    """Removes finished videos and films that are too old or too many; only files that the ledger names.

    Their previews go with them. Where there is too much, films go before any video: they can be made again. A file that
    has a second name elsewhere is left alone, as is everything that is still being written.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        videos: StoredVideos,
        films: FilmStore,
        recorder: Recorder,
        limits: RetentionLimits,
        now: Callable[[], float],
    ) -> None:
        self._ledger = ledger
        self._videos = videos
        self._films = films
        self._recorder = recorder
        self._limits = limits
        self._now = now

    async def apply_limits(self) -> None:
        """Remove what the limits no longer allow."""
        if not self._limits.is_set:
            return
        video_bytes = await self._ledger.kept_bytes() if self._limits.max_library_bytes is not None else 0
        total_bytes = video_bytes + await self._remove_films(video_bytes)
        longest_unused = await self._ledger.kept(1)
        if are_kept(longest_unused, self._limits, total_bytes=total_bytes, now=self._now()):
            return
        kept = [job for job in await self._ledger.kept(_AT_ONCE) if await self._is_removable(job)]
        for job in to_remove(kept, self._limits, total_bytes=total_bytes, now=self._now()):
            await self._remove(job)

    async def _remove_films(self, video_bytes: int) -> int:
        """Remove the films that the limits no longer allow; returns how much the others take."""
        films = await self._films.longest_unused(_AT_ONCE)
        if not films:
            return 0
        film_bytes = await self._films.total_bytes() if self._limits.max_library_bytes is not None else 0
        doomed = films_to_remove(films, self._limits, total_bytes=video_bytes + film_bytes, now=self._now())
        return film_bytes - sum([film.bytes for film in doomed if await self._is_film_removed(film)])

    async def _is_film_removed(self, film: KeptFilm) -> bool:
        try:
            is_removed = await self._videos.remove_film(film.name, film.principal)
        except (OSError, OutputRefused, StorageUnavailable) as error:
            logger.warning("a film could not be removed (%s)", type(error).__name__)
            return False
        if is_removed:
            await self._films.drop(film)
        return is_removed

    async def run(self) -> None:
        """Apply the limits again and again: what was in use when a video arrived may go later."""
        while self._limits.is_set:
            await anyio.sleep(_JUST_USED_SECONDS)
            try:
                await self.apply_limits()
            except LedgerUnavailable:
                logger.warning("the library's limits could not be applied; trying again later")

    async def job_changed(self, job: Job) -> None:
        """Tidy up when a video has arrived."""
        if job.kept_file is not None:
            await self.apply_limits()

    async def _remove(self, job: Job) -> None:
        if not isinstance(job.state, Completed):
            return
        try:
            await self._videos.remove(job, job.state.file)
        except (OSError, OutputRefused, StorageUnavailable) as error:
            logger.warning(
                "the file of %s could not be removed (%s)", job.id, type(error).__name__, extra={"video_id": job.id}
            )
            return
        await self._recorder.record(job, FileRemoved())

    async def _is_removable(self, job: Job) -> bool:
        return isinstance(job.state, Completed) and await self._videos.is_removable(job.state.file)


def are_kept(longest_unused: Sequence[Job], limits: RetentionLimits, *, total_bytes: int, now: float) -> bool:
    """Tell by the longest unused job alone that no file must go. Pure."""
    is_too_much = limits.max_library_bytes is not None and total_bytes > limits.max_library_bytes
    too_old_from = now - limits.keep_days * DAY_SECONDS if limits.keep_days is not None else float("-inf")
    return not is_too_much and all(_used_at(job) >= too_old_from for job in longest_unused)


def to_remove(jobs: Sequence[Job], limits: RetentionLimits, *, total_bytes: int, now: float) -> list[Job]:
    """Return the jobs whose files must go, the longest unused first; `total_bytes` is what all files take. Pure.

    A file's age counts from when it arrived or was last fetched. What was used a moment ago stays, whatever the
    limits: its path has just been given to somebody. So does the last one, though it alone is over the size.
    """
    removed: list[Job] = []
    longest_unused_first = sorted(jobs, key=_used_at)
    for job in longest_unused_first:
        is_last = job is longest_unused_first[-1]
        if _must_go(limits, _used_at(job), total_bytes=0 if is_last else total_bytes, now=now):
            removed.append(job)
            total_bytes -= _bytes(job)
    return removed


def films_to_remove(
    films: Sequence[KeptFilm], limits: RetentionLimits, *, total_bytes: int, now: float
) -> list[KeptFilm]:
    """Return the films that must go, the longest unused first, but for those that were just joined. Pure."""
    removed: list[KeptFilm] = []
    for film in sorted(films, key=lambda one: one.used_at):
        if _must_go(limits, film.used_at, total_bytes=total_bytes, now=now):
            removed.append(film)
            total_bytes -= film.bytes
    return removed


def _must_go(limits: RetentionLimits, used_at: float, *, total_bytes: int, now: float) -> bool:
    unused_seconds = now - used_at
    too_old = limits.keep_days is not None and unused_seconds > limits.keep_days * DAY_SECONDS
    too_much = limits.max_library_bytes is not None and total_bytes > limits.max_library_bytes
    return unused_seconds > _JUST_USED_SECONDS and (too_old or too_much)


def _used_at(job: Job) -> float:
    return job.fetched_at or job.finished_at or job.created_at


def _bytes(job: Job) -> int:
    return job.state.file.bytes if isinstance(job.state, Completed) else 0
