"""What ends the poller's rest: a job that is due now, a step that ended, a request that was answered."""

from __future__ import annotations

from collections.abc import Iterable

import anyio

# Steps that end together are written together, and jobs that are due together are claimed together.
_GATHER_SECONDS = 0.02


class Alarm:
    """Wakes the poller of this process for a turn at the ledger."""

    def __init__(self) -> None:
        self._due_now: set[str] = set()
        self._turn_by = float("inf")
        self._rung = anyio.Event()
        self._is_any_due = False

    @property
    def due_now(self) -> tuple[str, ...]:
        """The jobs that are to be looked at now, whatever the ledger says."""
        return tuple(self._due_now)

    @property
    def is_turn_due(self) -> bool:
        """Whether it is time for a turn at the ledger."""
        return self._turn_by <= anyio.current_time()

    def ring(self, video_id: str | None = None) -> None:
        """End the rest for a turn; with an id, that job is due now."""
        if video_id is not None:
            self._due_now.add(video_id)
        self.ring_within(0.0)

    def ring_for_any(self) -> None:
        """End the rest for a turn: a job may be due that was not, also one that is held here."""
        self._is_any_due = True
        self.ring()

    def ring_within(self, seconds: float) -> None:
        """Let a turn be taken within so many seconds."""
        turn_by = anyio.current_time() + seconds
        if turn_by < self._turn_by:
            self._turn_by = turn_by
            self._rung.set()

    def begin_turn(self, *, next_within_seconds: float) -> None:
        """Begin a turn: what rings from now on is for the next one, which is due within so many seconds anyhow."""
        self._turn_by = anyio.current_time() + next_within_seconds

    def take_any_due(self) -> bool:
        """Return whether a job may be due that was not, and take it for answered."""
        is_any_due, self._is_any_due = self._is_any_due, False
        return is_any_due

    def forget(self, video_ids: Iterable[str]) -> None:
        """Take jobs out that the ledger knows to be due now."""
        self._due_now.difference_update(video_ids)

    async def rest(self, at_most_seconds: float) -> None:
        """Return when a turn is due, or after a time; a moment later, so that what comes together is done together."""
        began_at = anyio.current_time()
        rest_until = began_at + max(0.0, at_most_seconds)
        while True:
            until = max(began_at, min(rest_until, self._turn_by)) + _GATHER_SECONDS
            with anyio.move_on_after(until - anyio.current_time()) as timeout:
                await self._rung.wait()
            self._rung = anyio.Event()
            if timeout.cancelled_caught:
                return
