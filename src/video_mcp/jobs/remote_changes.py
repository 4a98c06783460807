"""What other processes do with jobs, announced here as if this process had done it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio

from video_mcp.errors import LedgerUnavailable
from video_mcp.jobs.changes import Changes
from video_mcp.jobs.store.ledger import Ledger
from video_mcp.jobs.store.notifications import DUE, Notifications

_AT_ONCE = 100
_PAUSE_SECONDS = 1.0


class RemoteChanges:
    """Publishes each job that another process has changed to who waits and listens here.

    PostgreSQL tells of every change; after a break in hearing, and once a second where a pooler passes nothing on,
    what somebody waits for here is compared. SQLite tells nothing: while somebody waits or follows, the file's version
    is looked at once a second for all of them, and what is waited for is compared when another process has written.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        changes: Changes,
        wake: Callable[[], None],
        pause: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self._ledger = ledger
        self._changes = changes
        self._wake = wake
        self._pause = pause
        self._notifications = Notifications(ledger.database)
        self._changed: dict[str, None] = {}
        self._has_missed = False
        self._woken = anyio.Event()

    async def run(self) -> None:
        """Hear and publish until cancelled."""
        if self._ledger.database.is_sqlite:
            await self._watch_file()
            return
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._publish_all)
            tasks.start_soon(self._compare_while_unheard)
            await self._notifications.run(changed=self._hear, connected=self._hear_missed)

    async def _watch_file(self) -> None:
        version: tuple[int, int] | None = None
        while True:
            await self._changes.until_needed()
            try:
                before, version = version, await self._ledger.database.version_of_others()
                if version != before:
                    await self._compare()
            except LedgerUnavailable:
                version = None
            await self._pause(_PAUSE_SECONDS)

    async def _compare_while_unheard(self) -> None:
        while True:
            await self._changes.until_needed()
            await self._pause(_PAUSE_SECONDS)
            if not self._notifications.are_heard:
                self._hear_missed()

    def _hear(self, video_id: str) -> None:
        if video_id == DUE:
            self._wake()
            return
        self._changed[video_id] = None
        self._woken.set()

    def _hear_missed(self) -> None:
        self._has_missed = True
        self._woken.set()

    async def _publish_all(self) -> None:
        while True:
            try:
                while self._has_missed or self._changed:
                    await self._publish_next()
            except LedgerUnavailable:
                await self._pause(_PAUSE_SECONDS)
                continue
            await self._woken.wait()
            self._woken = anyio.Event()

    async def _publish_next(self) -> None:
        if self._has_missed:
            self._has_missed = False
            try:
                await self._compare()
            except LedgerUnavailable:
                self._has_missed = True
                raise
            return
        video_ids = list(self._changed)[:_AT_ONCE]
        for video_id in video_ids:
            del self._changed[video_id]  # a change from now on is another one
        try:
            await self._publish(video_ids)
        except LedgerUnavailable:
            self._changed |= dict.fromkeys(video_ids)
            raise

    async def _compare(self) -> None:
        """Publish what is waited for here and is not as the waiters know it."""
        self._changes.announce_missed()
        known = self._changes.watched()
        if known:
            found = await self._ledger.revisions(tuple(known))
            await self._publish([video_id for video_id in found if found[video_id] != known[video_id]])

    async def _publish(self, video_ids: list[str]) -> None:
        for begin in range(0, len(video_ids), _AT_ONCE):
            for job in await self._ledger.get_all(video_ids[begin : begin + _AT_ONCE]):
                self._changes.publish(job)
