"""Finding a job by our id or the gateway's; a video that only the gateway knows is adopted."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from video_mcp.errors import GatewayError, JobNotFound
from video_mcp.gateway.client import GatewayClient
from video_mcp.gateway.retry import poll_verdict
from video_mcp.jobs.job import Job, Rendering
from video_mcp.jobs.poller import Poller
from video_mcp.jobs.recorder import Recorder
from video_mcp.jobs.store.ledger import Found, Ledger
from video_mcp.types import LOCAL_PRINCIPAL, Principal

# Nothing here vouches for an id that came from outside: one "not found" is enough.
_NOT_FOUND_FOR_SURE = 3
_EXPECTED_SECONDS = 120.0
_NEWEST_WORDS = frozenset({"last", "latest", "newest"})
_BEGINNING = re.compile(r"[0-9a-f]{3,19}")
_MOST_CANDIDATES = 4
VIDEO_ID_PREFIX = "video_"


class Lookup:
    """Finds jobs in the ledger, and videos that the gateway alone knows."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        recorder: Recorder,
        client: GatewayClient | None,
        poller: Poller,
        now: Callable[[], float],
        new_id: Callable[[], str],
    ) -> None:
        self._ledger = ledger
        self._recorder = recorder
        self._client = client
        self._poller = poller
        self._now = now
        self._new_id = new_id

    async def made(self, fingerprint: str, principal: Principal) -> Job | None:
        """Return a principal's newest job of an equal request that did not fail, however old."""
        return await self._ledger.made(fingerprint, principal=principal)

    async def open_by_model(self) -> dict[tuple[str, str], int]:
        """Return how many jobs of all principals are open, by state and model."""
        return await self._ledger.open_by_model()

    async def get(self, video_id: str, principal: Principal) -> Job:
        """Return a job as it is now, by our id, its beginning where no other begins so, the gateway's id, or `last`.

        What only the gateway knows may belong to another user of its key: on a team's server it is not adopted.

        Raises:
            JobNotFound: Neither the ledger nor the gateway knows such a video, or several begin so.
            GatewayError: The ledger does not know it, and the gateway cannot say at the moment.
        """
        try:
            return await self._recorder.latest(video_id, principal=principal)
        except JobNotFound:
            known = await self._ledger.find_upstream(video_id, principal=principal)
            known = known or await self._abbreviated(video_id, principal)
            if known is not None:
                return self._recorder.known(known)
            if self._client is None or principal != LOCAL_PRINCIPAL:
                raise
            return await self._adopt(self._client, video_id)

    async def look(
        self, video_id: str, principal: Principal, at: Callable[[Job], Callable[[], Found] | None]
    ) -> Found | None:
        """Return what `at` a principal's job finds on a thread, if the row is as this process knows it; else None."""
        return await self._ledger.look(video_id, lambda job: at(job) if job.principal == principal else None)

    async def get_anyones(self, video_id: str) -> Job:
        """Return the job of one of our ids, whoever's it is.

        Raises:
            JobNotFound: No such job is known.
        """
        return await self._recorder.latest(video_id)

    async def _abbreviated(self, text: str, principal: Principal) -> Job | None:
        """Return the job that a user means by `last` or by the beginning of an id."""
        if text.lower() in _NEWEST_WORDS:
            return next(iter(await self._ledger.newest(1, principal=principal)), None)
        digits = text.removeprefix(VIDEO_ID_PREFIX)
        if not _BEGINNING.fullmatch(digits):
            return None
        prefix = f"{VIDEO_ID_PREFIX}{digits}"
        found = await self._ledger.beginning_with(prefix, _MOST_CANDIDATES, principal=principal)
        if len(found) > 1:
            listed = ", ".join(job.id for job in found)
            raise JobNotFound(f"Several ids begin with {text}: {listed}.", video_id=text, advice="Write more of it.")
        return found[0] if found else None

    async def known(self, video_id: str, principal: Principal) -> Job | None:
        """Return a principal's job by our own id; None when the ledger has none, without a request to the gateway."""
        try:
            job = await self._recorder.latest(video_id)
        except JobNotFound:
            return None
        return job if job.principal == principal else None

    async def newest(self, limit: int, principal: Principal) -> Sequence[Job]:
        """Return a principal's newest jobs of all sessions, newest first."""
        return [self._recorder.known(job) for job in await self._ledger.newest(limit, principal=principal)]

    async def newest_kept(self, limit: int, principal: Principal, *, before: tuple[float, str] | None) -> Sequence[Job]:
        """Return a principal's newest finished jobs whose file is kept, those before one's `created_at` and `id`."""
        return await self._ledger.newest_kept(limit, before=before, principal=principal)

    async def _adopt(self, client: GatewayClient, upstream_id: str) -> Job:
        try:
            video = await client.poll(upstream_id)
        except GatewayError as error:
            if poll_verdict(error, not_found_in_a_row=_NOT_FOUND_FOR_SURE) == "again":
                raise
            raise JobNotFound(
                f"No video {upstream_id} is known here, and the gateway says: {error.message}",
                video_id=upstream_id,
                advice="Call get_video_status without an id to see the newest ones.",
            ) from error
        job = adopted(self._new_id(), upstream_id, model=video.model or "unknown", now=self._now())
        job = await self._ledger.adopt(job)
        self._poller.wake()
        return job


def adopted(video_id: str, upstream_id: str, *, model: str, now: float) -> Job:
    """Return the job of a video that the gateway knows and this ledger did not: it joins as if it were ours."""
    job = Job(
        id=video_id,
        adopted=True,
        model=model,
        family="generic",
        mode="t2v",
        prompt="",
        warnings=("Adopted from the gateway: its request is not known here.",),
        fingerprint=hashlib.sha256(f"adopted {upstream_id}".encode()).hexdigest(),
        expected_seconds=_EXPECTED_SECONDS,
        created_at=now,
        updated_at=now,
    )
    return replace(job, state=Rendering(upstream_id=upstream_id))
