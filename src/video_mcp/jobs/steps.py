"""One step of one job: a poll or a delivery, from what the gateway answers to what follows for the job."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import assert_never

from video_mcp.errors import GatewayError, GatewayRejected, VideoMCPError
from video_mcp.gateway.protocol import is_not_found
from video_mcp.gateway.retry import backoff_seconds, poll_verdict
from video_mcp.gateway.upstream import UpstreamVideo
from video_mcp.jobs.accounts import Accounts
from video_mcp.jobs.deadlines import Deadlines
from video_mcp.jobs.delivery import Delivery, differences_from_request
from video_mcp.jobs.delivery_source import PolledLink
from video_mcp.jobs.events import (
    Delivered,
    DeliveryFailed,
    JobEvent,
    Lost,
    Polled,
    PollStopped,
    RenderFailed,
    RenderFinished,
    change_by_poll,
)
from video_mcp.jobs.job import Job, Problem, Rendered, Rendering, RenderingChange
from video_mcp.jobs.pace import Pace
from video_mcp.jobs.poll_limit import PollLimit
from video_mcp.jobs.problems import overdue, problem_of, refused_by_model, unknown_word, vanished
from video_mcp.jobs.telemetry import Outcome, Telemetry, outcome_of

logger = logging.getLogger(__name__)

_TROUBLE_PAUSE_SECONDS = 300.0
# An unknown word may be an unknown end state: the second look comes soon.
_UNKNOWN_WORD_SECONDS = 2.0
# Past its deadline a job is polled so often in vain: a laptop's network takes a while to come back.
_TRIES_PAST_DEADLINE = 10


@dataclass(slots=True)
class Trouble:
    """What this process knows of a job beyond the ledger: how often in a row something went wrong, and its link."""

    failures: int = 0
    not_found: int = 0
    polled_link: PolledLink | None = None
    unknown_words: set[str] = field(default_factory=set[str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """Something happened to the job, and it is due again after a pause if it is still open."""

    event: JobEvent
    pause_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StillOpen:
    """The job goes on and is due again after a pause; `change` is what a poll has changed of it, if anything."""

    pause_seconds: float
    change: RenderingChange | None = None
    is_polled: bool = False


StepResult = Happened | StillOpen


class Steps:
    """Takes steps of jobs; whatever goes wrong is part of the result."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        delivery: Delivery,
        limit: PollLimit,
        pace: Pace,
        deadlines: Deadlines,
        telemetry: Telemetry,
        now: Callable[[], float],
        jitter: Callable[[], float],
    ) -> None:
        self._accounts = accounts
        self._delivery = delivery
        self._limit = limit
        self._pace = pace
        self._deadlines = deadlines
        self._telemetry = telemetry
        self._now = now
        self._jitter = jitter

    async def poll(self, job: Job, state: Rendering, trouble: Trouble) -> StepResult:
        """Poll a rendering job once."""
        with self._telemetry.step("poll", job) as end:
            result = await self._poll(job, state, trouble)
            end(_outcome(result))
        return result

    async def _poll(self, job: Job, state: Rendering, trouble: Trouble) -> StepResult:
        self._deadlines.see(job)
        try:
            video = await self._accounts.of(job).client.poll(state.upstream_id)
        except Exception as error:  # whatever a poll raises is an error of that poll
            return self._after_failed_poll(job, trouble, as_gateway_error(error, job))
        self._limit.accepted()
        trouble.failures = trouble.not_found = 0
        event = _event(video, trouble)
        if not isinstance(event, Polled):
            trouble.polled_link = PolledLink(url=video.video_url) if isinstance(event, RenderFinished) else None
            return Happened(event=event)
        if self._deadlines.is_over(job):
            return self._given_up()
        return await self._still_rendering(job, state, video, event)

    async def _still_rendering(self, job: Job, state: Rendering, video: UpstreamVideo, event: Polled) -> StillOpen:
        pause_seconds = await self._pace.pause_seconds(job, hint_seconds=video.poll_after_seconds)
        if not video.is_word_known:
            pause_seconds = min(pause_seconds, _UNKNOWN_WORD_SECONDS)
        change = change_by_poll(job, state, event, now=self._now())
        return StillOpen(pause_seconds=pause_seconds, change=change, is_polled=True)

    def _given_up(self, last: Problem | None = None) -> Happened:
        """End a job that is past its deadline; it has just been polled: a laptop may be closed for days."""
        return Happened(event=Lost(problem=overdue(self._deadlines.seconds, last)))

    def _after_failed_poll(self, job: Job, trouble: Trouble, error: GatewayError) -> StepResult:
        trouble.failures += 1
        trouble.not_found = trouble.not_found + 1 if is_not_found(error) else 0
        hint = (error.retry_after_seconds if isinstance(error, GatewayRejected) else None) or 0.0
        if isinstance(error, GatewayRejected) and error.status_code == 429:
            self._limit.refused(now=self._now(), retry_after_seconds=hint)
        verdict = poll_verdict(error, not_found_in_a_row=trouble.not_found, failures_in_a_row=trouble.failures)
        match verdict:
            case "again" | "stop" if trouble.failures >= _TRIES_PAST_DEADLINE and self._deadlines.is_over(job):
                return self._given_up(problem_of(error))
            case "again":
                backoff = backoff_seconds(trouble.failures, self._jitter())
                return StillOpen(pause_seconds=max(backoff, min(hint, _TROUBLE_PAUSE_SECONDS)))
            case "gone":
                return Happened(event=Lost(problem=vanished()))
            case "stop":
                return Happened(event=PollStopped(problem=problem_of(error)), pause_seconds=_TROUBLE_PAUSE_SECONDS)
            case _:
                assert_never(verdict)

    async def deliver(self, job: Job, state: Rendered, trouble: Trouble) -> StepResult:
        """Bring the file of a rendered job into the library."""
        with self._telemetry.step("deliver", job) as end:
            result = await self._deliver(job, state, trouble)
            end(_outcome(result))
        return result

    async def _deliver(self, job: Job, state: Rendered, trouble: Trouble) -> StepResult:
        polled, trouble.polled_link = trouble.polled_link, None
        try:
            file = await self._delivery.deliver(job, state.upstream_id, polled)
        except Exception as error:  # whatever it is, the user hears of it and it is tried again
            if not isinstance(error, VideoMCPError | OSError):
                logger.exception("job %s could not be downloaded", job.id, extra={"video_id": job.id})
            return Happened(event=DeliveryFailed(problem=problem_of(error)), pause_seconds=_TROUBLE_PAUSE_SECONDS)
        return Happened(event=Delivered(file=file, differences=differences_from_request(job, file)))


def _outcome(result: StepResult) -> Outcome:
    match result:
        case Happened(event=event):
            return outcome_of(event)
        case StillOpen(is_polled=is_polled):
            return "rendering" if is_polled else "failed"
        case _:
            assert_never(result)


def _event(video: UpstreamVideo, trouble: Trouble) -> JobEvent:
    """Return what a response means; an unknown status word is quoted from its second sight on."""
    event = event_of(video)
    if video.is_word_known or not isinstance(event, Polled):
        trouble.unknown_words.clear()
        return event
    if video.word in trouble.unknown_words:
        return replace(event, warnings=(unknown_word(video),))
    trouble.unknown_words.add(video.word)
    return event


def as_gateway_error(error: Exception, job: Job) -> GatewayError:
    """Return whatever a poll has raised as an error of the gateway's."""
    if isinstance(error, GatewayError):
        return error
    logger.warning(
        "job %s could not be polled (%s); trying again", job.id, type(error).__name__, extra={"video_id": job.id}
    )
    return GatewayError(f"The gateway could not be polled ({type(error).__name__}).")


def event_of(video: UpstreamVideo) -> JobEvent:
    """Return what an answer of the gateway's means for its job."""
    match video.status:
        case "queued":
            return Polled(phase="queued", progress=video.progress)
        case "running":
            return Polled(phase="in_progress", progress=video.progress)
        case "completed":
            return RenderFinished(charged_usd=video.charged_usd)
        case "failed" | "cancelled" | "expired":
            return RenderFailed(problem=refused_by_model(video))
        case _:
            assert_never(video.status)
