"""What ends the poller's rest: a job that is due now, a step that ended, a request that was answered."""

from __future__ import annotations

import anyio

# Steps that end together are written together, and jobs that are due together are claimed together.
_GATHER_SECONDS = 0.02


class Alarm:
    """Wakes the poller of this process."""

    def __init__(self) -> None:
        self._due_now: set[str] = set()
        self._rung = anyio.Event()

    @property
    def due_now(self) -> tuple[str, ...]:
        """The jobs that are to be looked at now, whatever the ledger says."""
        return tuple(self._due_now)

    def ring(self, video_id: str | None = None) -> None:
        """End the rest; with an id, that job is due now."""
        if video_id is not None:
            self._due_now.add(video_id)
        self._rung.set()

    def forget(self, video_ids: tuple[str, ...]) -> None:
        """Take jobs out that the ledger knows to be due now."""
        self._due_now.difference_update(video_ids)

    async def rest(self, at_most_seconds: float) -> None:
        """Return when it rings, a moment later so that what ends together is written together, or after a time."""
        with anyio.move_on_after(max(_GATHER_SECONDS, at_most_seconds)):
            await self._rung.wait()
            await anyio.sleep(_GATHER_SECONDS)
        self._rung = anyio.Event()
