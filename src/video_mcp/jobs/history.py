"""How long videos take, read from the ledger and kept for a while."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from video_mcp.jobs.job import Job
from video_mcp.jobs.schedule import Schedule, are_poked, learn, times_of_kind
from video_mcp.jobs.store.ledger import Ledger
from video_mcp.jobs.store.rows import requested_resolution, requested_seconds

_VIDEOS = 200
_FRESH_SECONDS = 60.0


class Schedules:
    """The schedule for each kind of video: a model, and length and resolution where they matter."""

    def __init__(self, *, ledger: Ledger, now: Callable[[], float]) -> None:
        self._ledger = ledger
        self._now = now
        self._known: dict[tuple[str, float, str | None], tuple[float, Schedule]] = {}

    async def of(self, job: Job) -> Schedule:
        """Return the schedule for a job's kind, learned again when it is a minute old."""
        kind = (job.model, requested_seconds(job), requested_resolution(job))
        known = self._known.get(kind)
        if known is not None and 0 <= self._now() - known[0] < _FRESH_SECONDS:
            return known[1]
        videos = await self._ledger.render_times(job.model, _VIDEOS)
        times = times_of_kind(videos, seconds=kind[1], resolution=kind[2])
        schedule = replace(learn(times, expected_seconds=job.expected_seconds), is_poked=are_poked(videos))
        self._known[kind] = (self._now(), schedule)
        return schedule
