"""Asking the gateway for a video: claimed in the ledger first, sent once, the answer written down whatever happens."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import anyio
from anyio.abc import TaskGroup
from pydantic import JsonValue

from video_mcp.errors import (
    ConfirmationNeeded,
    GatewayProtocolError,
    GatewayUnreachable,
    VideoMCPError,
)
from video_mcp.families.params import VideoRequest
from video_mcp.gateway.client import GatewayClient
from video_mcp.gateway.upstream import WireBody
from video_mcp.jobs.budget import Caps, Cost
from video_mcp.jobs.job import Accepted, Job, JobEvent, Lost, Refused, Rendering
from video_mcp.jobs.poller import Poller
from video_mcp.jobs.problems import lost, problem_of
from video_mcp.jobs.store.ledger import Ledger

_RECORD_PAUSES_SECONDS = (0.1, 0.5, 2.0, 5.0, 10.0)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmPolicy:
    """When the person is asked before money is spent: never, always, or above an amount in dollars."""

    over_usd: float | None = None

    def asks(self, cost: Cost | None) -> bool:
        """Return whether a video of this cost needs the person's yes; an unknown cost does."""
        if self.over_usd is None:
            return False
        return cost is None or cost.usd > self.over_usd


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A checked request with everything that decides whether it may be paid."""

    request: VideoRequest
    fingerprint: str
    cost: Cost | None
    allow_duplicate: bool = False
    confirmation_token: str | None = None


class Submissions:
    """Turns orders into jobs; each order is sent at most once."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        client: GatewayClient,
        poller: Poller,
        tasks: TaskGroup,
        caps: Caps,
        confirm: ConfirmPolicy,
        secret: bytes,
        now: Callable[[], float],
        new_id: Callable[[], str],
    ) -> None:
        self._ledger = ledger
        self._client = client
        self._poller = poller
        self._tasks = tasks
        self._caps = caps
        self._confirm = confirm
        self._secret = secret
        self._now = now
        self._new_id = new_id
        self._agreed = Counter[str]()

    async def place(self, order: Order, body: WireBody) -> tuple[Job, bool]:
        """Return the order's job, and whether it is a new one: an equal video is not paid again.

        The job is on disk before this returns; the request then leaves in a task that no caller can cancel.

        Raises:
            BudgetExceeded: A cap of the user's would be passed.
            ConfirmationNeeded: The person has to agree first.
        """
        job = await self._new_job(order)
        if not order.allow_duplicate:
            equal = await self._ledger.equal(job)
            if equal is not None:
                return equal, False
        self._require_confirmation(order)
        return await self._claim(job, order, body)

    async def _claim(self, job: Job, order: Order, body: WireBody) -> tuple[Job, bool]:
        """Write the row and send the request off; no cancellation can come between the two."""
        claimed, is_new = job, False
        self._poller.expect_submission(job.id)
        try:
            with anyio.CancelScope(shield=True):
                claimed = await self._ledger.claim(
                    job,
                    owner=self._poller.owner,
                    lease_until=self._poller.lease_until(),
                    caps=self._caps,
                    allow_duplicate=order.allow_duplicate,
                )
            is_new = claimed.id == job.id
        finally:
            if not is_new:
                self._poller.end_submission(job.id)
        if is_new:
            self._tasks.start_soon(self._submit, job, body)
        return claimed, is_new

    def _require_confirmation(self, order: Order) -> None:
        if not self._confirm.asks(order.cost):
            return
        token = self._token(order.fingerprint)
        if order.confirmation_token is not None and hmac.compare_digest(
            order.confirmation_token.encode("utf-8", "replace"), token.encode()
        ):
            self._agreed[order.fingerprint] += 1
            return
        price = f"about {order.cost}" if order.cost is not None else "an amount that nobody here knows"
        question = f"This {order.request.spec.id} video costs {price}. Shall it be made?"
        raise ConfirmationNeeded(question, token=token)

    def _token(self, fingerprint: str) -> str:
        """Return what stands for the next yes to this video: each pays once."""
        asked = f"{fingerprint} {self._agreed[fingerprint]}"
        return hmac.new(self._secret, asked.encode(), hashlib.sha256).hexdigest()[:16]

    async def _new_job(self, order: Order) -> Job:
        request, now = order.request, self._now()
        usual = await self._ledger.usual_seconds(request.spec.id)
        return Job(
            id=self._new_id(),
            model=request.spec.id,
            family=request.spec.family,
            mode=request.mode,
            prompt=request.params.prompt,
            asked=asked_of(request),
            warnings=tuple(finding.message for finding in request.warnings),
            fingerprint=order.fingerprint,
            cost=order.cost,
            expected_seconds=usual if usual is not None else float(request.spec.latency_seconds),
            created_at=now,
            updated_at=now,
        )

    async def _submit(self, job: Job, body: WireBody) -> None:
        """Send the request and write down what came of it; neither can be cut by a cancellation."""
        with anyio.CancelScope(shield=True):
            event = await self._send(body)
            await self._record_surely(job, event)
        self._poller.end_submission(job.id)

    async def _send(self, body: WireBody) -> JobEvent:
        try:
            video = await self._client.submit(body)
        except (GatewayUnreachable, GatewayProtocolError) as error:
            maybe_taken = isinstance(error, GatewayProtocolError) or error.delivered
            return Lost(problem=lost(error)) if maybe_taken else Refused(problem=problem_of(error))
        except VideoMCPError as error:
            return Refused(problem=problem_of(error))
        except Exception as error:  # nobody foresaw it, so nobody knows whether the request arrived
            logger.exception("a request ended in an unforeseen way")
            return Lost(problem=lost(problem_of(error)))
        phase = "queued" if video.status == "queued" else "in_progress"
        return Accepted(upstream_id=video.id or "", phase=phase, progress=video.progress)

    async def _record_surely(self, job: Job, event: JobEvent) -> None:
        """Write what the gateway said; a ledger that refuses for a moment must not cost a paid video its id."""
        for pause_seconds in _RECORD_PAUSES_SECONDS:
            try:
                await self._poller.record(job, event)
            except Exception:  # whatever the database raises: the next try, and in the end the log, keep the id
                logger.exception("the answer to %s could not be written (%s); trying again", job.id, event)
                await anyio.sleep(pause_seconds)
            else:
                return


def asked_of(request: VideoRequest) -> dict[str, JsonValue]:
    """Return what was asked for, without media: fit for the ledger and for an answer."""
    media = set(request.params.media())
    dumped = request.params.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    return {name: value for name, value in dumped.items() if name not in media and name != "prompt"}


def adopted(video_id: str, upstream_id: str, *, model: str, now: float) -> Job:
    """Return the job of a video that the gateway knows and this ledger did not: it joins as if it were ours."""
    job = Job(
        id=video_id,
        model=model,
        family="generic",
        mode="t2v",
        prompt="",
        warnings=("Adopted from the gateway: what was asked for is not known here.",),
        fingerprint=hashlib.sha256(f"adopted {upstream_id}".encode()).hexdigest(),
        expected_seconds=120.0,
        created_at=now,
        updated_at=now,
    )
    return replace(job, state=Rendering(upstream_id=upstream_id))
