"""Drives every open job to its end: polls it, delivers its file, wakes the waiters.

One loop for all jobs of the process. At each turn it claims what is due, earliest first, for its free slots only, and
sleeps until the next job is due. Each job is worked on by one process at a time: the one that holds its lease in the
ledger. A process that dies loses its leases, and another one takes over.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

import anyio
from anyio.abc import TaskGroup

from video_mcp.gateway.retry import backoff_seconds
from video_mcp.jobs.alarm import Alarm
from video_mcp.jobs.deadlines import Deadlines
from video_mcp.jobs.events import Orphaned, Polled, PollStopped
from video_mcp.jobs.job import Completed, Failed, Job, Rendered, Rendering, Submitting, Unknown, Unsent
from video_mcp.jobs.outbox import Outbox
from video_mcp.jobs.poll_limit import PollLimit
from video_mcp.jobs.problems import orphaned
from video_mcp.jobs.recorder import Recorder
from video_mcp.jobs.sender import Sender
from video_mcp.jobs.steps import Happened, StepResult, Steps, StillOpen, Trouble
from video_mcp.jobs.store.ledger import Ledger, TakenTurn
from video_mcp.jobs.store.turns import EndedStep, Turn
from video_mcp.jobs.store.writes import StepEnd
from video_mcp.jobs.under_way import Step, StepsUnderWay
from video_mcp.jobs.upcoming import Upcoming

logger = logging.getLogger(__name__)

_LEDGER_PAUSE_SECONDS = 1.0
_SENT_AT_ONCE = 4
# So long before it is due a poll may be claimed with others, and so long after it its outcome may be written with
# others: a turn at the ledger costs more than a poll. Only where there are so many polls between two renewals of the
# leases, because what is claimed waits for the end of its lease when this process is killed.
_AHEAD_SECONDS = 5.0
_MANY_POLLS = 4
_MOST_ENDED = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class PollerConfig:
    """How many polls and downloads run at once, how long a lease lasts, and the longest rest of the loop."""

    polls_at_once: int = 64
    downloads_at_once: int = 8
    lease_seconds: float = 15.0
    rest_seconds: float = 5.0


class Poller:
    """The one loop that works on open jobs in this process. Cancelling it cancels no job."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        steps: Steps,
        sender: Sender,
        outbox: Outbox,
        recorder: Recorder,
        limit: PollLimit,
        deadlines: Deadlines,
        alarm: Alarm,
        owner: str,
        now: Callable[[], float],
        jitter: Callable[[], float],
        config: PollerConfig,
    ) -> None:
        self._ledger = ledger
        self._steps = steps
        self._sender = sender
        self._outbox = outbox
        self._recorder = recorder
        self._limit = limit
        self._deadlines = deadlines
        self._alarm = alarm
        self.owner = owner
        self._now = now
        self._jitter = jitter
        self._config = config
        self._longest_rest_seconds = min(config.rest_seconds, config.lease_seconds / 3)
        self._under_way = StepsUnderWay()
        self._upcoming = Upcoming()
        self._ended: list[EndedStep] = []
        self._troubles: dict[str, Trouble] = {}
        self._renewed_at = float("-inf")
        self._looked_far_at = float("-inf")
        self._is_place_free = False
        self._is_more_due = False
        self._polls_since_renewal = 0
        self._ahead_seconds = 0.0
        self._next_due_at = float("-inf")

    async def run(self) -> None:
        """Work on jobs until cancelled; then give the leases back, so that another process goes on at once."""
        try:
            async with anyio.create_task_group() as tasks:
                while True:
                    try:
                        if self._is_turn_due():
                            await self._take_turn(tasks)
                        self._begin_upcoming(tasks)
                    except Exception:  # the last line of defence: a locked ledger must not end the loop
                        logger.exception("the open jobs could not be read; trying again")
                        await anyio.sleep(_LEDGER_PAUSE_SECONDS)
                        self._alarm.ring_for_any()
                    await self._alarm.rest(self._rest_seconds())
        finally:
            with anyio.CancelScope(shield=True), anyio.move_on_after(2):
                await self._give_all_back()

    def wake(self, video_id: str | None = None) -> None:
        """Look again now; with an id, at that job even if it was not due."""
        if video_id is None:
            self._alarm.ring_for_any()
        else:
            self._alarm.ring(video_id)

    def lease_until(self) -> float:
        """Return when a lease that is taken now ends."""
        return self._now() + self._config.lease_seconds

    def _is_time_to_renew(self, now: float) -> bool:
        return not 0 <= now - self._renewed_at < self._config.lease_seconds / 3

    def _is_time_to_look_far(self, now: float) -> bool:
        return not 0 <= now - self._looked_far_at < self._config.lease_seconds

    def _is_turn_due(self) -> bool:
        now = self._now()
        return self._alarm.is_turn_due or now >= self._next_due_at or self._is_time_to_renew(now)

    def _rest_seconds(self) -> float:
        """Return how long nothing is due; the alarm ends a rest sooner, and none is longer than it was told."""
        now = self._now()
        is_slot_free = self._limit.free_slots(self._under_way.count("poll"), now=now) > 0
        return min(self._next_due_at, self._upcoming.next_due_at if is_slot_free else self._next_due_at) - now

    async def _take_turn(self, tasks: TaskGroup) -> None:
        """Bring what has ended to the ledger and claim what is due, or will be within seconds."""
        self._alarm.begin_turn(next_within_seconds=self._longest_rest_seconds)
        submitting, is_time_to_renew = self._sender.under_way(), self._is_time_to_renew(self._now())
        held = (*self._under_way.ids, *submitting, *self._upcoming.ids) if is_time_to_renew else ()
        turn = self._turn(held)
        result = await self._ledger.take_turn(turn)
        del self._ended[: len(turn.ended)]
        self._alarm.forget(turn.woken)
        self._is_place_free = self._is_place_free and not turn.is_place_free
        if turn.is_thorough:
            self._looked_far_at = turn.now
        if is_time_to_renew:
            self._renewed_at = turn.now
            self._ahead_seconds = _AHEAD_SECONDS if self._polls_since_renewal >= _MANY_POLLS else 0.0
            self._polls_since_renewal = 0
        self._is_more_due = "rendering" in result.full
        self._next_due_at = min(result.next_due_at, self._limit.rest_ends_at(now=turn.now) or result.next_due_at)
        self._move_upcoming(turn, result)
        self._take_claims(result, submitting, tasks)
        for job in result.written:
            self._recorder.announce(job)

    def _take_claims(self, result: TakenTurn, submitting: frozenset[str], tasks: TaskGroup) -> None:
        for job in result.claimed:
            # A request whose answer is being recorded is no orphan; once it is recorded, its job is like any other.
            is_on_its_way = isinstance(job.state, Submitting) and job.id in submitting | self._sender.under_way()
            if job.id in self._under_way or is_on_its_way:
                continue
            if isinstance(job.state, Rendering):
                self._polls_since_renewal += 1
                self._upcoming.add(job, result.due_at[job.id])
            else:
                self._begin(job, tasks)

    def _move_upcoming(self, turn: Turn, result: TakenTurn) -> None:
        """Let go of jobs whose lease is lost, and look at others when they are due now."""
        self._under_way.cancel(result.lost)
        self._upcoming.discard(result.lost | (set(turn.moved) - result.due_at.keys()))
        for video_id, due_at in result.due_at.items():
            self._upcoming.move(video_id, due_at)
        for video_id in turn.woken:
            self._upcoming.move(video_id, turn.now)

    def _turn(self, held: Sequence[str]) -> Turn:
        now = self._now()
        return Turn(
            owner=self.owner,
            now=now,
            lease_until=self.lease_until(),
            free_slots=self._free_slots(now),
            ahead_seconds=self._ahead_seconds,
            ended=tuple(self._ended),
            held=held,
            woken=self._alarm.due_now,
            moved=self._upcoming.ids if self._alarm.take_any_due() else (),
            is_thorough=self._is_time_to_look_far(now),
            is_place_free=self._is_place_free,
        )

    def _begin_upcoming(self, tasks: TaskGroup) -> None:
        now = self._now()
        at_most = self._limit.free_slots(self._under_way.count("poll"), now=now)
        for job in self._upcoming.take_due(now, at_most=at_most):
            self._begin(job, tasks)
        if self._is_more_due and self._free_to_claim(now) > self._config.polls_at_once // 2:
            self._is_more_due = False
            self._alarm.ring()

    async def _give_all_back(self) -> None:
        """Write what has ended and give every lease back."""
        now = self._now()
        ended = tuple(self._ended)
        await self._ledger.take_turn(Turn(owner=self.owner, now=now, lease_until=now, free_slots={}, ended=ended))
        await self._ledger.release(owner=self.owner)

    def _free_to_claim(self, now: float) -> int:
        """Return how many polls may be claimed: beside those under way as many again wait for a free slot."""
        held = self._under_way.count("poll") + len(self._upcoming) - self._config.polls_at_once
        return self._limit.free_slots(held, now=now)

    def _free_slots(self, now: float) -> dict[str, int]:
        return {
            "rendering": self._free_to_claim(now),
            "rendered": self._config.downloads_at_once - self._under_way.count("download"),
            "submitting": self._config.polls_at_once,
            "unsent": _SENT_AT_ONCE - self._under_way.count("sending"),
        }

    def _begin(self, job: Job, tasks: TaskGroup) -> None:
        tasks.start_soon(self._run_step, self._under_way.begin(job, now=self._now()), tasks)

    async def _run_step(self, step: Step, tasks: TaskGroup) -> None:
        job = step.job
        trouble = self._troubles.setdefault(job.id, Trouble())
        try:
            with step.scope:
                result = await self._step(job, trouble)
                if result is not None:
                    await self._end(step, result)
        except Exception:  # one job's trouble must not end the others'
            logger.exception("job %s could not be worked on; trying again", job.id, extra={"video_id": job.id})
            trouble.failures += 1
            self._give_back(step, StillOpen(pause_seconds=backoff_seconds(trouble.failures, self._jitter())))
        finally:
            if trouble == Trouble():
                self._troubles.pop(job.id, None)
            self._under_way.end(step)
            if step.kind != "poll":
                self._alarm.ring()
            self._begin_upcoming(tasks)  # at once, also while a turn is under way

    async def _step(self, job: Job, trouble: Trouble) -> StepResult | None:
        match job.state:
            case Unsent() as state:
                return await self._outbox.step(job, state)
            case Submitting():
                return Happened(event=Orphaned(problem=orphaned()))
            case Rendering() as state:
                return await self._steps.poll(job, state, trouble)
            case Rendered() as state:
                return await self._steps.deliver(job, state, trouble)
            case Completed() | Failed() | Unknown():
                return None
            case _:
                assert_never(job.state)

    async def _end(self, step: Step, result: StepResult) -> None:
        job = step.job
        match result:
            case Happened(event=event, pause_seconds=pause_seconds):
                if not isinstance(event, Polled | PollStopped):
                    self._deadlines.forget(job.id)
                end = StepEnd(owner=self.owner, due_at=self._now() + pause_seconds, began_at=step.began_at)
                await self._recorder.record_step(job, event, end)
                self._is_place_free = True
                self._alarm.ring()
            case StillOpen():
                self._give_back(step, result)
            case _:
                assert_never(result)

    def _give_back(self, step: Step, result: StillOpen) -> None:
        """Let the next turn give the job back, due again after a pause."""
        job, now = step.job, self._now()
        end = StepEnd(
            owner=self.owner,
            due_at=now + result.pause_seconds,
            polled_at=now if result.is_polled else None,
            began_at=step.began_at,
        )
        self._ended.append(EndedStep(job=job, change=result.change, end=end))
        is_urgent = len(self._ended) >= _MOST_ENDED or (result.change is not None and self._recorder.is_awaited(job))
        self._alarm.ring_within(0.0 if is_urgent else min(self._ahead_seconds, max(0.0, result.pause_seconds)))
