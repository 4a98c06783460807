"""What other replicas do with jobs, announced here as if this process had done it."""

from __future__ import annotations

import anyio

from video_mcp.errors import LedgerUnavailable
from video_mcp.jobs.changes import Changes
from video_mcp.jobs.store.ledger import Ledger
from video_mcp.jobs.store.notifications import Notifications

_AT_ONCE = 100
_PAUSE_SECONDS = 1.0


class RemoteChanges:
    """Reads each job that another replica has changed, and publishes it to who waits and listens here.

    After a break in hearing, all jobs that somebody here waits for, or that were open when last heard of, are read.
    """

    def __init__(self, *, ledger: Ledger, changes: Changes) -> None:
        self._ledger = ledger
        self._changes = changes
        self._notifications = Notifications(ledger.database)
        self._changed: dict[str, None] = {}
        self._open: set[str] = set()
        self._woken = anyio.Event()

    async def run(self) -> None:
        """Hear and publish until cancelled."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._publish_all)
            await self._notifications.run(changed=self._hear, connected=self._hear_all)

    def _hear(self, *video_ids: str) -> None:
        self._changed |= dict.fromkeys(video_ids)
        self._woken.set()

    def _hear_all(self) -> None:
        self._hear(*self._changes.waited_for(), *self._open)

    async def _publish_all(self) -> None:
        while True:
            while self._changed:
                await self._publish(list(self._changed)[:_AT_ONCE])
            self._woken = anyio.Event()
            await self._woken.wait()

    async def _publish(self, video_ids: list[str]) -> None:
        for video_id in video_ids:
            del self._changed[video_id]  # a change from now on is another one
        try:
            jobs = await self._ledger.get_all(video_ids)
        except LedgerUnavailable:
            self._hear(*video_ids)
            await anyio.sleep(_PAUSE_SECONDS)
            return
        for job in jobs:
            (self._open.add if job.is_open else self._open.discard)(job.id)
            self._changes.publish(job)
