"""Videos that wait for a user's decision where no client can ask them; `video-mcp approve` brings it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from video_mcp.jobs.events import Approved, Refused, transition
from video_mcp.jobs.job import Job
from video_mcp.jobs.problems import declined
from video_mcp.jobs.store.ledger import Ledger

Decision = Literal["yes", "no"]


class Approvals:
    """The decisions about one ledger's videos; each video is decided about once, and then no longer waits."""

    def __init__(
        self, ledger: Ledger, *, now: Callable[[], float], publish: Callable[[Job], None] = lambda _job: None
    ) -> None:
        self._ledger = ledger
        self._now = now
        self._publish = publish

    async def pending(self) -> list[Job]:
        """Return what is not decided yet, of every principal, oldest first."""
        return await self._ledger.awaiting_approval()

    async def decide(self, job: Job, decision: Decision) -> Job:
        """Let a video be sent, or end it uncharged; returns the job as it is now, decided here or before."""
        event = Approved() if decision == "yes" else Refused(problem=declined())
        while job.awaits_approval:
            now = self._now()
            written = await self._ledger.save(transition(job, event, now=now), due_at=now)
            if written is not None:
                self._publish(written)
                await self._ledger.drop_sent_requests()
                return written
            job = await self._ledger.get(job.id)
        return job
