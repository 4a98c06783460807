"""Drives every open job to its end: polls it, brings its file home, wakes whoever waits.

One loop for all jobs of the process. Each job is led by one process at a time: the one that holds its lease in the
ledger. A process that dies loses its leases, and another one takes over.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import assert_never

import anyio
from anyio.abc import TaskGroup

from video_mcp.errors import GatewayError, GatewayRejected, VideoMCPError
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
    Problem,
    Rendered,
    RenderFailed,
    RenderFinished,
    Rendering,
    Submitting,
    Unknown,
    transition,
)
from video_mcp.jobs.ledger import Ledger
from video_mcp.jobs.notes import notes_on

logger = logging.getLogger(__name__)

_AT_ONCE = 8
_PAUSE_SECONDS = 300.0


@dataclass(slots=True)
class _Turn:
    """When a job is looked at next, and how often it went wrong in a row."""

    due_at: float
    busy: bool = False
    faults: int = 0
    not_found: int = 0
    video_url: str | None = None


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

    @contextmanager
    def submission(self, video_id: str) -> Generator[None]:
        """Mark a job whose request is on its way in this process: it is no orphan."""
        self._submitting.add(video_id)
        try:
            yield
        finally:
            self._submitting.discard(video_id)

    async def record(self, job: Job, event: JobEvent) -> Job:
        """Write what happened to a job and tell everyone; returns the job as the ledger has it now."""
        written = await self._ledger.save(transition(job, event, now=self._now()))
        current = written if written is not None else await self._ledger.get(job.id)
        await self._changes.publish(current)
        return current

    async def _start_due(self, tasks: TaskGroup) -> None:
        claimed = await self._ledger.claim_open(owner=self.owner, now=self._now(), lease_until=self.lease_until())
        for lost in self._turns.keys() - {job.id for job in claimed}:
            if not self._turns[lost].busy:
                del self._turns[lost]
        for job in claimed:
            turn = self._turns.setdefault(job.id, _Turn(due_at=self._now()))
            if not turn.busy and turn.due_at <= self._now() and job.id not in self._submitting:
                turn.busy = True
                tasks.start_soon(self._lead, job, turn)

    async def _rest(self) -> None:
        next_due = min((turn.due_at for turn in self._turns.values() if not turn.busy), default=float("inf"))
        longest = min(self._config.rest_seconds, self._config.lease_seconds / 3)
        with anyio.move_on_after(max(0.0, min(longest, next_due - self._now()))):
            await self._woken.wait()
        self._woken = anyio.Event()

    async def _lead(self, job: Job, turn: _Turn) -> None:
        try:
            async with self._limiter:
                await self._step(job, turn)
        except Exception:  # one job's trouble must not end the others'
            logger.exception("job %s could not be led; trying again", job.id)
            turn.faults += 1
            turn.due_at = self._now() + backoff_seconds(turn.faults, self._jitter())
        finally:
            turn.busy = False
            self._woken.set()

    async def _step(self, job: Job, turn: _Turn) -> None:
        match job.state:
            case Submitting():
                await self.record(job, Lost(problem=_orphaned()))
            case Rendering() as state:
                if self._now() - job.created_at > self._config.deadline_seconds:
                    await self.record(job, Lost(problem=_overdue(self._config.deadline_seconds)))
                else:
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
        job = await self.record(job, _event_of(video))
        if isinstance(job.state, Rendered):
            turn.video_url = video.video_url
            turn.due_at = self._now()

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
                pause = hint if hint is not None else backoff_seconds(turn.faults, self._jitter())
                turn.due_at = self._now() + pause
            case "gone":
                await self.record(job, Lost(problem=_vanished()))
            case "stop":
                turn.due_at = self._now() + _PAUSE_SECONDS
                await self.record(job, PollStopped(problem=problem_of(error)))
            case _:
                assert_never(verdict)

    async def _bring_home(self, job: Job, state: Rendered, turn: _Turn) -> None:
        try:
            file = await self._delivery.deliver(job, state.upstream_id, turn.video_url)
        except (VideoMCPError, OSError) as error:
            turn.due_at = self._now() + _PAUSE_SECONDS
            await self.record(job, DeliveryFailed(problem=problem_of(error)))
        else:
            await self.record(job, Delivered(file=file, notes=notes_on(job, file)))
        finally:
            turn.video_url = None


def _event_of(video: UpstreamVideo) -> JobEvent:
    match video.status:
        case "queued":
            return Polled(phase="queued", progress=video.progress)
        case "running":
            return Polled(phase="in_progress", progress=video.progress)
        case "completed":
            return RenderFinished()
        case "failed" | "cancelled" | "expired":
            return RenderFailed(problem=_refused_by_model(video))
        case _:
            assert_never(video.status)


def _refused_by_model(video: UpstreamVideo) -> Problem:
    said = video.error
    message = said.message if said is not None else f"The gateway says {video.word} and gives no reason."
    return Problem(
        code=(said.code if said is not None else None) or video.status,
        message=message,
        advice="Change the prompt or the input and create it anew; most gateways give the money back for a failure.",
    )


def problem_of(error: Exception) -> Problem:
    """Return an error as a job keeps it; of an unexpected one, only its kind."""
    if isinstance(error, VideoMCPError):
        return Problem(code=error.code, message=error.message, advice=error.advice)
    if isinstance(error, OSError):
        why = error.strerror or type(error).__name__
        return Problem(
            code="disk",
            message=f"The file could not be written ({why}).",
            advice="Check VIDEO_MCP_OUTPUT_DIR, then call fetch_video.",
        )
    return Problem(code="internal", message=f"Something unexpected went wrong ({type(error).__name__}).")


def _orphaned() -> Problem:
    return Problem(
        code="submission_unknown",
        message="The server stopped while the request was under way; it may have been taken and charged.",
        advice="Look into the gateway's own log or dashboard before creating it again.",
    )


def _overdue(deadline_seconds: float) -> Problem:
    return Problem(
        code="deadline",
        message=f"The gateway did not finish this video within {deadline_seconds / 3600:g} hours.",
        advice="Look into the gateway's own dashboard; it may still have been charged.",
    )


def _vanished() -> Problem:
    return Problem(
        code="not_found",
        message="The gateway no longer knows this video.",
        advice="Look into the gateway's own dashboard before creating it again.",
    )
