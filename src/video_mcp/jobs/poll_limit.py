"""How many polls may be under way at once: fewer when the gateway says that it is too much, then slowly more. Pure."""

from __future__ import annotations

_LONGEST_REST_SECONDS = 60.0


class PollLimit:
    """Additive increase, multiplicative decrease, for all polls of one gateway; times in seconds of any one clock."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._allowed = float(most)
        self._rests_until = float("-inf")

    def free_slots(self, under_way: int, *, now: float) -> int:
        """Return how many polls may begin."""
        return 0 if self._rests(now) else max(0, int(self._allowed) - under_way)

    def rest_ends_at(self, *, now: float) -> float | None:
        """Return when polls may begin again; None when they may now."""
        return self._rests_until if self._rests(now) else None

    def accepted(self) -> None:
        """Allow a little more: one more slot for each round of all of them."""
        self._allowed = min(float(self._most), self._allowed + 1 / self._allowed)

    def refused(self, *, now: float, retry_after_seconds: float) -> None:
        """Halve what is allowed, and begin no poll before the gateway wants one.

        The answers to polls that were under way together count as one.
        """
        if not self._rests(now):
            self._allowed = max(1.0, self._allowed / 2)
        rest = min(_LONGEST_REST_SECONDS, max(1.0, retry_after_seconds))
        self._rests_until = now + rest

    def _rests(self, now: float) -> bool:
        """Tell whether it is a time to rest; a clock that was set back ends it."""
        return 0 < self._rests_until - now <= _LONGEST_REST_SECONDS
