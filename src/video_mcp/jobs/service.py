"""VideoService: prepare, submit, wait, get, list, fetch. Knows no MCP."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath

from pydantic import JsonValue

from video_mcp.errors import (
    ConfigurationError,
    GatewayError,
    JobNotCompleted,
    JobNotFound,
    OutputRefused,
    VideoMCPError,
)
from video_mcp.families.catalog import Catalog
from video_mcp.families.params import VideoRequest
from video_mcp.families.validation.check import check_request
from video_mcp.gateway.client import Cached, GatewayClient
from video_mcp.gateway.dialects import judge, wire_body
from video_mcp.gateway.retry import poll_verdict
from video_mcp.jobs.changes import Changes
from video_mcp.jobs.delivery import Delivery
from video_mcp.jobs.inputs import MediaResolver
from video_mcp.jobs.job import Completed, Delivered, Job
from video_mcp.jobs.poller import Poller
from video_mcp.jobs.previews import PreviewKind, preview_of
from video_mcp.jobs.pricing import Pricing
from video_mcp.jobs.problems import problem_of
from video_mcp.jobs.request import CreateRequest, PreparedVideo, fingerprint
from video_mcp.jobs.store.ledger import Ledger
from video_mcp.jobs.submit import Submissions, Submitted, adopted
from video_mcp.jobs.wait import ReportProgress, Waiting
from video_mcp.media.library import Library
from video_mcp.types import Dialect, Validation

# A create is answered with an id even by a caller that does not want to wait for the video.
_ACCEPTANCE_SECONDS = 30.0
# An id that came from outside and that nothing here vouches for: one "not found" is enough.
_NO_OTHER_SAYS_SO = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """What the service is made of."""

    catalog: Catalog
    ledger: Ledger
    client: GatewayClient
    usable_models: Cached[frozenset[str]]
    pricing: Pricing
    poller: Poller
    submissions: Submissions
    waiting: Waiting
    delivery: Delivery
    library: Library
    media: MediaResolver
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the user's settings say about requests; `missing_settings` keep anything from being sent."""

    validation: Validation
    dialect: Dialect
    missing_settings: tuple[str, ...]


class VideoService:
    """Makes videos and remembers them.

    Whoever cancels a call ends the waiting, never the job: submitting and polling run in tasks of their own.
    """

    def __init__(
        self,
        rooms: Rooms,
        policy: Policy,
        *,
        now: Callable[[], float],
        new_id: Callable[[], str],
    ) -> None:
        self._rooms = rooms
        self._policy = policy
        self._now = now
        self._new_id = new_id

    @property
    def changes(self) -> Changes:
        """Where to hear of every change of a job."""
        return self._rooms.changes

    async def prepare(self, request: CreateRequest) -> PreparedVideo:
        """Check a request, read and hash its inputs, and price it; nothing is sent.

        Raises:
            InvalidRequest: The model cannot do this; with every reason at once.
            MediaError: An input cannot be read.
        """
        checked = self._checked(request.fields)
        resolved = await self._rooms.media.resolve(checked, fit_images=request.fit_images)
        return PreparedVideo(
            request=resolved.request,
            fingerprint=fingerprint(checked, resolved.digests),
            cost=await self._rooms.pricing.of(resolved.request),
            body=wire_body(resolved.request, self._policy.dialect),
        )

    async def submit(
        self, prepared: PreparedVideo, *, allow_duplicate: bool = False, confirmation_token: str | None = None
    ) -> Submitted:
        """Ask for a video, once; return its job as soon as it is on disk, while the request is on its way.

        A refusal by the gateway, and an answer that got lost, become states of the job. An equal video that is being
        made, was finished within the hour, or may have been charged within the day is returned instead of a new one,
        unless `allow_duplicate`. A `PreparedVideo` may be submitted again with the token of `ConfirmationNeeded`.

        Raises:
            ConfigurationError: No key or no address is set; nothing was sent.
            BudgetExceeded: A cap would be passed; nothing was sent.
            ConfirmationNeeded: The person has to agree first; nothing was sent.
        """
        self._require_settings()
        return await self._rooms.submissions.submit(
            prepared, allow_duplicate=allow_duplicate, confirmation_token=confirmation_token
        )

    async def wait(
        self, video_id: str, *, wait_seconds: float, report: ReportProgress, until_accepted: bool = False
    ) -> Job:
        """Return a job at its end, or as it is when the time is over.

        A gateway's own id is adopted: the video joins the ledger and behaves like ours. With `until_accepted`, a job
        whose create the gateway has not answered yet is waited for half a minute, however short the time.

        Raises:
            JobNotFound: Neither the ledger nor the gateway knows such a video.
            GatewayError: The ledger does not know it, and the gateway cannot say at the moment.
        """
        job = await self._until_ended(await self.get(video_id), wait_seconds, report)
        if until_accepted:
            left_seconds = _ACCEPTANCE_SECONDS - wait_seconds
            job = await self._rooms.waiting.until_accepted(job, at_most_seconds=left_seconds)
        return job

    async def get(self, video_id: str) -> Job:
        """Return a job as it is now, by our id or the gateway's.

        Raises:
            JobNotFound: Neither the ledger nor the gateway knows such a video.
            GatewayError: The ledger does not know it, and the gateway cannot say at the moment.
        """
        try:
            return await self._rooms.ledger.get(video_id)
        except JobNotFound:
            known = await self._rooms.ledger.find_upstream(video_id)
            if known is not None:
                return known
            if self._policy.missing_settings:
                raise
            return await self._adopt(video_id)

    async def list(self, limit: int) -> Sequence[Job]:
        """Return the newest jobs of all sessions, newest first."""
        return await self._rooms.ledger.newest(limit)

    async def fetch(self, video_id: str, *, wait_seconds: float, report: ReportProgress) -> Job:
        """Return a job with its file on disk and whole, waiting for it and downloading it again if it is gone.

        A job that is not finished when the time is over is returned as it is.

        The gateway is asked once more about a video that was given up, where its id is known.

        Raises:
            JobNotFound: No such job is known.
            GatewayError: The file is gone from here and cannot be had again.
        """
        job = await self.get(video_id)
        if not self._policy.missing_settings:
            job = await self._rooms.poller.ask_again(job)
        job = await self._until_ended(job, wait_seconds, report)
        if not isinstance(job.state, Completed):
            return job
        with _about(job):
            return await self._with_file(job, job.state)

    async def _with_file(self, job: Job, state: Completed) -> Job:
        file = state.file
        if await self._rooms.library.is_intact(file.name, size_bytes=file.bytes, sha256=file.sha256):
            return job
        self._require_settings()
        again = await self._rooms.delivery.deliver(job, state.upstream_id, None)
        return await self._rooms.poller.record(job, Delivered(file=again))

    async def preview(self, job: Job, kind: PreviewKind) -> bytes:
        """Return a poster or storyboard of a finished video, a JPEG of at most 100 kB.

        Raises:
            JobNotCompleted: The video is not finished.
            NotAVideo: No frame of it can be decoded.
        """
        with _about(job):
            return await preview_of(self._rooms.library, job, kind)

    async def save_as(self, job: Job, destination: str, *, overwrite: bool) -> Path:
        """Copy or link a finished video to a chosen place below the allowed folders.

        Raises:
            JobNotCompleted: The video is not finished.
            OutputRefused: The place is not allowed or taken.
        """
        source = self.path_of(job)
        if source is None:
            message = f"Video {job.id} is {job.status}, not completed; it cannot be saved yet."
            raise JobNotCompleted(message, job=job.reference)
        with _about(job):
            return await self._rooms.library.save_as(source, destination, overwrite=overwrite)

    def path_of(self, job: Job) -> Path | None:
        """Return where a finished video lies on this machine."""
        return self._rooms.library.absolute(job.state.file.name) if isinstance(job.state, Completed) else None

    def shown_uri(self, path: Path) -> str:
        """Return the `file:` address of a path as the person's machine calls it, also out of a container."""
        return self._rooms.library.host_uri(path)

    def shown_path(self, path: Path) -> PurePath:
        """Return a path as the person's machine calls it, also out of a container."""
        return self._rooms.library.host_path(path)

    async def usable_models(self) -> frozenset[str] | None:
        """Return the ids that this key may use, remembered for ten minutes; None when nobody can tell."""
        return None if self._policy.missing_settings else await self._rooms.usable_models.get()

    def _checked(self, arguments: Mapping[str, JsonValue]) -> VideoRequest:
        """Check a request against its model and against the kind of server that it goes to."""
        return check_request(
            self._rooms.catalog,
            arguments,
            self._policy.validation,
            judge=lambda request: judge(request, self._policy.dialect),
        )

    async def _adopt(self, upstream_id: str) -> Job:
        try:
            video = await self._rooms.client.poll(upstream_id)
        except GatewayError as error:
            if poll_verdict(error, not_found_in_a_row=_NO_OTHER_SAYS_SO) == "again":
                raise
            raise JobNotFound(
                f"No video {upstream_id} is known here, and the gateway says: {error.message}",
                video_id=upstream_id,
                advice="Call get_video_status without an id to see the newest ones.",
            ) from error
        poller = self._rooms.poller
        job = adopted(self._new_id(), upstream_id, model=video.model or "unknown", now=self._now())
        job = await self._rooms.ledger.adopt(job, owner=poller.owner, lease_until=poller.lease_until())
        poller.wake()
        return job

    async def _until_ended(self, job: Job, wait_seconds: float, report: ReportProgress) -> Job:
        """Return the job at its end or when the time is over; one that rests after trouble is tried again now."""
        if not job.is_open or wait_seconds <= 0:
            return job
        self._rooms.poller.wake(job.id)
        return await self._rooms.waiting.until_ended(job, at_most_seconds=wait_seconds, report=report)

    def _require_settings(self) -> None:
        if self._policy.missing_settings:
            raise ConfigurationError([f"{name} is not set" for name in self._policy.missing_settings])


@contextmanager
def _about(job: Job) -> Generator[None]:
    """Make every error of the block carry the job."""
    try:
        yield
    except VideoMCPError as error:
        error.job = job.reference
        raise
    except OSError as error:
        raise _disk_error(error, job) from error


def _disk_error(error: OSError, job: Job) -> OutputRefused:
    problem = problem_of(error)
    return OutputRefused(problem.message, advice=problem.advice, job=job.reference)
