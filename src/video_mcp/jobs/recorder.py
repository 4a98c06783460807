"""Writing down what happens to jobs, and announcing it."""

from __future__ import annotations

from collections.abc import Callable

from video_mcp.errors import InvalidTransition
from video_mcp.jobs.changes import Changes
from video_mcp.jobs.events import JobEvent, transition
from video_mcp.jobs.job import Job
from video_mcp.jobs.store.ledger import Ledger


class Recorder:
    """Writes events to the ledger and announces the jobs that they change."""

    def __init__(self, *, ledger: Ledger, changes: Changes, now: Callable[[], float]) -> None:
        self._ledger = ledger
        self._changes = changes
        self._now = now

    async def record(self, job: Job, event: JobEvent) -> Job:
        """Write what happened to a job; returns the job as the ledger has it now.

        When another process has written the job since it was read, the event is applied to the job as it is now; one
        that no longer fits is dropped.

        Raises:
            InvalidTransition: If the job as it was read does not allow the event.
        """
        written = await self._ledger.save(transition(job, event, now=self._now()))
        while written is None:
            job = await self._ledger.get(job.id)
            try:
                after = transition(job, event, now=self._now())
            except InvalidTransition:
                return job
            written = await self._ledger.save(after)
        await self._changes.publish(written)
        return written
