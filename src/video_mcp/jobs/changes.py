"""Who hears of a job's changes: waiters are woken with the job, listeners are called by tasks of their own."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import contextmanager

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
        """Keep a job, unless a later state of it is here: who tells may have read it before that was written."""
        pending = self._pending.pop(job.id, job)
        self._pending[job.id] = pending if pending.revision > job.revision else job
        if len(self._pending) > _MOST_PENDING:
            del self._pending[next(iter(self._pending))]
        self._filled.set()

    def wake(self) -> None:
        """Let whoever takes look up, though nothing has changed."""
        self._filled.set()

    async def take(self) -> Job:
        while (job := self.take_nowait()) is None:
            await self.filled()
        return job

    def take_nowait(self) -> Job | None:
        return self._pending.pop(next(iter(self._pending))) if self._pending else None

    async def filled(self) -> None:
        await self._filled.wait()
        self._filled = anyio.Event()


class Watch:
    """Some jobs that one waiter waits for; what changes is heard from here and not read from the ledger."""

    def __init__(self) -> None:
        self._mailbox = _Mailbox()
        self.revisions: dict[str, int] = {}

    def saw(self, job: Job) -> None:
        """Take a job as the ledger has it for known: only what comes after it is a change."""
        self.revisions[job.id] = max(job.revision, self.revisions.get(job.id, job.revision))

    def put(self, job: Job) -> None:
        """Let the waiter hear of a change, unless a later state is known."""
        if job.revision >= self.revisions.get(job.id, job.revision):
            self.revisions[job.id] = job.revision
            self._mailbox.put(job)

    def wake(self) -> None:
        """Let the waiter look up, though nothing has changed."""
        self._mailbox.wake()

    async def next(self, *, at_most_seconds: float) -> Job | None:
        """Return the next job that has changed; None when the time is over, or when the waiter is only woken."""
        job = self._mailbox.take_nowait()
        if job is None:
            with anyio.move_on_after(at_most_seconds):
                await self._mailbox.filled()
            job = self._mailbox.take_nowait()
        return job


class Changes:
    """Announces in this process that a job has changed. No listener holds a job up.

    What other processes do is announced here too, by `RemoteChanges`, while somebody listens or waits.
    """

    def __init__(self, tasks: TaskGroup) -> None:
        self._tasks = tasks
        self._watches: dict[str, list[Watch]] = {}
        self._mailboxes: list[_Mailbox] = []
        self._followers = 0
        self._needed = anyio.Event()
        self._missed = anyio.Event()

    def listen(self, listener: Listener) -> None:
        """Call `listener` with every job that changes from now on; one that does not keep up hears of the latest."""
        mailbox = _Mailbox()
        self._mailboxes.append(mailbox)
        self._tasks.start_soon(_serve, mailbox, listener)

    def publish(self, job: Job) -> None:
        """Wake everyone who waits for this job, and tell every listener."""
        for watch in self.waiters(job.id):
            watch.put(job)
        for mailbox in self._mailboxes:
            mailbox.put(job)

    @contextmanager
    def watch(self, *video_ids: str) -> Generator[Watch]:
        """Hear of every change of some jobs within the context; none is lost between two waits."""
        watch = Watch()
        for video_id in video_ids:
            self._watches.setdefault(video_id, []).append(watch)
        self._needed.set()
        try:
            yield watch
        finally:
            for video_id in video_ids:
                self._watches[video_id].remove(watch)
                if not self._watches[video_id]:
                    del self._watches[video_id]

    def waiters(self, video_id: str) -> Sequence[Watch]:
        """Return who waits for a job."""
        return self._watches.get(video_id, ())

    def watched(self) -> Mapping[str, int | None]:
        """Return the jobs that are waited for, each with the oldest revision that a waiter knows; None is none."""
        return {
            video_id: None
            if any(video_id not in watch.revisions for watch in watches)
            else min(watch.revisions[video_id] for watch in watches)
            for video_id, watches in self._watches.items()
        }

    def wake_all(self) -> None:
        """Wake everyone who waits, though nothing has changed."""
        for watches in self._watches.values():
            for watch in watches:
                watch.wake()

    async def until_needed(self) -> None:
        """Return when somebody waits for a job, or for news of any job."""
        while not self._watches and not self._followers:
            self._needed = anyio.Event()
            await self._needed.wait()

    def announce_missed(self) -> None:
        """Say that other processes may have changed jobs without a waiter here."""
        self._missed.set()

    async def until_missed(self) -> None:
        """Return when other processes may have changed jobs, unheard, since the last time."""
        self._followers += 1
        self._needed.set()
        try:
            await self._missed.wait()
        finally:
            self._followers -= 1
        self._missed = anyio.Event()


async def _serve(mailbox: _Mailbox, listener: Listener) -> None:
    while True:
        job = await mailbox.take()
        try:
            await listener(job)
        except Exception:  # a listener's trouble is none of the job's
            logger.exception("a listener could not be told of %s", job.id, extra={"video_id": job.id})
