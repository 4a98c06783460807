"""VideoService: prepare, submit, wait, get, list, fetch. Knows no MCP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from copy import copy

from anyio import current_time

from video_mcp.errors import ConfigurationError
from video_mcp.families.catalog import Catalog
from video_mcp.jobs.budget import Caps, Spent
from video_mcp.jobs.callbacks import Callbacks
from video_mcp.jobs.changes import Changes
from video_mcp.jobs.files import Files, LinkTo, about
from video_mcp.jobs.job import Completed, Job
from video_mcp.jobs.live_catalog import LiveCatalog
from video_mcp.jobs.lookup import Lookup
from video_mcp.jobs.poller import Poller
from video_mcp.jobs.prepare import Preparation
from video_mcp.jobs.reconcile import Reconciler
from video_mcp.jobs.request import CreateRequest, PreparedVideo
from video_mcp.jobs.store.tasks import TaskStore
from video_mcp.jobs.submit import Submissions, Submitted
from video_mcp.jobs.wait import ReportProgress, Waiting
from video_mcp.media.input_links import InputLinks
from video_mcp.media.join import Film
from video_mcp.media.storage.object_storage import DownloadLink
from video_mcp.media.stored_file import FileState
from video_mcp.media.uploads import Uploads
from video_mcp.types import LOCAL_PRINCIPAL, Principal

# A create is answered with the gateway's word even to a caller that does not want to wait for the video.
_ACCEPTANCE_SECONDS = 30.0


class VideoService:
    """Makes videos and keeps track of them.

    Whoever cancels a call ends the waiting, never the job: submitting and polling run in tasks of their own. `secret`
    signs what a later call brings back; it is the same in every process that uses this ledger.
    """

    def __init__(
        self,
        *,
        lookup: Lookup,
        catalog: LiveCatalog,
        preparation: Preparation,
        submissions: Submissions,
        poller: Poller,
        waiting: Waiting,
        reconciler: Reconciler,
        files: Files,
        changes: Changes,
        callbacks: Callbacks,
        uploads: Uploads,
        input_links: InputLinks,
        secret: bytes,
        tasks: TaskStore,
        usable_models: Callable[[], Awaitable[frozenset[str] | None]],
        missing_settings: Sequence[str],
    ) -> None:
        self.lookup = lookup
        self._catalog = catalog
        self._preparation = preparation
        self._submissions = submissions
        self._poller = poller
        self._waiting = waiting
        self._reconciler = reconciler
        self.files = files
        self._usable_models = usable_models
        self._missing_settings = missing_settings
        self._principal = LOCAL_PRINCIPAL
        self._link_to: LinkTo | None = None
        self.changes = changes
        self.callbacks = callbacks
        self.uploads = uploads
        self.input_links = input_links
        self.secret = secret
        self.tasks = tasks

    def of(self, principal: Principal, link_to: LinkTo | None = None) -> VideoService:
        """Return the same service as one principal sees it: their videos, and no others.

        `link_to` makes addresses of files on this disk for callers of other machines, who are shown no path.
        """
        seen = copy(self)
        seen._principal = principal
        seen._link_to = link_to
        return seen

    async def catalog(self) -> Catalog:
        """Return what can be requested now, with the models that the gateway itself lists."""
        return await self._catalog.current()

    @property
    def last_known_catalog(self) -> Catalog:
        """What could be requested when that was last read."""
        return self._catalog.last_known

    async def prepare(self, request: CreateRequest) -> PreparedVideo:
        """Check a request, read and hash its inputs, and price it; nothing is sent.

        Raises:
            InvalidRequest: The model cannot do this; with every reason at once.
            MediaError: An input cannot be read.
        """
        return await self._preparation.prepare(request, self._principal)

    async def submit(
        self,
        prepared: PreparedVideo,
        *,
        allow_duplicate: bool = False,
        confirmation_token: str | None = None,
        max_cost_usd: float | None = None,
        video_id: str | None = None,
    ) -> Submitted:
        """Ask for a video, once; return its job as soon as it is on disk, while the request is on its way.

        A refusal by the gateway, and an answer that got lost, become states of the job. An equal video that is being
        made, was finished within the hour, or may have been charged within the day is returned instead of a new one,
        unless `allow_duplicate`; so is the video of the same `external_task_id`. A `PreparedVideo` may be submitted
        again with the token of `ConfirmationNeeded`. `video_id`, of `reserve_id`, is what a new job is then called.

        Raises:
            ConfigurationError: No key or no address is set, or the output folder cannot be written; nothing was sent.
            BudgetExceeded: A cap would be passed; nothing was sent.
            ConfirmationNeeded: The user has to agree first; nothing was sent.
        """
        self._require_settings()
        await self.files.require_writable()
        return await self._submissions.submit(
            prepared,
            self._principal,
            allow_duplicate=allow_duplicate,
            confirmation_token=confirmation_token,
            max_cost_usd=max_cost_usd,
            video_id=video_id,
        )

    def reserve_id(self) -> str:
        """Return an id for a job that may come: whoever keeps it finds the job, whatever happens in between."""
        return self._submissions.new_id()

    async def request_approval(self, prepared: PreparedVideo, *, allow_duplicate: bool = False) -> Submitted:
        """Write a job that the user has to approve, with `video-mcp approve`, before anything is sent.

        Raises:
            ConfigurationError: No key or no address is set, or the output folder cannot be written.
            BudgetExceeded: A cap would be passed.
        """
        self._require_settings()
        await self.files.require_writable()
        return await self._submissions.request_approval(prepared, self._principal, allow_duplicate=allow_duplicate)

    async def decline(self, prepared: PreparedVideo, *, allow_duplicate: bool = False) -> None:
        """End an equal video that waits for the user's approval: they have said no."""
        await self._submissions.decline(prepared, self._principal, allow_duplicate=allow_duplicate)

    async def wait(
        self, video_id: str, *, wait_seconds: float, report: ReportProgress, until_accepted: bool = False
    ) -> Job:
        """Return a job at its end, or as it is when the time is over.

        A video that was given up is polled once more, where the gateway's id is known. A gateway's own id is adopted:
        the video joins the ledger and behaves like ours. With `until_accepted`, a job whose create is not answered yet
        is waited for half a minute, however short the time.

        Raises:
            JobNotFound: Neither the ledger nor the gateway knows such a video.
            GatewayError: The ledger does not know it, and the gateway cannot say at the moment.
        """
        job = await self._until_ended(await self._latest_of(video_id), wait_seconds, report)
        if until_accepted:
            left_seconds = _ACCEPTANCE_SECONDS - wait_seconds
            job = await self._waiting.until_accepted(job, at_most_seconds=left_seconds)
        return job

    async def get(self, video_id: str) -> Job:
        """Return a job as it is now, by our id or the gateway's.

        Raises:
            JobNotFound: Neither the ledger nor the gateway knows such a video.
            GatewayError: The ledger does not know it, and the gateway cannot say at the moment.
        """
        return await self.lookup.get(video_id, self._principal)

    async def finished(self, video_id: str) -> tuple[Job, FileState] | None:
        """Return a finished video that is known here as it is, and what a look at its file says; None for others."""
        return await self.lookup.look(video_id, self._principal, self.files.look_at)

    async def known(self, video_id: str) -> Job | None:
        """Return the job of our own id; None when there is none."""
        return await self.lookup.known(video_id, self._principal)

    async def list(self, limit: int) -> Sequence[Job]:
        """Return the newest jobs of all sessions, newest first."""
        return await self.lookup.newest(limit, self._principal)

    async def list_finished(self, limit: int, *, before: tuple[float, str] | None = None) -> Sequence[Job]:
        """Return the newest finished videos whose file is kept; `before` is the last one's `created_at` and `id`."""
        return await self.lookup.newest_kept(limit, self._principal, before=before)

    async def find_made(self, prepared: PreparedVideo) -> Job | None:
        """Return the newest job of an equal request that did not fail, however long ago it was made."""
        return await self.lookup.made(prepared.fingerprint, self._principal)

    async def wait_any(self, *, wait_seconds: float, report: ReportProgress) -> Job | None:
        """Return the first of the open jobs that ends, or None when the time is over or nothing is open."""
        return await self._waiting.until_any_ended(self._principal, at_most_seconds=wait_seconds, report=report)

    def end_waits(self) -> None:
        """Let every wait end now, and those to come at once: the process is about to leave."""
        self._waiting.end()

    async def spent_by_model(self, *, days: float) -> dict[str, Spent]:
        """Return what the last days took, or may have taken, for each model, the dearest first."""
        return await self._submissions.spent_by_model(self._principal, days=days)

    async def spending(self) -> tuple[Spent, Caps]:
        """Return what the last 24 hours took, or may have taken, and the caps on it."""
        return await self._submissions.spending(self._principal)

    async def fetch(self, video_id: str, *, wait_seconds: float, report: ReportProgress) -> Job:
        """Return a job with its file on disk and complete, waiting for it and downloading it again if it is gone.

        A job that is not finished when the time is over is returned as it is, one that was given up is polled again.

        Raises:
            JobNotFound: No such job is known.
            GatewayError: The file is gone from here and cannot be had again.
        """
        job = await self._until_ended(await self._latest_of(video_id), wait_seconds, report)
        if not isinstance(job.state, Completed):
            return job
        if await self.files.is_intact(job, job.state):
            return await self.files.touch(job)
        with about(job):
            self._require_settings()
        return await self.files.download_again(job, job.state, wait_seconds=wait_seconds)

    async def join(self, video_ids: Sequence[str], *, wait_seconds: float, report: ReportProgress) -> Film | Job:
        """Join finished videos into one film; a video that is not finished when the time is over is returned instead.

        Raises:
            JobNotFound: One of them is not known.
            FileUnavailable: A file is gone or changed.
        """
        ends_at = current_time() + wait_seconds
        jobs: list[Job] = []
        for video_id in video_ids:
            left_seconds = max(0.0, ends_at - current_time())
            jobs.append(await self.fetch(video_id, wait_seconds=left_seconds, report=report))
            if jobs[-1].status != "completed":
                return jobs[-1]
        return await self.files.join(jobs)

    async def download_link(self, job: Job) -> DownloadLink | None:
        """Return an address that gives a finished video to whoever has it; None where it lies on this disk alone.

        Raises:
            StorageUnavailable: The object storage cannot sign.
        """
        link = await self.files.link(job)
        return self._link_to(job) if link is None and self._link_to is not None and job.kept_file is not None else link

    async def film_link(self, film: Film) -> DownloadLink | None:
        """Return an address that gives a film to whoever has it; None for a caller who shares this disk.

        Raises:
            StorageUnavailable: The object storage refuses or cannot be reached.
        """
        if self._link_to is None:
            return None
        link = await self.files.film_link(film, self._principal)
        return link if link is not None else self._link_to.film(film.stored.path.name)

    async def usable_models(self) -> frozenset[str] | None:
        """Return the ids that this key may use, cached for ten minutes; None when they are unknown."""
        return None if self._missing_settings else await self._usable_models()

    async def _latest_of(self, video_id: str) -> Job:
        """Return a job; one that was given up is polled once more, where the gateway's id is known."""
        job = await self.get(video_id)
        if self._missing_settings:
            return job
        return await self._reconciler.poll_again(await self._reconciler.resolve(job))

    async def _until_ended(self, job: Job, wait_seconds: float, report: ReportProgress) -> Job:
        """Return the job at its end or when the time is over; one that rests after trouble is tried again now."""
        if not job.is_open or wait_seconds <= 0:
            return job
        self._poller.wake(job.id)
        return await self._waiting.until_ended(job, at_most_seconds=wait_seconds, report=report)

    def _require_settings(self) -> None:
        if self._missing_settings:
            raise ConfigurationError([f"{name} is not set" for name in self._missing_settings])
