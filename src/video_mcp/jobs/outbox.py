"""Jobs that have not been sent: each leaves when it may, or ends uncharged when it has waited too long."""

from __future__ import annotations

from collections.abc import Callable

import anyio

from video_mcp.jobs.budget import Caps
from video_mcp.jobs.events import Refused
from video_mcp.jobs.job import Job, Unsent
from video_mcp.jobs.pace import Pace
from video_mcp.jobs.problems import no_place_in_time, not_approved_in_time, request_gone
from video_mcp.jobs.sender import Sender
from video_mcp.jobs.steps import Happened, StepResult, StillOpen
from video_mcp.jobs.store.claims import BegunSubmission
from video_mcp.jobs.store.ledger import Ledger

APPROVAL_SECONDS = 24 * 3600.0
"""How long a video waits for the user's decision."""
_APPROVAL_PAUSE_SECONDS = 600.0


class Outbox:
    """Takes the steps of unsent jobs."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        sender: Sender,
        pace: Pace,
        caps: Caps,
        owner: str,
        lease_until: Callable[[], float],
        deadline_seconds: float,
        now: Callable[[], float],
        publish: Callable[[Job], None],
    ) -> None:
        self._ledger = ledger
        self._sender = sender
        self._pace = pace
        self._caps = caps
        self._owner = owner
        self._lease_until = lease_until
        self._deadline_seconds = deadline_seconds
        self._now = now
        self._publish = publish

    async def step(self, job: Job, state: Unsent) -> StepResult | None:
        """Send a job if it may leave now; None when it was sent, and what came of it is recorded."""
        waited_seconds = self._now() - job.place_wanted_at
        if state.waits_for == "approval":
            if waited_seconds > APPROVAL_SECONDS:
                return Happened(event=Refused(problem=not_approved_in_time()))
            return StillOpen(pause_seconds=_APPROVAL_PAUSE_SECONDS)
        if waited_seconds > self._deadline_seconds:
            return Happened(event=Refused(problem=no_place_in_time(self._deadline_seconds, state.problem)))
        try:
            begun = await self._begin(job)
        except LookupError:
            return Happened(event=Refused(problem=request_gone()))
        if begun is None:
            return StillOpen(pause_seconds=self._pace.place_due_at() - self._now())
        await self._sender.send(begun.job, begun.body)
        await self._ledger.drop_sent_requests()
        return None

    async def _begin(self, job: Job) -> BegunSubmission | None:
        """Write that the request leaves; no cancellation comes between that and its leaving."""
        begun: BegunSubmission | None = None
        self._sender.expect(job.id)
        try:
            with anyio.CancelScope(shield=True):
                begun = await self._ledger.begin(
                    job, owner=self._owner, lease_until=self._lease_until, caps=self._caps, now=self._now()
                )
        finally:
            if begun is None:
                self._sender.forget(job.id)
        if begun is not None:
            self._publish(begun.job)
        return begun
