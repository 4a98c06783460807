"""Waiting for a job's end, with progress on the way. Whoever cancels it ends the waiting, never the job.

Each wait reads the ledger once. From then on it hears what changes, and reckons progress from what it knows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio

from video_mcp.jobs.changes import Changes, Watch
from video_mcp.jobs.job import Job, Problem, Rendered, Rendering, Submitting
from video_mcp.jobs.progress import Progress, next_progress
from video_mcp.jobs.recorder import Recorder
from video_mcp.jobs.store.ledger import Ledger
from video_mcp.types import Principal

ReportProgress = Callable[[Progress], Awaitable[None]]

_HEARTBEAT_SECONDS = 5.0


class Waiting:
    """Waits for jobs, whichever process leads them."""

    def __init__(self, *, ledger: Ledger, recorder: Recorder, changes: Changes, now: Callable[[], float]) -> None:
        self._ledger = ledger
        self._recorder = recorder
        self._changes = changes
        self._now = now
        self._is_ended = False

    def end(self) -> None:
        """End every wait now, and those to come at once."""
        self._is_ended = True
        self._changes.wake_all()

    async def until_accepted(self, job: Job, *, at_most_seconds: float) -> Job:
        """Return the job once the gateway has answered its create, or when the time is over."""
        if at_most_seconds <= 0 or not isinstance(job.state, Submitting):
            return job
        ends_at = anyio.current_time() + at_most_seconds
        with self._changes.watch(job.id) as watch:
            job = await self._read(job.id, watch)
            while isinstance(job.state, Submitting) and not self._is_ended:
                left_seconds = ends_at - anyio.current_time()
                if left_seconds <= 0:
                    break
                job = await watch.next(at_most_seconds=left_seconds) or job
        return job

    async def until_ended(self, job: Job, *, at_most_seconds: float, report: ReportProgress) -> Job:
        """Return the job at its end, or when the time is over or waiting longer cannot help.

        A problem that the job has already is no reason to stop: the waiter requested another attempt.
        """
        heartbeat = _Heartbeat(report, self._now)
        known = _problem_in(job)
        ends_at = anyio.current_time() + at_most_seconds
        with self._changes.watch(job.id) as watch:
            before, job = job, await self._read(job.id, watch)
            while True:
                known = known if job.revision == before.revision else None
                if not self._goes_on(job, known) or (left_seconds := ends_at - anyio.current_time()) <= 0:
                    break
                await heartbeat.beat(job, at_once=job.state != before.state)
                pause_seconds = min(left_seconds, heartbeat.due_in_seconds)
                before, job = job, await watch.next(at_most_seconds=pause_seconds) or job
        if not job.is_open:
            await heartbeat.beat(job, at_once=True)
        return job

    async def until_any_ended(
        self, principal: Principal, *, at_most_seconds: float, report: ReportProgress
    ) -> Job | None:
        """Return a principal's first open job that ends; None when the time is over, or at once when no job is open."""
        heartbeat = _Heartbeat(report, self._now)
        ends_at = anyio.current_time() + at_most_seconds
        pending = {job.id: job for job in await self._ledger.open_jobs(principal=principal)}
        with self._changes.watch(*pending) as watch:
            for job in await self._ledger.get_all(tuple(pending)) if pending else ():
                watch.saw(job)
                if not job.is_open:
                    return job
            while pending and not self._is_ended and (left_seconds := ends_at - anyio.current_time()) > 0:
                await heartbeat.beat(next(iter(pending.values())))
                changed = await watch.next(at_most_seconds=min(left_seconds, heartbeat.due_in_seconds))
                if changed is not None and not changed.is_open:
                    return changed
                if changed is not None:
                    pending[changed.id] = changed
        return None

    def _goes_on(self, job: Job, known: Problem | None) -> bool:
        return job.is_open and _problem_in(job) in (None, known) and not self._is_ended

    async def _read(self, video_id: str, watch: Watch) -> Job:
        """Return the job as it is now, once its changes are heard: none falls between the two."""
        job = await self._recorder.latest(video_id)
        watch.saw(job)
        return job


class _Heartbeat:
    """Progress every five seconds, its number always rising."""

    def __init__(self, report: ReportProgress, now: Callable[[], float]) -> None:
        self._report = report
        self._now = now
        self._percent = 0.0
        self._due_at = float("-inf")

    @property
    def due_in_seconds(self) -> float:
        """How long until progress is reported again."""
        return max(0.0, self._due_at - anyio.current_time())

    async def beat(self, job: Job, *, at_once: bool = False) -> None:
        """Report progress if it is time, or `at_once`."""
        if at_once or self.due_in_seconds == 0:
            progress = next_progress(job, now=self._now(), last_percent=self._percent)
            self._percent, self._due_at = progress.percent, anyio.current_time() + _HEARTBEAT_SECONDS
            await self._report(progress)


def _problem_in(job: Job) -> Problem | None:
    return job.state.problem if isinstance(job.state, Rendering | Rendered) else None
