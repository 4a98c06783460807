"""Drives every open job to its end: polls it, delivers its file, wakes the waiters.

One loop for all jobs of the process. At each turn it claims what is due, earliest first, for its free slots only, and
sleeps until the next job is due. Each job is worked on by one process at a time: the one that holds its lease in the
ledger. A process that dies loses its leases, and another one takes over.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, assert_never

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
from video_mcp.jobs.store.ledger import Ledger
from video_mcp.jobs.store.turns import EndedStep, Turn
from video_mcp.jobs.store.writes import StepEnd

logger = logging.getLogger(__name__)

_LEDGER_PAUSE_SECONDS = 1.0
_SENT_AT_ONCE = 4


StepKind = Literal["sending", "poll", "download"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _StepUnderWay:
    """A step under way: the scope that ends it, and whose slot it takes."""

    scope: anyio.CancelScope
    kind: StepKind
    began_at: float


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
        self._under_way: dict[str, _StepUnderWay] = {}
        self._ended: list[EndedStep] = []
        self._troubles: dict[str, Trouble] = {}
        self._renewed_at = float("-inf")
        self._is_place_free = False

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
                    longest = min(self._config.rest_seconds, self._config.lease_seconds / 3)
                    await self._alarm.rest(min(longest, next_due_at - self._now()))
        finally:
            with anyio.CancelScope(shield=True), anyio.move_on_after(2):
                await self._ledger.release(owner=self.owner)

    def wake(self, video_id: str | None = None) -> None:
        """Look again now; with an id, at that job even if it was not due."""
        self._alarm.ring(video_id)

    def lease_until(self) -> float:
        """Return when a lease that is taken now ends."""
        return self._now() + self._config.lease_seconds

    async def _take_turn(self, tasks: TaskGroup) -> float:
        """Bring what has ended to the ledger and begin what is due; returns when the next job is due."""
        now = self._now()
        is_time_to_renew = not 0 <= now - self._renewed_at < self._config.lease_seconds / 3
        submitting = self._sender.under_way()
        woken, is_place_free = self._alarm.due_now, self._is_place_free
        turn = Turn(
            owner=self.owner,
            now=now,
            lease_until=self.lease_until(),
            free_slots=self._free_slots(
                now, with_orphans=is_time_to_renew, with_unsent=is_time_to_renew or is_place_free or bool(woken)
            ),
            ended=tuple(self._ended),
            held=(*self._under_way, *submitting) if is_time_to_renew else (),
            woken=woken,
            is_thorough=is_time_to_renew,
            is_place_free=is_place_free,
        )
        result = await self._ledger.take_turn(turn)
        del self._ended[: len(turn.ended)]
        self._alarm.forget(woken)
        self._is_place_free = self._is_place_free and not is_place_free
        self._renewed_at = now if is_time_to_renew else self._renewed_at
        for video_id in result.lost & self._under_way.keys():
            self._under_way[video_id].scope.cancel()
        for job in result.claimed:
            # A request whose answer is being recorded is no orphan; once it is recorded, its job is like any other.
            is_on_its_way = isinstance(job.state, Submitting) and job.id in submitting | self._sender.under_way()
            if job.id not in self._under_way and not is_on_its_way:
                self._begin(job, tasks)
        for job in result.written:
            self._recorder.announce(job)
        return min(result.next_due_at, self._limit.rest_ends_at(now=now) or result.next_due_at)

    def _free_slots(self, now: float, *, with_orphans: bool, with_unsent: bool) -> dict[str, int]:
        under_way = Counter(step.kind for step in self._under_way.values())
        slots = {
            "rendering": self._limit.free_slots(under_way["poll"], now=now),
            "rendered": self._config.downloads_at_once - under_way["download"],
        }
        if with_orphans:
            slots["submitting"] = self._config.polls_at_once
        if with_unsent:
            slots["unsent"] = _SENT_AT_ONCE - under_way["sending"]
        return slots

    def _begin(self, job: Job, tasks: TaskGroup) -> None:
        step = _StepUnderWay(scope=anyio.CancelScope(), kind=_kind_of(job), began_at=self._now())
        self._under_way[job.id] = step
        tasks.start_soon(self._run_step, job, step)

    async def _run_step(self, job: Job, step: _StepUnderWay) -> None:
        trouble = self._troubles.setdefault(job.id, Trouble())
        try:
            with step.scope:
                result = await self._step(job, trouble)
                if result is not None:
                    await self._end(job, result, step)
        except Exception:  # one job's trouble must not end the others'
            logger.exception("job %s could not be worked on; trying again", job.id, extra={"video_id": job.id})
            trouble.failures += 1
            self._give_back(job, StillOpen(pause_seconds=backoff_seconds(trouble.failures, self._jitter())), step)
        finally:
            if trouble == Trouble():
                self._troubles.pop(job.id, None)
            del self._under_way[job.id]
            self._alarm.ring()

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

    async def _end(self, job: Job, result: StepResult, step: _StepUnderWay) -> None:
        match result:
            case Happened(event=event, pause_seconds=pause_seconds):
                if not isinstance(event, Polled | PollStopped):
                    self._deadlines.forget(job.id)
                end = StepEnd(owner=self.owner, due_at=self._now() + pause_seconds, began_at=step.began_at)
                await self._recorder.record_step(job, event, end)
                self._is_place_free = True
            case StillOpen():
                self._give_back(job, result, step)
            case _:
                assert_never(result)

    def _give_back(self, job: Job, result: StillOpen, step: _StepUnderWay) -> None:
        """Let the next turn give the job back, due again after a pause."""
        now = self._now()
        end = StepEnd(
            owner=self.owner,
            due_at=now + result.pause_seconds,
            polled_at=now if result.is_polled else None,
            began_at=step.began_at,
        )
        self._ended.append(EndedStep(job=job, after=result.after, end=end))


def _kind_of(job: Job) -> StepKind:
    match job.state:
        case Unsent():
            return "sending"
        case Rendered():
            return "download"
        case _:
            return "poll"
