"""A job whose end is unknown: looked for in the gateway's own list of videos, and polled once more."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence

from video_mcp.errors import GatewayError
from video_mcp.gateway.upstream import ListedVideo
from video_mcp.jobs.accounts import Accounts
from video_mcp.jobs.events import Accepted, Polled
from video_mcp.jobs.job import Job, Submitting, Unknown
from video_mcp.jobs.recorder import Recorder
from video_mcp.jobs.steps import as_gateway_error, event_of
from video_mcp.jobs.store.ledger import Ledger

logger = logging.getLogger(__name__)

_PAUSES_SECONDS = (2.0, 10.0, 60.0)
"""A list may lag behind; after the last of these it is read when the job is wanted."""
# Lists tell whole seconds, and the gateway's clock is not ours.
_CLOCK_SLACK_SECONDS = 3.0
# All principals share the gateway's list, so that one's lost video could be another's.
_RIVAL_SECONDS = 24 * 3600.0
_COMPARED_CHARS = 200
"""Long texts of a response are cut."""


class Reconciler:
    """Finds out about jobs that were given up; the listing needs a server that lists its videos."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        accounts: Accounts | None,
        recorder: Recorder,
        wake: Callable[[str], None],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._ledger = ledger
        self._accounts = accounts
        self._recorder = recorder
        self._wake = wake
        self._sleep = sleep

    async def resolve(self, job: Job) -> Job:
        """Return the job with its video if the list holds exactly one that can be its own, and else as it is."""
        if self._accounts is None or not _is_lost(job):
            return job
        try:
            listed = await self._accounts.of(job).client.videos()
        except GatewayError:
            return job
        rivals = await self._ledger.awaiting_id(job.model, since=job.created_at - _RIVAL_SECONDS)
        own = own_video(job, await self._unclaimed(listed), rivals)
        if own is None:
            return job
        job = await self._recorder.record(job, Accepted(upstream_id=own.id, phase="in_progress"))
        self._wake(job.id)
        return job

    async def poll_again(self, job: Job) -> Job:
        """Poll once more a job that was given up; if its end is known by now, the job goes on."""
        if self._accounts is None or not isinstance(job.state, Unknown) or job.state.upstream_id is None:
            return job
        try:
            event = event_of(await self._accounts.of(job).client.poll(job.state.upstream_id))
        except Exception as error:  # whatever a poll raises is an error of that poll
            as_gateway_error(error, job)
            return job
        if isinstance(event, Polled):
            return job
        job = await self._recorder.record(job, event)
        self._wake(job.id)
        return job

    async def watch(self, lost: Job) -> None:
        """Look for a job's video for a while after its create got lost."""
        if self._accounts is None or not self._accounts.of(lost).client.lists_videos:
            return
        for pause_seconds in _PAUSES_SECONDS:
            await self._sleep(pause_seconds)
            try:
                job = await self.resolve(await self._ledger.get(lost.id))
            except Exception:  # a ledger in trouble must not end the service; the job is looked for when it is wanted
                logger.exception("job %s could not be looked for", lost.id, extra={"video_id": lost.id})
                continue
            if not _is_lost(job):
                return

    async def _unclaimed(self, listed: Sequence[ListedVideo]) -> list[ListedVideo]:
        return [video for video in listed if await self._ledger.find_upstream(video.id) is None]


def own_video(job: Job, unclaimed: Sequence[ListedVideo], recent: Sequence[Job]) -> ListedVideo | None:
    """Return the one listed video that can only be this job's; None when there are several, or none.

    It is of the job's model, no job claims it, it was created while the request was on its way, and where the list
    shows prompts it has the same. Another job that is still without an id and could claim it as well rules it out.
    """
    candidates = [video for video in unclaimed if _fits(job, video)]
    if len(candidates) != 1:
        return None
    (own,) = candidates
    rivals = [other for other in recent if other.id != job.id and _awaits_id(other) and _fits(other, own)]
    return None if rivals else own


def _is_lost(job: Job) -> bool:
    return isinstance(job.state, Unknown) and job.state.upstream_id is None


def _awaits_id(job: Job) -> bool:
    return isinstance(job.state, Submitting) or _is_lost(job)


def _fits(job: Job, video: ListedVideo) -> bool:
    begin = job.created_at - _CLOCK_SLACK_SECONDS
    # A request still on its way has no end yet.
    end = (job.finished_at or job.updated_at) + _CLOCK_SLACK_SECONDS if _is_lost(job) else float("inf")
    same_prompt = video.prompt is None or _comparable(video.prompt) == _comparable(job.prompt)
    return video.model == job.model and begin <= video.created_at <= end and same_prompt


def _comparable(prompt: str) -> str:
    return prompt.strip()[:_COMPARED_CHARS]
