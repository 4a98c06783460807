"""Drives every open job to its end: polls it, delivers its file, wakes the waiters.

One loop for all jobs of the process. At each turn it claims what is due, earliest first, for its free slots only, and
sleeps until the next job is due. Each job is worked on by one process at a time: the one that holds its lease in the
ledger. A process that dies loses its leases, and another one takes over.
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
from video_mcp.gateway.retry import backoff_seconds, poll_verdict
from video_mcp.gateway.upstream import UpstreamVideo
from video_mcp.jobs.delivery import Delivery, differences_from_request
from video_mcp.jobs.events import (
    Delivered,
    DeliveryFailed,
    JobEvent,
    Lost,
    Orphaned,
    Polled,
    PollStopped,
    RenderFailed,
    RenderFinished,
    transition,
)
from video_mcp.jobs.history import Schedules
from video_mcp.jobs.job import Completed, Failed, Job, Problem, Rendered, Rendering, Submitting, Unknown
from video_mcp.jobs.poll_limit import PollLimit
from video_mcp.jobs.problems import orphaned, overdue, problem_of, refused_by_model, unknown_word, vanished
from video_mcp.jobs.recorder import Recorder
from video_mcp.jobs.store.ledger import Ledger
from video_mcp.jobs.store.turns import EndedStep, Turn
from video_mcp.jobs.store.writes import StepEnd

logger = logging.getLogger(__name__)

_TROUBLE_PAUSE_SECONDS = 300.0
_LEDGER_PAUSE_SECONDS = 1.0
# Steps that end together are written together.
_GATHER_SECONDS = 0.02
# An unknown word may be an end that nobody knows: the second look comes soon.
_UNKNOWN_WORD_SECONDS = 2.0
_FIRST_LOOK_SECONDS = 1.5
# How long a job that came past its deadline is watched before it is given up.
_SECOND_LOOK_SECONDS = 600.0
# Past its deadline a job is asked about so often in vain: a laptop's network takes a while to come back.
_TRIES_PAST_DEADLINE = 10


@dataclass(slots=True)
class _Trouble:
    """What this process knows of a job beyond the ledger: how often in a row something went wrong, and its link."""

    failures: int = 0
    not_found: int = 0
    video_url: str | None = None
    unknown_words: set[str] = field(default_factory=set[str])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sighting:
    """When this process saw a rendering job first, by monotonic time, and how old the wall clock called it then."""

    at_monotonic: float
    age_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """A step under way: the scope that ends it, and whether it takes a slot for downloads."""

    scope: anyio.CancelScope
    is_download: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PollerConfig:
    """How many polls and downloads run at once, and times in seconds.

    A job's deadline, how long a lease lasts, the longest rest of the loop, and how often the gateway itself looks at
    what it renders, where that is known.
    """

    polls_at_once: int = 64
    downloads_at_once: int = 8
    deadline_seconds: float = 24 * 3600.0
    lease_seconds: float = 15.0
    rest_seconds: float = 5.0
    sweep_seconds: float | None = None


class Poller:
    """The one loop that works on open jobs in this process. Cancelling it cancels no job."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        client: GatewayClient,
        delivery: Delivery,
        recorder: Recorder,
        schedules: Schedules,
        owner: str,
        now: Callable[[], float],
        monotonic: Callable[[], float],
        jitter: Callable[[], float],
        config: PollerConfig,
    ) -> None:
        self._ledger = ledger
        self._client = client
        self._delivery = delivery
        self._recorder = recorder
        self._schedules = schedules
        self.owner = owner
        self._now = now
        self._monotonic = monotonic
        self._sightings: dict[str, _Sighting] = {}
        self._jitter = jitter
        self._config = config
        self._limit = PollLimit(config.polls_at_once)
        self._steps: dict[str, _Step] = {}
        self._ended: list[EndedStep] = []
        self._troubles: dict[str, _Trouble] = {}
        self._submitting: set[str] = set()
        self._due_now: set[str] = set()
        self._renewed_at = float("-inf")
        self._woken = anyio.Event()

    async def run(self) -> None:
        """Work on jobs until cancelled; then give the leases back, so that another process goes on at once."""
        try:
            async with anyio.create_task_group() as tasks:
                while True:
                    next_due_at = self._now() + self._config.rest_seconds
                    try:
                        next_due_at = await self._take_turn(tasks)
                    except Exception:  # the last line of defence: a locked ledger must not end the loop
                        logger.exception("the open jobs could not be read; trying again")
                        await anyio.sleep(_LEDGER_PAUSE_SECONDS)
                    await self._rest(next_due_at)
        finally:
            with anyio.CancelScope(shield=True), anyio.move_on_after(2):
                await self._ledger.release(owner=self.owner)

    def wake(self, video_id: str | None = None) -> None:
        """Look again now; with an id, at that job even if it was not due."""
        if video_id is not None:
            self._due_now.add(video_id)
        self._woken.set()

    def lease_until(self) -> float:
        """Return when a lease that is taken now ends."""
        return self._now() + self._config.lease_seconds

    def expect_submission(self, video_id: str) -> None:
        """Know, before its row is written, that this job's request is on its way in this process: it is no orphan."""
        self._submitting.add(video_id)

    def submissions_under_way(self) -> frozenset[str]:
        """Return the ids of the jobs whose request this process is sending."""
        return frozenset(self._submitting)

    def end_submission(self, video_id: str) -> None:
        """Forget about a request: it has been answered, or was never sent."""
        self._submitting.discard(video_id)
        self.wake()

    async def first_due_at(self, job: Job, *, hint_seconds: float | None) -> float:
        """Return when a job that the gateway has just accepted is looked at for the first time: soon.

        What a filter refuses ends within seconds, and whoever waits should hear of it then. A gateway that itself
        looks only now and then, or that says when to ask, knows better.
        """
        self._see(job)
        pause_seconds = await self._pause(job, hint_seconds)
        if hint_seconds is None and self._config.sweep_seconds is None:
            pause_seconds = min(pause_seconds, _FIRST_LOOK_SECONDS * (0.5 + self._jitter()))
        return self._now() + pause_seconds

    async def ask_again(self, job: Job) -> Job:
        """Ask the gateway once more about a job that was given up; if its end is known by now, the job goes on."""
        if not isinstance(job.state, Unknown) or job.state.upstream_id is None:
            return job
        try:
            event = event_of(await self._client.poll(job.state.upstream_id))
        except Exception as error:  # whatever a poll raises is an error of that poll
            _as_gateway_error(error, job)
            return job
        if isinstance(event, Polled):
            return job
        job = await self._recorder.record(job, event)
        self.wake(job.id)
        return job

    async def _take_turn(self, tasks: TaskGroup) -> float:
        """Bring what has ended to the ledger and begin what is due; returns when the next job is due."""
        now = self._now()
        is_time_to_renew = not 0 <= now - self._renewed_at < self._config.lease_seconds / 3
        submitting = self.submissions_under_way()
        turn = Turn(
            owner=self.owner,
            now=now,
            lease_until=self.lease_until(),
            free_slots=self._free_slots(now, with_orphans=is_time_to_renew),
            ended=tuple(self._ended),
            held=(*self._steps, *submitting) if is_time_to_renew else (),
            woken=tuple(self._due_now),
            is_thorough=is_time_to_renew,
        )
        result = await self._ledger.take_turn(turn)
        del self._ended[: len(turn.ended)]
        self._due_now.difference_update(turn.woken)
        self._renewed_at = now if is_time_to_renew else self._renewed_at
        for video_id in result.lost & self._steps.keys():
            self._steps[video_id].scope.cancel()
        for job in result.claimed:
            # A request whose answer is being recorded is no orphan; once it is recorded, its job is like any other.
            is_on_its_way = isinstance(job.state, Submitting) and job.id in submitting | self._submitting
            if job.id not in self._steps and not is_on_its_way:
                self._begin(job, tasks)
        for job in result.written:
            self._recorder.announce(job)
        return min(result.next_due_at, self._limit.rest_ends_at(now=now) or result.next_due_at)

    def _free_slots(self, now: float, *, with_orphans: bool) -> dict[str, int]:
        downloads = sum(step.is_download for step in self._steps.values())
        polls = self._limit.free_slots(len(self._steps) - downloads, now=now)
        orphans = {"submitting": self._config.polls_at_once} if with_orphans else {}
        return {"rendering": polls, "rendered": self._config.downloads_at_once - downloads, **orphans}

    async def _rest(self, next_due_at: float) -> None:
        longest = min(self._config.rest_seconds, self._config.lease_seconds / 3)
        with anyio.move_on_after(max(0.0, min(longest, next_due_at - self._now()))):
            await self._woken.wait()
            await anyio.sleep(_GATHER_SECONDS)
        self._woken = anyio.Event()

    def _begin(self, job: Job, tasks: TaskGroup) -> None:
        step = _Step(scope=anyio.CancelScope(), is_download=isinstance(job.state, Rendered))
        self._steps[job.id] = step
        self._see(job)
        tasks.start_soon(self._run_step, job, step)

    async def _run_step(self, job: Job, step: _Step) -> None:
        trouble = self._troubles.setdefault(job.id, _Trouble())
        try:
            with step.scope:
                await self._step(job, trouble)
        except Exception:  # one job's trouble must not end the others'
            logger.exception("job %s could not be worked on; trying again", job.id)
            trouble.failures += 1
            self._end(job, backoff_seconds(trouble.failures, self._jitter()))
        finally:
            if trouble == _Trouble():
                self._troubles.pop(job.id, None)
            del self._steps[job.id]
            self._woken.set()

    def _end(self, job: Job, pause_seconds: float, *, after: Job | None = None, is_polled: bool = False) -> None:
        """Let the next turn give the job back, due again after a pause."""
        self._ended.append(EndedStep(job=job, after=after, end=self._step_end(pause_seconds, is_polled=is_polled)))

    def _step_end(self, pause_seconds: float, *, is_polled: bool = False) -> StepEnd:
        now = self._now()
        return StepEnd(owner=self.owner, due_at=now + pause_seconds, polled_at=now if is_polled else None)

    async def _step(self, job: Job, trouble: _Trouble) -> None:
        match job.state:
            case Submitting():
                await self._record(job, Orphaned(problem=orphaned()))
            case Rendering() as state:
                await self._poll(job, state, trouble)
            case Rendered() as state:
                await self._deliver(job, state, trouble)
            case Completed() | Failed() | Unknown():
                pass
            case _:
                assert_never(job.state)

    async def _record(self, job: Job, event: JobEvent, pause_seconds: float = 0.0) -> None:
        if not isinstance(event, Polled | PollStopped):
            self._sightings.pop(job.id, None)
        await self._recorder.record_step(job, event, self._step_end(pause_seconds))

    async def _poll(self, job: Job, state: Rendering, trouble: _Trouble) -> None:
        try:
            video = await self._client.poll(state.upstream_id)
        except Exception as error:  # whatever a poll raises is an error of that poll
            await self._poll_failed(job, trouble, _as_gateway_error(error, job))
            return
        self._limit.accepted()
        trouble.failures = trouble.not_found = 0
        event, pause_seconds = self._event(video, trouble), await self._pause(job, video.poll_after_seconds)
        if not isinstance(event, Polled):
            trouble.video_url = video.video_url if isinstance(event, RenderFinished) else None
            await self._record(job, event)
        elif self._is_overdue(job):
            await self._give_up(job)
        else:
            if not video.is_word_known:
                pause_seconds = min(pause_seconds, _UNKNOWN_WORD_SECONDS)
            after = transition(job, event, now=self._now())
            changed = (after.state, after.warnings) != (job.state, job.warnings)
            self._end(job, pause_seconds, after=after if changed else None, is_polled=True)

    def _event(self, video: UpstreamVideo, trouble: _Trouble) -> JobEvent:
        """Return what a response means; a status word that nobody knows is quoted from its second sight on."""
        event = event_of(video)
        if video.is_word_known or not isinstance(event, Polled):
            trouble.unknown_words.clear()
            return event
        if video.word in trouble.unknown_words:
            return replace(event, warnings=(unknown_word(video),))
        trouble.unknown_words.add(video.word)
        return event

    def _is_overdue(self, job: Job) -> bool:
        """Tell whether a job is past its deadline, by time that this process has seen pass.

        One that came here past its deadline gets a second look later: the wall clock may be the one that is wrong.
        """
        sighting = self._sightings[job.id]
        seen_seconds = self._monotonic() - sighting.at_monotonic
        came_late = sighting.age_seconds > self._config.deadline_seconds
        is_late = sighting.age_seconds + seen_seconds > self._config.deadline_seconds
        return is_late and (not came_late or seen_seconds > _SECOND_LOOK_SECONDS)

    def _see(self, job: Job) -> None:
        if job.id not in self._sightings:
            age_seconds = max(0.0, self._now() - job.created_at)
            self._sightings[job.id] = _Sighting(at_monotonic=self._monotonic(), age_seconds=age_seconds)

    async def _give_up(self, job: Job, last: Problem | None = None) -> None:
        """End a job that is past its deadline; it has just been polled: a laptop may be closed for days."""
        await self._record(job, Lost(problem=overdue(self._config.deadline_seconds, last)))

    async def _pause(self, job: Job, hint_seconds: float | None) -> float:
        schedule = await self._schedules.of(job)
        return schedule.seconds_to_next(
            self._now() - job.created_at,
            jitter=self._jitter(),
            hint_seconds=hint_seconds,
            sweep_seconds=self._config.sweep_seconds,
        )

    async def _poll_failed(self, job: Job, trouble: _Trouble, error: GatewayError) -> None:
        trouble.failures += 1
        trouble.not_found = trouble.not_found + 1 if is_not_found(error) else 0
        hint = (error.retry_after_seconds if isinstance(error, GatewayRejected) else None) or 0.0
        if isinstance(error, GatewayRejected) and error.status_code == 429:
            self._limit.refused(now=self._now(), retry_after_seconds=hint)
        verdict = poll_verdict(error, not_found_in_a_row=trouble.not_found, failures_in_a_row=trouble.failures)
        match verdict:
            case "again" | "stop" if trouble.failures >= _TRIES_PAST_DEADLINE and self._is_overdue(job):
                await self._give_up(job, problem_of(error))
            case "again":
                backoff = backoff_seconds(trouble.failures, self._jitter())
                self._end(job, max(backoff, min(hint, _TROUBLE_PAUSE_SECONDS)))
            case "gone":
                await self._record(job, Lost(problem=vanished()))
            case "stop":
                await self._record(job, PollStopped(problem=problem_of(error)), _TROUBLE_PAUSE_SECONDS)
            case _:
                assert_never(verdict)

    async def _deliver(self, job: Job, state: Rendered, trouble: _Trouble) -> None:
        video_url, trouble.video_url = trouble.video_url, None
        try:
            file = await self._delivery.deliver(job, state.upstream_id, video_url)
        except Exception as error:  # whatever it is, the user hears of it and it is tried again
            if not isinstance(error, VideoMCPError | OSError):
                logger.exception("the video of %s could not be brought here", job.id)
            await self._record(job, DeliveryFailed(problem=problem_of(error)), _TROUBLE_PAUSE_SECONDS)
        else:
            await self._record(job, Delivered(file=file, differences=differences_from_request(job, file)))


def _as_gateway_error(error: Exception, job: Job) -> GatewayError:
    if isinstance(error, GatewayError):
        return error
    logger.warning("job %s could not be polled (%s); trying again", job.id, type(error).__name__)
    return GatewayError(f"The gateway could not be asked ({type(error).__name__}).")


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
