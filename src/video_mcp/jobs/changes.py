"""Who wants to hear of a job: waiters are woken, listeners are told."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import anyio

from video_mcp.jobs.job import Job

logger = logging.getLogger(__name__)

Listener = Callable[[Job], Awaitable[None]]


class Changes:
    """Tells the tasks of this process that a job has changed."""

    def __init__(self) -> None:
        self._events: dict[str, anyio.Event] = {}
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Call `listener` with every job that changes from now on."""
        self._listeners.append(listener)

    async def publish(self, job: Job) -> None:
        """Wake everyone who waits for this job, and tell every listener."""
        event = self._events.pop(job.id, None)
        if event is not None:
            event.set()
        for listener in self._listeners:
            try:
                await listener(job)
            except Exception:  # a listener's trouble is none of the job's
                logger.exception("a listener could not be told of %s", job.id)

    async def wait(self, video_id: str, *, at_most_seconds: float) -> None:
        """Return when the job changes, or when the time is over."""
        event = self._events.setdefault(video_id, anyio.Event())
        with anyio.move_on_after(at_most_seconds):
            await event.wait()
