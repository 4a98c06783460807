"""Drives every open job to its end: polls it, brings its file home, wakes whoever waits.

One loop for all jobs of the process. Each job is led by one process at a time: the one that holds its lease in the
ledger. A process that dies loses its leases, and another one takes over.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import assert_never

import anyio
from anyio.abc import TaskGroup

from video_mcp.errors import GatewayError, GatewayRejected, InvalidTransition, VideoMCPError
from video_mcp.gateway.client import GatewayClient
from video_mcp.gateway.protocol import is_not_found
from video_mcp.gateway.retry import backoff_seconds, poll_interval_seconds, poll_verdict
from video_mcp.gateway.upstream import UpstreamVideo
from video_mcp.jobs.changes import Changes
from video_mcp.jobs.delivery import Delivery
from video_mcp.jobs.job import (
    Completed,
    Delivered,
    DeliveryFailed,
    Failed,
    Job,
    JobEvent,
    Lost,
    Polled,
    PollStopped,
    Rendered,
    RenderFailed,
    RenderFinished,
    Rendering,
    Submitting,
    Unknown,
    transition,
)
from video_mcp.jobs.notes import notes_on
from video_mcp.jobs.problems import orphaned, overdue, problem_of, refused_by_model, unknown_word, vanished
from video_mcp.jobs.store.ledger import Ledger

logger = logging.getLogger(__name__)

_AT_ONCE = 8
_PAUSE_SECONDS = 300.0
_LEDGER_PAUSE_SECONDS = 1.0
# An unknown word may be an end that nobody knows: the second look comes soon.
_UNKNOWN_WORD_SECONDS = 2.0
# Past its deadline a job is asked about so often in vain: a laptop's network takes a while to come back.
_LAST_TRIES = 10


@dataclass(slots=True)
class _Turn:
    """When a job is looked at next, and how often it went wrong in a row."""

    due_at: float
    led: anyio.CancelScope | None = None
    faults: int = 0
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
        changes: Changes,
        owner: str,
        now: Callable[[], float],
        jitter: Callable[[], float],
        config: PollerConfig,
    ) -> None:
        self._ledger = ledger
        self._client = client
        self._delivery = delivery
        self._changes = changes
        self.owner = owner
        self._now = now
        self._jitter = jitter
        self._config = config
        self._turns: dict[str, _Turn] = {}
        self._submitting: set[str] = set()
        self._woken = anyio.Event()
        self._limiter = anyio.CapacityLimiter(_AT_ONCE)

    async def run(self) -> None:
        """Lead jobs until cancelled; then give the leases back, so that another process goes on at once."""
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
        turn = self._turns.get(video_id) if video_id is not None else None
        if turn is not None:
            turn.due_at = 0.0
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

    async def record(self, job: Job, event: JobEvent) -> Job:
        """Write what happened to a job and tell everyone; returns the job as the ledger has it now.

        When another process has written the job since it was read, the event is told to the job as it is now; one
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
        job = await self.record(job, event)
        self.wake()
        return job

    async def _start_due(self, tasks: TaskGroup) -> None:
        claimed = await self._ledger.claim_open(owner=self.owner, now=self._now(), lease_until=self.lease_until())
        mine = {job.id: job for job in claimed if job.id not in self._submitting}
        for gone in self._turns.keys() - mine.keys():
            await self._leave(gone)
        for job in mine.values():
            turn = self._turns.setdefault(job.id, _Turn(due_at=self._now()))
            if turn.led is None and turn.due_at <= self._now():
                turn.led = anyio.CancelScope()
                tasks.start_soon(self._lead, job, turn, turn.led)

    async def _leave(self, video_id: str) -> None:
        """Forget a job that has ended; stop leading one that another process took over while this one was asleep."""
        led = self._turns[video_id].led
        if led is None:
            del self._turns[video_id]
        elif (await self._ledger.get(video_id)).is_open:
            led.cancel()

    async def _rest(self) -> None:
        next_due = min((turn.due_at for turn in self._turns.values() if turn.led is None), default=float("inf"))
        longest = min(self._config.rest_seconds, self._config.lease_seconds / 3)
        with anyio.move_on_after(max(0.0, min(longest, next_due - self._now()))):
            await self._woken.wait()
        self._woken = anyio.Event()

    async def _lead(self, job: Job, turn: _Turn, led: anyio.CancelScope) -> None:
        try:
            with led:
                async with self._limiter:
                    await self._step(job, turn)
        except Exception:  # one job's trouble must not end the others'
            logger.exception("job %s could not be led; trying again", job.id)
            turn.faults += 1
            turn.due_at = self._now() + backoff_seconds(turn.faults, self._jitter())
        finally:
            turn.led = None
            self._woken.set()

    async def _step(self, job: Job, turn: _Turn) -> None:
        match job.state:
            case Submitting():
                await self.record(job, Lost(problem=orphaned()))
            case Rendering() as state:
                await self._poll(job, state, turn)
            case Rendered() as state:
                await self._bring_home(job, state, turn)
            case Completed() | Failed() | Unknown():
                self._turns.pop(job.id, None)
            case _:
                assert_never(job.state)

    async def _poll(self, job: Job, state: Rendering, turn: _Turn) -> None:
        try:
            video = await self._client.poll(state.upstream_id)
        except GatewayError as error:
            await self._ride_out(job, turn, error)
            return
        turn.faults = turn.not_found = 0
        turn.due_at = self._now() + self._interval(job, video)
        job = await self.record(job, self._event(video, turn))
        if isinstance(job.state, Rendered):
            turn.video_url = video.video_url
            turn.due_at = self._now()
        else:
            await self._give_up_overdue(job)

    def _event(self, video: UpstreamVideo, turn: _Turn) -> JobEvent:
        """Return what a response means; a status word that nobody knows is quoted from its second sight on."""
        event = event_of(video)
        if video.is_word_known or not isinstance(event, Polled):
            return event
        if video.word in turn.unknown_words:
            return replace(event, warnings=(unknown_word(video),))
        turn.unknown_words.add(video.word)
        turn.due_at = min(turn.due_at, self._now() + _UNKNOWN_WORD_SECONDS)
        return event

    async def _give_up_overdue(self, job: Job) -> None:
        """End a job that is past its deadline; it has just been asked about: a laptop may be closed for days."""
        is_late = self._now() - job.created_at > self._config.deadline_seconds
        if is_late and isinstance(job.state, Rendering):
            await self.record(job, Lost(problem=overdue(self._config.deadline_seconds)))

    def _interval(self, job: Job, video: UpstreamVideo) -> float:
        return poll_interval_seconds(
            expected_seconds=job.expected_seconds,
            elapsed_seconds=self._now() - job.created_at,
            hint_seconds=video.poll_after_seconds,
            jitter=self._jitter(),
        )

    async def _ride_out(self, job: Job, turn: _Turn, error: GatewayError) -> None:
        turn.faults += 1
        turn.not_found = turn.not_found + 1 if is_not_found(error) else 0
        verdict = poll_verdict(error, not_found_in_a_row=turn.not_found)
        match verdict:
            case "again":
                hint = error.retry_after_seconds if isinstance(error, GatewayRejected) else None
                pause = max(backoff_seconds(turn.faults, self._jitter()), min(hint or 0.0, _PAUSE_SECONDS))
                turn.due_at = self._now() + pause
                if turn.faults >= _LAST_TRIES:
                    await self._give_up_overdue(job)
            case "gone":
                await self.record(job, Lost(problem=vanished()))
            case "stop":
                turn.due_at = self._now() + _PAUSE_SECONDS
                await self.record(job, PollStopped(problem=problem_of(error)))
            case _:
                assert_never(verdict)

    async def _bring_home(self, job: Job, state: Rendered, turn: _Turn) -> None:
        try:
            file = await self._delivery.deliver(job, state.upstream_id, turn.video_url)
        except Exception as error:  # whatever it is, the person hears of it and it is tried again
            if not isinstance(error, VideoMCPError | OSError):
                logger.exception("the video of %s could not be brought here", job.id)
            turn.due_at = self._now() + _PAUSE_SECONDS
            await self.record(job, DeliveryFailed(problem=problem_of(error)))
        else:
            await self.record(job, Delivered(file=file, notes=notes_on(job, file)))
        finally:
            turn.video_url = None


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
