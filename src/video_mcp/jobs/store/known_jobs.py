"""Jobs that this process has read or written: a row that is as it was then need not be read again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from video_mcp.jobs.job import Job

Found = TypeVar("Found")

_MOST = 20_000


class KnownJobs:
    """The latest jobs of a poller, by id and revision; of too many those are kept that were seen last."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._jobs: dict[str, Job] = {}

    def __contains__(self, video_id: str) -> bool:
        """Whether a job is known, at whatever revision."""
        return video_id in self._jobs

    def get(self, video_id: str, revision: int) -> Job | None:
        """Return a job as it is at a revision, if it is known."""
        job = self._jobs.get(video_id)
        return job if job is not None and job.revision == revision else None

    def look(self, video_id: str, at: Callable[[Job], Found | None], revision: int | None) -> Found | None:
        """Return what a look finds `at` a job whose row is at a revision, if it is known so."""
        job = self.get(video_id, revision) if revision is not None else None
        return at(job) if job is not None else None

    def put(self, job: Job) -> Job:
        """Know a job as the ledger has it; returns it."""
        self._jobs.pop(job.id, None)
        self._jobs[job.id] = job
        if len(self._jobs) > self._most:
            del self._jobs[next(iter(self._jobs))]
        return job

    def forget(self, video_id: str) -> None:
        """Know a job no longer."""
        self._jobs.pop(video_id, None)
