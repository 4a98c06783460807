"""Writing down what happens to jobs, and announcing it."""

from __future__ import annotations

from collections.abc import Callable

from video_mcp.errors import InvalidTransition
from video_mcp.jobs.changes import Changes
from video_mcp.jobs.events import JobEvent, transition
from video_mcp.jobs.job import Job
from video_mcp.jobs.store.ledger import Ledger
from video_mcp.jobs.store.queries import StepEnd


class Recorder:
    """Writes events to the ledger and announces the jobs that they change."""

    def __init__(self, *, ledger: Ledger, changes: Changes, now: Callable[[], float]) -> None:
        self._ledger = ledger
        self._changes = changes
        self._now = now

    async def record(self, job: Job, event: JobEvent, *, due_at: float | None = None) -> Job:
        """Write what happened to a job; returns the job as the ledger has it now.

        With `due_at` the job's lease is given back, and the poller looks at it then.

        When another process has written the job since it was read, the event is applied to the job as it is now; one
        that no longer fits is dropped.

        Raises:
            InvalidTransition: If the job as it was read does not allow the event.
        """
        written = await self._ledger.save(transition(job, event, now=self._now()), due_at=due_at)
        while written is None:
            job = await self._ledger.get(job.id)
            try:
                after = transition(job, event, now=self._now())
            except InvalidTransition:
                return job
            written = await self._ledger.save(after, due_at=due_at)
        await self.announce(written)
        return written

    async def record_step(self, job: Job, event: JobEvent, end: StepEnd) -> None:
        """Write what a poller's step has made of a job and give its lease back.

        A job whose lease was lost, or that another process has written since it was read, is left as it is: whoever
        holds it now looks for itself.

        Raises:
            InvalidTransition: If the job as it was read does not allow the event.
        """
        written = await self._ledger.save_step(job, transition(job, event, now=self._now()), end)
        if written is not None:
            await self.announce(written)

    async def announce(self, job: Job) -> None:
        """Tell waiters and listeners of a job that was written."""
        await self._changes.publish(job)
