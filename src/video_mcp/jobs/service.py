"""VideoService: create, status, list, fetch. Knows no MCP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

from pydantic import JsonValue

from video_mcp.errors import ConfigurationError, GatewayError, JobFailed, JobNotFound
from video_mcp.families.catalog import Catalog
from video_mcp.families.params import VideoRequest
from video_mcp.families.validation.check import check_request
from video_mcp.gateway.client import Cached, GatewayClient
from video_mcp.gateway.dialects import shortened, wire_body
from video_mcp.gateway.retry import poll_verdict
from video_mcp.jobs.budget import Cost
from video_mcp.jobs.changes import Changes
from video_mcp.jobs.controls import split_controls
from video_mcp.jobs.delivery import Delivery
from video_mcp.jobs.fingerprint import fingerprint
from video_mcp.jobs.inputs import MediaResolver
from video_mcp.jobs.job import Completed, Delivered, Job
from video_mcp.jobs.poller import Poller
from video_mcp.jobs.previews import PreviewKind, preview_of
from video_mcp.jobs.pricing import Pricing
from video_mcp.jobs.store.ledger import Ledger
from video_mcp.jobs.submit import Order, Submissions, adopted
from video_mcp.jobs.wait import ReportProgress, Waiting
from video_mcp.media.library import Library
from video_mcp.types import Dialect, JsonObject, Validation

# A create is answered with an id even by a caller that does not want to wait for the video.
_ACCEPTANCE_SECONDS = 30.0
# An id that came from outside and that nothing here vouches for: one "not found" is enough.
_NO_OTHER_SAYS_SO = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a create would send and cost; nothing has been sent."""

    request: VideoRequest
    body: JsonObject
    cost: Cost | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """What became of a create: its job, and whether that is an equal, earlier one."""

    job: Job
    is_duplicate: bool


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

    async def plan(self, arguments: Mapping[str, JsonValue]) -> Plan:
        """Check a request and return what would be sent.

        Raises:
            InvalidRequest: The model cannot do this; with every reason at once.
            MediaError: An input cannot be read.
        """
        controls, asked = split_controls(arguments)
        request = check_request(self._rooms.catalog, asked, self._policy.validation)
        resolved = await self._rooms.media.resolve(request, fit_images=controls.fit_images)
        body = shortened(wire_body(resolved.request, self._policy.dialect))
        return Plan(request=resolved.request, body=body, cost=await self._rooms.pricing.of(resolved.request))

    async def create(
        self,
        arguments: Mapping[str, JsonValue],
        *,
        wait_seconds: float,
        report: ReportProgress,
        allow_duplicate: bool = False,
        confirmation_token: str | None = None,
    ) -> Ordered:
        """Ask for a video, once, and wait for it as long as told.

        The job is on disk before the request leaves. A refusal by the gateway, and an answer that got lost, are
        states of the job that is returned. An equal video that is being made, was finished within the hour, or may
        have been charged within the day is returned instead of a new one, unless `allow_duplicate`.

        Raises:
            ConfigurationError: No key or no address is set.
            InvalidRequest: The model cannot do this; nothing was sent.
            MediaError: An input cannot be read; nothing was sent.
            BudgetExceeded: A cap would be passed; nothing was sent.
            ConfirmationNeeded: The person has to agree first; nothing was sent.
        """
        self._require_settings()
        controls, asked = split_controls(arguments)
        request = check_request(self._rooms.catalog, asked, self._policy.validation)
        resolved = await self._rooms.media.resolve(request, fit_images=controls.fit_images)
        order = Order(
            request=resolved.request,
            fingerprint=fingerprint(request, resolved.digests),
            cost=await self._rooms.pricing.of(resolved.request),
            allow_duplicate=allow_duplicate,
            confirmation_token=confirmation_token or controls.confirmation_token,
        )
        job, is_new = await self._rooms.submissions.place(order, wire_body(resolved.request, self._policy.dialect))
        job = await self._waited(job, wait_seconds, report)
        job = await self._rooms.waiting.until_accepted(job, at_most_seconds=_ACCEPTANCE_SECONDS - wait_seconds)
        return Ordered(job=job, is_duplicate=not is_new)

    async def status(self, video_id: str, *, wait_seconds: float, report: ReportProgress) -> Job:
        """Return a job, waiting for its end as long as told.

        A gateway's own id is adopted: the video joins the ledger and behaves like ours.

        Raises:
            JobNotFound: Neither the ledger nor the gateway knows such a video.
        """
        return await self._waited(await self.get(video_id), wait_seconds, report)

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

    async def newest(self, limit: int) -> list[Job]:
        """Return the newest jobs of all sessions, newest first."""
        return await self._rooms.ledger.newest(limit)

    async def fetch(self, video_id: str, *, wait_seconds: float, report: ReportProgress) -> Job:
        """Return a job with its file on disk and whole, waiting for it and bringing it again if it is gone.

        The gateway is asked once more about a video that was given up, where its id is known.

        Raises:
            JobNotFound: No such job is known.
            GatewayError: The file is gone from here and cannot be had again.
        """
        job = await self.get(video_id)
        if not self._policy.missing_settings:
            job = await self._rooms.poller.ask_again(job)
        job = await self._waited(job, wait_seconds, report)
        if not isinstance(job.state, Completed):
            return job
        file = job.state.file
        if await self._rooms.library.is_intact(file.name, size_bytes=file.bytes, sha256=file.sha256):
            return job
        self._require_settings()
        again = await self._rooms.delivery.deliver(job, job.state.upstream_id, None)
        return await self._rooms.poller.record(job, Delivered(file=again))

    async def preview(self, job: Job, kind: PreviewKind) -> bytes:
        """Return a poster or storyboard of a finished video, a JPEG of at most 100 kB.

        Raises:
            JobFailed: The video is not finished.
            NotAVideo: No frame of it can be decoded.
        """
        return await preview_of(self._rooms.library, job, kind)

    async def save_as(self, job: Job, destination: str, *, overwrite: bool) -> Path:
        """Copy or link a finished video to a chosen place below the allowed folders.

        Raises:
            JobFailed: The video is not finished.
            OutputRefused: The place is not allowed or taken.
        """
        source = self.path_of(job)
        if source is None:
            raise JobFailed(f"Video {job.id} is {job.status}, not completed; it cannot be saved yet.", video_id=job.id)
        return await self._rooms.library.save_as(source, destination, overwrite=overwrite)

    def path_of(self, job: Job) -> Path | None:
        """Return where a finished video lies on this machine."""
        return self._rooms.library.absolute(job.state.file.name) if isinstance(job.state, Completed) else None

    def shown_path(self, path: Path) -> PurePath:
        """Return a path as the person's machine calls it, also out of a container."""
        return self._rooms.library.host_path(path)

    async def usable_models(self) -> frozenset[str] | None:
        """Return the ids that this key may use, remembered for ten minutes; None when nobody can tell."""
        return None if self._policy.missing_settings else await self._rooms.usable_models.get()

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

    async def _waited(self, job: Job, wait_seconds: float, report: ReportProgress) -> Job:
        """Return the job at its end or when the time is over; one that rests after trouble is tried again now."""
        if not job.is_open or wait_seconds <= 0:
            return job
        self._rooms.poller.wake(job.id)
        return await self._rooms.waiting.until_ended(job, at_most_seconds=wait_seconds, report=report)

    def _require_settings(self) -> None:
        if self._policy.missing_settings:
            raise ConfigurationError([f"{name} is not set" for name in self._policy.missing_settings])
