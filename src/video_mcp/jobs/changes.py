"""Who wants to hear of a job: waiters are woken, listeners are called by tasks of their own."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import anyio
from anyio.abc import TaskGroup

from video_mcp.jobs.job import Job

logger = logging.getLogger(__name__)

Listener = Callable[[Job], Awaitable[None]]

_MOST_PENDING = 1000


class _Mailbox:
    """What a listener has not heard yet: of each job its latest state, and of too many jobs the newest ones."""

    def __init__(self) -> None:
        self._pending: dict[str, Job] = {}
        self._filled = anyio.Event()

    def put(self, job: Job) -> None:
        self._pending.pop(job.id, None)
        self._pending[job.id] = job
        if len(self._pending) > _MOST_PENDING:
            del self._pending[next(iter(self._pending))]
        self._filled.set()

    async def take(self) -> Job:
        while not self._pending:
            self._filled = anyio.Event()
            await self._filled.wait()
        return self._pending.pop(next(iter(self._pending)))


class Changes:
    """Announces in this process that a job has changed. Nobody who listens holds a job up."""

    def __init__(self, tasks: TaskGroup) -> None:
        self._tasks = tasks
        self._events: dict[str, anyio.Event] = {}
        self._mailboxes: list[_Mailbox] = []

    def listen(self, listener: Listener) -> None:
        """Call `listener` with every job that changes from now on; one that does not keep up hears of the latest."""
        mailbox = _Mailbox()
        self._mailboxes.append(mailbox)
        self._tasks.start_soon(_serve, mailbox, listener)

    def publish(self, job: Job) -> None:
        """Wake everyone who waits for this job, and tell every listener."""
        event = self._events.pop(job.id, None)
        if event is not None:
            event.set()
        for mailbox in self._mailboxes:
            mailbox.put(job)

    def waited_for(self) -> tuple[str, ...]:
        """Return the ids of the jobs that somebody waits for."""
        return tuple(self._events)

    def wake_all(self) -> None:
        """Wake everyone who waits, though nothing has changed."""
        for event in self._events.values():
            event.set()
        self._events.clear()

    async def wait(self, video_id: str, *, at_most_seconds: float) -> None:
        """Return when the job changes, or when the time is over."""
        event = self._events.setdefault(video_id, anyio.Event())
        with anyio.move_on_after(at_most_seconds):
            await event.wait()


async def _serve(mailbox: _Mailbox, listener: Listener) -> None:
    while True:
        job = await mailbox.take()
        try:
            await listener(job)
        except Exception:  # a listener's trouble is none of the job's
            logger.exception("a listener could not be told of %s", job.id, extra={"video_id": job.id})
