"""Drives every open job to its end: polls it, delivers its file, wakes the waiters.

One loop for all jobs of the process. Each job is worked on by one process at a time: the one that holds its lease in
the ledger. A process that dies loses its leases, and another one takes over.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import assert_never

import anyio
from anyio.abc import TaskGroup

from video_mcp.errors import GatewayError, GatewayRejected, VideoMCPError
from video_mcp.gateway.client import GatewayClient
from video_mcp.gateway.protocol import is_not_found
from video_mcp.gateway.retry import backoff_seconds, poll_interval_seconds, poll_verdict
from video_mcp.gateway.upstream import UpstreamVideo
from video_mcp.jobs.delivery import Delivery, differences_from_request
from video_mcp.jobs.events import (
    Delivered,
    DeliveryFailed,
    JobEvent,
    Lost,
    Polled,
    PollStopped,
    RenderFailed,
    RenderFinished,
)
from video_mcp.jobs.job import Completed, Failed, Job, Rendered, Rendering, Submitting, Unknown
from video_mcp.jobs.problems import orphaned, overdue, problem_of, refused_by_model, unknown_word, vanished
from video_mcp.jobs.recorder import Recorder
from video_mcp.jobs.store.ledger import Ledger

logger = logging.getLogger(__name__)

_STEPS_AT_ONCE = 8
_TROUBLE_PAUSE_SECONDS = 300.0
_LEDGER_PAUSE_SECONDS = 1.0
# An unknown word may be an end that nobody knows: the second look comes soon.
_UNKNOWN_WORD_SECONDS = 2.0
# Past its deadline a job is asked about so often in vain: a laptop's network takes a while to come back.
_TRIES_PAST_DEADLINE = 10


@dataclass(slots=True)
class _Entry:
    """When a job is due, the scope of the step under way, and how often in a row something went wrong."""

    due_at: float
    step: anyio.CancelScope | None = None
    failures: int = 0
    not_found: int = 0
    video_url: str | None = None
    unknown_words: set[str] = field(default_factory=set[str])


@dataclass(frozen=True, slots=True, kw_only=True)
class PollerConfig:
    """Times in seconds: a job's deadline, how long a lease lasts, and the longest rest of the loop."""

    deadline_seconds: float = 24 * 3600.0
    lease_seconds: float = 15.0
    rest_seconds: float = 5.0


class Poller:
    """The one loop that owns the open jobs of this process. Cancelling it cancels no job."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        client: GatewayClient,
        delivery: Delivery,
        recorder: Recorder,
        owner: str,
        now: Callable[[], float],
        jitter: Callable[[], float],
        config: PollerConfig,
    ) -> None:
        self._ledger = ledger
        self._client = client
        self._delivery = delivery
        self._recorder = recorder
        self.owner = owner
        self._now = now
        self._jitter = jitter
        self._config = config
        self._entries: dict[str, _Entry] = {}
        self._submitting: set[str] = set()
        self._woken = anyio.Event()
        self._limiter = anyio.CapacityLimiter(_STEPS_AT_ONCE)

    async def run(self) -> None:
        """Work on jobs until cancelled; then give the leases back, so that another process goes on at once."""
        try:
            async with anyio.create_task_group() as tasks:
                while True:
                    try:
                        await self._start_due(tasks)
                    except Exception:  # the last line of defence: a locked ledger must not end the loop
                        logger.exception("the open jobs could not be read; trying again")
                        await anyio.sleep(_LEDGER_PAUSE_SECONDS)
                    await self._rest()
        finally:
            with anyio.CancelScope(shield=True), anyio.move_on_after(2):
                await self._ledger.release(owner=self.owner)

    def wake(self, video_id: str | None = None) -> None:
        """Look again now; with an id, at that job even if it was not due."""
        entry = self._entries.get(video_id) if video_id is not None else None
        if entry is not None:
            entry.due_at = 0.0
        self._woken.set()

    def lease_until(self) -> float:
        """Return when a lease that is taken now ends."""
        return self._now() + self._config.lease_seconds

    def expect_submission(self, video_id: str) -> None:
        """Know, before its row is written, that this job's request is on its way in this process: it is no orphan."""
        self._submitting.add(video_id)

    def end_submission(self, video_id: str) -> None:
        """Forget about a request: it has been answered, or was never sent."""
        self._submitting.discard(video_id)
        self.wake()

    async def ask_again(self, job: Job) -> Job:
        """Ask the gateway once more about a job that was given up; if its end is known by now, the job goes on."""
        if not isinstance(job.state, Unknown) or job.state.upstream_id is None:
            return job
        try:
            event = event_of(await self._client.poll(job.state.upstream_id))
        except GatewayError:
            return job
        if isinstance(event, Polled):
            return job
        job = await self._recorder.record(job, event)
        self.wake()
        return job

    async def _start_due(self, tasks: TaskGroup) -> None:
        claimed = await self._ledger.claim_open(owner=self.owner, now=self._now(), lease_until=self.lease_until())
        mine = {job.id: job for job in claimed if job.id not in self._submitting}
        for gone in self._entries.keys() - mine.keys():
            await self._leave(gone)
        for job in mine.values():
            entry = self._entries.setdefault(job.id, _Entry(due_at=self._now()))
            if entry.step is None and entry.due_at <= self._now():
                entry.step = anyio.CancelScope()
                tasks.start_soon(self._run_step, job, entry, entry.step)

    async def _leave(self, video_id: str) -> None:
        """Forget a job that has ended; stop leading one that another process took over while this one was asleep."""
        step = self._entries[video_id].step
        if step is None:
            del self._entries[video_id]
        elif (await self._ledger.get(video_id)).is_open:
            step.cancel()

    async def _rest(self) -> None:
        next_due = min((entry.due_at for entry in self._entries.values() if entry.step is None), default=float("inf"))
        longest = min(self._config.rest_seconds, self._config.lease_seconds / 3)
        with anyio.move_on_after(max(0.0, min(longest, next_due - self._now()))):
            await self._woken.wait()
        self._woken = anyio.Event()

    async def _run_step(self, job: Job, entry: _Entry, step: anyio.CancelScope) -> None:
        try:
            with step:
                async with self._limiter:
                    await self._step(job, entry)
        except Exception:  # one job's trouble must not end the others'
            logger.exception("job %s could not be worked on; trying again", job.id)
            entry.failures += 1
            entry.due_at = self._now() + backoff_seconds(entry.failures, self._jitter())
        finally:
            entry.step = None
            self._woken.set()

    async def _step(self, job: Job, entry: _Entry) -> None:
        match job.state:
            case Submitting():
                await self._recorder.record(job, Lost(problem=orphaned()))
            case Rendering() as state:
                await self._poll(job, state, entry)
            case Rendered() as state:
                await self._deliver(job, state, entry)
            case Completed() | Failed() | Unknown():
                self._entries.pop(job.id, None)
            case _:
                assert_never(job.state)

    async def _poll(self, job: Job, state: Rendering, entry: _Entry) -> None:
        try:
            video = await self._client.poll(state.upstream_id)
        except GatewayError as error:
            await self._poll_failed(job, entry, error)
            return
        entry.failures = entry.not_found = 0
        entry.due_at = self._now() + self._interval(job, video)
        job = await self._recorder.record(job, self._event(video, entry))
        if isinstance(job.state, Rendered):
            entry.video_url = video.video_url
            entry.due_at = self._now()
        else:
            await self._give_up_overdue(job)

    def _event(self, video: UpstreamVideo, entry: _Entry) -> JobEvent:
        """Return what a response means; a status word that nobody knows is quoted from its second sight on."""
        event = event_of(video)
        if video.is_word_known or not isinstance(event, Polled):
            return event
        if video.word in entry.unknown_words:
            return replace(event, warnings=(unknown_word(video),))
        entry.unknown_words.add(video.word)
        entry.due_at = min(entry.due_at, self._now() + _UNKNOWN_WORD_SECONDS)
        return event

    async def _give_up_overdue(self, job: Job) -> None:
        """End a job that is past its deadline; it has just been asked about: a laptop may be closed for days."""
        is_late = self._now() - job.created_at > self._config.deadline_seconds
        if is_late and isinstance(job.state, Rendering):
            await self._recorder.record(job, Lost(problem=overdue(self._config.deadline_seconds)))

    def _interval(self, job: Job, video: UpstreamVideo) -> float:
        return poll_interval_seconds(
            expected_seconds=job.expected_seconds,
            elapsed_seconds=self._now() - job.created_at,
            hint_seconds=video.poll_after_seconds,
            jitter=self._jitter(),
        )

    async def _poll_failed(self, job: Job, entry: _Entry, error: GatewayError) -> None:
        entry.failures += 1
        entry.not_found = entry.not_found + 1 if is_not_found(error) else 0
        verdict = poll_verdict(error, not_found_in_a_row=entry.not_found)
        match verdict:
            case "again":
                hint = error.retry_after_seconds if isinstance(error, GatewayRejected) else None
                pause = max(backoff_seconds(entry.failures, self._jitter()), min(hint or 0.0, _TROUBLE_PAUSE_SECONDS))
                entry.due_at = self._now() + pause
                if entry.failures >= _TRIES_PAST_DEADLINE:
                    await self._give_up_overdue(job)
            case "gone":
                await self._recorder.record(job, Lost(problem=vanished()))
            case "stop":
                entry.due_at = self._now() + _TROUBLE_PAUSE_SECONDS
                await self._recorder.record(job, PollStopped(problem=problem_of(error)))
            case _:
                assert_never(verdict)

    async def _deliver(self, job: Job, state: Rendered, entry: _Entry) -> None:
        try:
            file = await self._delivery.deliver(job, state.upstream_id, entry.video_url)
        except Exception as error:  # whatever it is, the person hears of it and it is tried again
            if not isinstance(error, VideoMCPError | OSError):
                logger.exception("the video of %s could not be brought here", job.id)
            entry.due_at = self._now() + _TROUBLE_PAUSE_SECONDS
            await self._recorder.record(job, DeliveryFailed(problem=problem_of(error)))
        else:
            await self._recorder.record(job, Delivered(file=file, differences=differences_from_request(job, file)))
        finally:
            entry.video_url = None


def event_of(video: UpstreamVideo) -> JobEvent:
    """Return what an answer of the gateway's means for its job."""
    match video.status:
        case "queued":
            return Polled(phase="queued", progress=video.progress)
        case "running":
            return Polled(phase="in_progress", progress=video.progress)
        case "completed":
            return RenderFinished()
        case "failed" | "cancelled" | "expired":
            return RenderFailed(problem=refused_by_model(video))
        case _:
            assert_never(video.status)
