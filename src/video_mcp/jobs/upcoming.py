"""Jobs that this process holds and will poll within seconds. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush

from video_mcp.jobs.job import Job


class Upcoming:
    """Held jobs by when they are due, a Unix time: they are claimed together, and each is polled in its own time."""

    def __init__(self) -> None:
        self._jobs: dict[str, tuple[float, Job]] = {}
        self._by_due_at: list[tuple[float, str]] = []

    def __len__(self) -> int:
        """Return how many jobs are held."""
        return len(self._jobs)

    @property
    def ids(self) -> tuple[str, ...]:
        """The jobs that are held."""
        return tuple(self._jobs)

    @property
    def next_due_at(self) -> float:
        """When the first of them is due; infinite when none is held."""
        self._skip_outdated()
        return self._by_due_at[0][0] if self._by_due_at else float("inf")

    def add(self, job: Job, due_at: float) -> None:
        """Hold a job until it is due."""
        self._jobs[job.id] = (due_at, job)
        heappush(self._by_due_at, (due_at, job.id))

    def move(self, video_id: str, due_at: float) -> None:
        """Let a job that is held be due at another time."""
        if video_id in self._jobs:
            self.add(self._jobs[video_id][1], due_at)

    def take_due(self, now: float, *, at_most: int) -> list[Job]:
        """Return the jobs that are due, earliest first, and hold them no longer."""
        taken: list[Job] = []
        while len(taken) < at_most and self.next_due_at <= now:
            _, video_id = heappop(self._by_due_at)
            taken.append(self._jobs.pop(video_id)[1])
        return taken

    def discard(self, video_ids: Iterable[str]) -> None:
        """Hold some jobs no longer."""
        for video_id in video_ids:
            self._jobs.pop(video_id, None)

    def _skip_outdated(self) -> None:
        while self._by_due_at:
            due_at, video_id = self._by_due_at[0]
            known = self._jobs.get(video_id)
            if known is not None and known[0] == due_at:
                return
            heappop(self._by_due_at)
