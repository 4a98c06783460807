"""Jobs that this process has read or written: a row that is as it was then need not be read again."""

from __future__ import annotations

from video_mcp.jobs.job import Job

_MOST = 20_000


class KnownJobs:
    """The latest jobs of a poller, by id and revision; of too many those are kept that were seen last."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._jobs: dict[str, Job] = {}

    def latest(self, video_id: str) -> Job | None:
        """Return a job as it was last seen, if it was."""
        return self._jobs.get(video_id)

    def get(self, video_id: str, revision: int) -> Job | None:
        """Return a job as it is at a revision, if it is known."""
        job = self.latest(video_id)
        return job if job is not None and job.revision == revision else None

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
