"""When a job is due again: its kind's schedule, the gateway's own hint, and an early first look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from video_mcp.jobs.history import Schedules
from video_mcp.jobs.job import Job
from video_mcp.jobs.request import CALLBACK_FIELD

_FIRST_LOOK_SECONDS = 1.5
_PLACE_SECONDS, _LONGEST_PLACE_SECONDS = 15.0, 300.0


class Pace:
    """How long to pause before a job is polled; `sweep_seconds` is how often the gateway itself looks, where known."""

    def __init__(
        self,
        schedules: Schedules,
        *,
        sweep_seconds: float | None,
        now: Callable[[], float],
        jitter: Callable[[], float],
    ) -> None:
        self._schedules = schedules
        self._sweep_seconds = sweep_seconds
        self._now = now
        self._jitter = jitter

    async def pause_seconds(self, job: Job, *, hint_seconds: float | None) -> float:
        """Return how long to wait before a rendering job is polled again."""
        schedule = await self._schedules.of(job)
        if CALLBACK_FIELD in job.parameters:  # the user's own address is poked, and not ours
            schedule = replace(schedule, is_poked=False)
        return schedule.seconds_to_next(
            self._now() - job.created_at,
            jitter=self._jitter(),
            hint_seconds=hint_seconds,
            sweep_seconds=self._sweep_seconds,
        )

    def place_due_at(self, *, hint_seconds: float | None = None) -> float:
        """Return when a job that waits for a place is looked at again, unless one is seen to become free before."""
        usual_seconds = _PLACE_SECONDS * (0.5 + self._jitter())
        return self._now() + min(_LONGEST_PLACE_SECONDS, max(usual_seconds, hint_seconds or 0.0))

    async def first_due_at(self, job: Job, *, hint_seconds: float | None) -> float:
        """Return when a job that the gateway has just accepted is looked at for the first time: soon.

        What a filter refuses ends within seconds, and whoever waits should hear of it then. A gateway that itself
        looks only now and then, or that says when to poll, knows better.
        """
        pause_seconds = await self.pause_seconds(job, hint_seconds=hint_seconds)
        if hint_seconds is None and self._sweep_seconds is None:
            pause_seconds = min(pause_seconds, _FIRST_LOOK_SECONDS * (0.5 + self._jitter()))
        return self._now() + pause_seconds
