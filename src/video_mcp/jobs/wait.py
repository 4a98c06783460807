"""Waiting for a job's end, with progress on the way. Whoever cancels it ends the waiting, never the job."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio

from video_mcp.jobs.changes import Changes
from video_mcp.jobs.job import Job, Problem, Rendered, Rendering, Submitting
from video_mcp.jobs.progress import Progress, next_progress
from video_mcp.jobs.recorder import Recorder
from video_mcp.jobs.store.ledger import Ledger
from video_mcp.types import Principal

ReportProgress = Callable[[Progress], Awaitable[None]]

# Another process may lead the job: its changes are seen in the ledger, not heard.
_LOOK_SECONDS = 1.0
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
        with anyio.move_on_after(at_most_seconds):
            while isinstance(job.state, Submitting) and not self._is_ended:
                job = await self._next_look(job, _LOOK_SECONDS)
        return job

    async def until_ended(self, job: Job, *, at_most_seconds: float, report: ReportProgress) -> Job:
        """Return the job at its end, or when the time is over or waiting longer cannot help.

        A problem that the job has already is no reason to stop: whoever waits has asked for another try.
        """
        known = _problem_in(job)
        ends_at = anyio.current_time() + at_most_seconds
        percent, spoken_at = 0.0, float("-inf")
        while self._goes_on(job, known) and (left := ends_at - anyio.current_time()) > 0:
            if anyio.current_time() - spoken_at >= _HEARTBEAT_SECONDS:
                progress = next_progress(job, now=self._now(), last_percent=percent)
                percent, spoken_at = progress.percent, anyio.current_time()
                await report(progress)
            before, job = job, await self._next_look(job, min(left, _LOOK_SECONDS))
            if job.revision != before.revision:
                known = None
            if job.state != before.state:
                spoken_at = float("-inf")
        if not job.is_open:
            await report(next_progress(job, now=self._now(), last_percent=percent))
        return job

    async def until_any_ended(
        self, principal: Principal, *, at_most_seconds: float, report: ReportProgress
    ) -> Job | None:
        """Return a principal's first open job that ends; None when the time is over, or at once when no job is open."""
        ends_at = anyio.current_time() + at_most_seconds
        percent, reported_at = 0.0, float("-inf")
        pending = await self._ledger.open_jobs(principal=principal)
        while pending and not self._is_ended and (left := ends_at - anyio.current_time()) > 0:
            if anyio.current_time() - reported_at >= _HEARTBEAT_SECONDS:
                progress = next_progress(pending[0], now=self._now(), last_percent=percent)
                percent, reported_at = progress.percent, anyio.current_time()
                await report(progress)
            await self._changes.wait(pending[0].id, at_most_seconds=min(left, _LOOK_SECONDS))
            still_open = {job.id for job in await self._ledger.open_jobs(principal=principal)}
            for job in pending:
                if job.id not in still_open:
                    return await self._ledger.get(job.id)
        return None

    def _goes_on(self, job: Job, known: Problem | None) -> bool:
        return job.is_open and _problem_in(job) in (None, known) and not self._is_ended

    async def _next_look(self, job: Job, at_most_seconds: float) -> Job:
        await self._changes.wait(job.id, at_most_seconds=at_most_seconds)
        return await self._recorder.latest(job.id)


def _problem_in(job: Job) -> Problem | None:
    return job.state.problem if isinstance(job.state, Rendering | Rendered) else None
