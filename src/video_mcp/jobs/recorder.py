"""Recording what happens to jobs, and announcing it; what the ledger refuses is kept in memory until it takes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from video_mcp.errors import InvalidTransition
from video_mcp.jobs.changes import Changes
from video_mcp.jobs.events import Fetched, JobEvent, transition
from video_mcp.jobs.job import Job
from video_mcp.jobs.store.ledger import Ledger
from video_mcp.jobs.store.writes import StepEnd
from video_mcp.jobs.telemetry import Telemetry
from video_mcp.types import Principal

_UNRECORDED = (
    "The ledger cannot be written at the moment, so this is known to the running video-mcp alone; it keeps trying. "
    "Do not stop it, and look at its disk and at who holds the ledger."
)


class Recorder:
    """Writes events to the ledger and announces the jobs that they change."""

    def __init__(self, *, ledger: Ledger, changes: Changes, telemetry: Telemetry, now: Callable[[], float]) -> None:
        self._ledger = ledger
        self._changes = changes
        self._telemetry = telemetry
        self._now = now
        self._unrecorded: dict[str, Job] = {}

    async def latest(self, video_id: str, *, principal: Principal | None = None) -> Job:
        """Return a job as the ledger has it, or as it is known here while the ledger refuses to write it.

        Raises:
            JobNotFound: If there is none of this id.
        """
        return self.known(await self._ledger.get(video_id, principal=principal))

    def known(self, job: Job) -> Job:
        """Return what is known of a job that was read: more than the ledger has, while it refuses to write."""
        unrecorded = self._unrecorded.get(job.id)
        return unrecorded if unrecorded is not None and unrecorded.revision == job.revision else job

    def hold(self, job: Job, event: JobEvent) -> None:
        """Keep in memory what the ledger has refused to write, and announce it."""
        after = transition(job, event, now=self._now())
        after = replace(after, warnings=(*after.warnings, _UNRECORDED))
        self._unrecorded[job.id] = after
        self._changes.publish(after)

    def release(self, job: Job) -> None:
        """Forget what was held: the ledger has it, or there are no more attempts."""
        self._unrecorded.pop(job.id, None)

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
        self._telemetry.changed(job, event, written)
        if not isinstance(event, Fetched):  # nothing that can be read has changed
            self.announce(written)
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
            self._telemetry.changed(job, event, written)
            self.announce(written)

    def is_awaited(self, job: Job) -> bool:
        """Tell whether somebody waits for the next change of a job."""
        return bool(self._changes.waiters(job.id))

    def announce(self, job: Job) -> None:
        """Tell waiters and listeners of a job that was written."""
        self._changes.publish(job)
