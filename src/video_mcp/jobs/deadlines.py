"""How long a job may take, by time that this process has seen pass: a wall clock may be wrong. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from video_mcp.jobs.job import Job

# How long a job that came past its deadline is watched before it is given up.
_SECOND_LOOK_SECONDS = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sighting:
    """When this process saw a rendering job first, by monotonic time, and how old the wall clock called it then."""

    at_monotonic: float
    age_seconds: float


class Deadlines:
    """The deadline of every rendering job that this process has seen."""

    def __init__(self, seconds: float, *, now: Callable[[], float], monotonic: Callable[[], float]) -> None:
        self.seconds = seconds
        self._now = now
        self._monotonic = monotonic
        self._sightings: dict[str, _Sighting] = {}

    def see(self, job: Job) -> None:
        """Count the time of a job from now on, unless it is counted already."""
        if job.id not in self._sightings:
            age_seconds = max(0.0, self._now() - job.created_at)
            self._sightings[job.id] = _Sighting(at_monotonic=self._monotonic(), age_seconds=age_seconds)

    def forget(self, video_id: str) -> None:
        """Count no longer: the job is rendered, or has ended."""
        self._sightings.pop(video_id, None)

    def is_over(self, job: Job) -> bool:
        """Tell whether a job is past its deadline; one that came here past it gets a second look later."""
        self.see(job)
        sighting = self._sightings[job.id]
        seen_seconds = self._monotonic() - sighting.at_monotonic
        came_late = sighting.age_seconds > self.seconds
        is_late = sighting.age_seconds + seen_seconds > self.seconds
        return is_late and (not came_late or seen_seconds > _SECOND_LOOK_SECONDS)
