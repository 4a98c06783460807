"""How many requests a minute are taken: of each principal, and of all together. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from video_mcp.types import Principal

_MOST_REMEMBERED = 10_000


@dataclass(slots=True)
class Bucket:
    """Tokens that refill evenly: a minute's worth may be used at once."""

    per_minute: int
    tokens: float
    filled_at: float

    def seconds_until_token(self, *, now: float) -> float:
        """Return how long until there is a token; 0 when there is one now."""
        passed = max(0.0, now - self.filled_at)
        self.tokens = min(float(self.per_minute), self.tokens + passed * self.per_minute / 60)
        self.filled_at = now
        return 0.0 if self.tokens >= 1 else (1 - self.tokens) * 60 / self.per_minute


class RequestRates:
    """The buckets of one process."""

    def __init__(self, *, per_principal: int, for_all: int | None) -> None:
        self._per_principal = per_principal
        self._all = Bucket(for_all, float(for_all), 0.0) if for_all is not None else None
        self._buckets: dict[Principal, Bucket] = {}

    def seconds_to_wait(self, principal: Principal, *, now: float) -> float:
        """Take a request and return 0, or return how long its caller has to wait."""
        own = self._bucket_of(principal, now)
        buckets = [own, self._all] if self._all is not None else [own]
        seconds = max(bucket.seconds_until_token(now=now) for bucket in buckets)
        if seconds == 0:
            for bucket in buckets:
                bucket.tokens -= 1
        return seconds

    def _bucket_of(self, principal: Principal, now: float) -> Bucket:
        bucket = self._buckets.pop(principal, None) or Bucket(self._per_principal, float(self._per_principal), now)
        self._buckets[principal] = bucket
        if len(self._buckets) > _MOST_REMEMBERED:
            del self._buckets[next(iter(self._buckets))]
        return bucket
