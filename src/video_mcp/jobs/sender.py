"""Sending the one request of a job: what came of it is recorded, whatever happens."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import anyio

from video_mcp.errors import (
    GatewayProtocolError,
    GatewayRejected,
    GatewayUnreachable,
    StorageUnavailable,
    VideoMCPError,
)
from video_mcp.gateway.upstream import WireBody
from video_mcp.jobs.accounts import Accounts
from video_mcp.jobs.alarm import Alarm
from video_mcp.jobs.deadlines import Deadlines
from video_mcp.jobs.events import Accepted, Deferred, JobEvent, Lost, Refused
from video_mcp.jobs.job import Job
from video_mcp.jobs.pace import Pace
from video_mcp.jobs.problems import lost, problem_of
from video_mcp.jobs.reconcile import Reconciler
from video_mcp.jobs.recorder import Recorder
from video_mcp.jobs.store.ledger import Ledger
from video_mcp.jobs.telemetry import Telemetry, outcome_of, problem_in

_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 10.0

logger = logging.getLogger(__name__)


class Sender:
    """Sends requests whose job is on disk, each once; nothing that it has begun is cut by a cancellation."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        accounts: Accounts,
        recorder: Recorder,
        reconciler: Reconciler,
        pace: Pace,
        deadlines: Deadlines,
        alarm: Alarm,
        telemetry: Telemetry,
        fresh_links: Callable[[Job, WireBody], Awaitable[WireBody]],
        grace_seconds: float,
    ) -> None:
        self._ledger = ledger
        self._accounts = accounts
        self._recorder = recorder
        self._reconciler = reconciler
        self._pace = pace
        self._deadlines = deadlines
        self._alarm = alarm
        self._telemetry = telemetry
        self._fresh_links = fresh_links
        self._grace_seconds = grace_seconds
        self._grace_ends_at = float("inf")
        self._closing = anyio.Event()
        self._under_way: set[str] = set()

    def expect(self, video_id: str) -> None:
        """Know, before its row is written, that this job's request is on its way in this process: it is no orphan."""
        self._under_way.add(video_id)

    def under_way(self) -> frozenset[str]:
        """Return the ids of the jobs whose request this process is sending."""
        return frozenset(self._under_way)

    def forget(self, video_id: str) -> None:
        """Forget about a request: it has been answered, or was never sent."""
        self._under_way.discard(video_id)
        self._alarm.ring()

    async def send(self, job: Job, body: WireBody) -> None:
        """Send the request and record what came of it; neither can be cut by a cancellation."""
        event: JobEvent | None = None
        with anyio.CancelScope(shield=True):
            with self._telemetry.step("submit", job) as end:
                event = await self._event_of_sending(job, body)
                end(outcome_of(event))
            if isinstance(event, Deferred):
                event = await self._keep(job, body, event)
            await self._record_surely(job, event)
        self.forget(job.id)
        if isinstance(event, Lost):
            await self._reconciler.watch(job)

    async def _event_of_sending(self, job: Job, body: WireBody) -> JobEvent:
        try:
            signed = await self._fresh_links(job, body)
            video = await self._accounts.of(job).client.submit(signed, key=job.id)
        except StorageUnavailable as error:
            return Deferred(problem=problem_of(error))
        except (GatewayUnreachable, GatewayProtocolError) as error:
            maybe_taken = isinstance(error, GatewayProtocolError) or error.delivered
            return Lost(problem=lost(error)) if maybe_taken else Refused(problem=problem_of(error))
        except GatewayRejected as error:
            if error.is_for_want_of_a_place:
                return Deferred(problem=problem_of(error), retry_after_seconds=error.retry_after_seconds)
            return Refused(problem=problem_of(error))
        except VideoMCPError as error:
            return Refused(problem=problem_of(error))
        except Exception as error:  # unexpected, so the request may have arrived
            logger.exception("the request of %s ended in an unforeseen way", job.id, extra={"video_id": job.id})
            return Lost(problem=lost(problem_of(error)))
        phase = "queued" if video.status == "queued" else "in_progress"
        return Accepted(
            upstream_id=video.id or "",
            phase=phase,
            progress=video.progress,
            poll_after_seconds=video.poll_after_seconds,
            charged_usd=video.charged_usd,
        )

    async def _keep(self, job: Job, body: WireBody, event: Deferred) -> JobEvent:
        """Keep what is to be sent later; where the ledger does not take it, the gateway's refusal counts."""
        try:
            await self._ledger.keep_request(job.id, body)
        except Exception:  # nothing is charged, and whoever wants the video can create it again
            logger.exception("the request of %s could not be kept", job.id, extra={"video_id": job.id})
            return Refused(problem=event.problem)
        return event

    async def _due_at(self, job: Job, event: JobEvent) -> float | None:
        if isinstance(event, Deferred):
            return self._pace.place_due_at(hint_seconds=event.retry_after_seconds)
        if not isinstance(event, Accepted):
            return None
        self._deadlines.see(job)
        return await self._pace.first_due_at(job, hint_seconds=event.poll_after_seconds)

    async def _record_surely(self, job: Job, event: JobEvent) -> None:
        """Record what the gateway answered, however long the ledger refuses: the id of a paid video must not get lost.

        A process that ends tries until its grace is over, and then leaves the answer in the log.
        """
        pause_seconds = _FIRST_PAUSE_SECONDS
        while not await self._is_recorded(job, event):
            if self._closing.is_set() and anyio.current_time() > self._grace_ends_at:
                logger.critical(
                    "the answer to %s could not be recorded and gets lost here: %s",
                    job.id,
                    _in_words(event),
                    extra={"video_id": job.id},
                )
                return
            with anyio.move_on_after(pause_seconds):
                await (anyio.sleep_forever() if self._closing.is_set() else self._closing.wait())
            pause_seconds = min(_LONGEST_PAUSE_SECONDS, 2 * pause_seconds)

    async def _is_recorded(self, job: Job, event: JobEvent) -> bool:
        try:
            await self._recorder.record(job, event, due_at=await self._due_at(job, event))
        except Exception:  # whatever the database raises: the answer is held, and tried again
            logger.exception(
                "the answer to %s could not be written (%s); trying again",
                job.id,
                _in_words(event),
                extra={"video_id": job.id},
            )
            self._recorder.hold(job, event)
            return False
        self._recorder.release(job)
        return True

    def close(self) -> None:
        """Let what is under way end within the grace: the process is about to leave."""
        self._grace_ends_at = anyio.current_time() + self._grace_seconds
        self._closing.set()


def _in_words(event: JobEvent) -> str:
    """Return what a log may hold of an answer: the gateway's id, or the code of its refusal, whose text may quote."""
    if isinstance(event, Accepted):
        return f"accepted as {event.upstream_id}"
    problem = problem_in(event)
    return f"{outcome_of(event)}, {problem.code}" if problem is not None else outcome_of(event)
