"""Submitting a video: claimed in the ledger first, sent once, the answer recorded whatever happens."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace

import anyio
from anyio.abc import TaskGroup

from video_mcp.errors import ConfirmationNeeded
from video_mcp.jobs.accounts import Accounts
from video_mcp.jobs.approvals import Approvals
from video_mcp.jobs.budget import DAY_SECONDS, Caps, Cost, Spent, check_budget, check_ceiling
from video_mcp.jobs.callbacks import Callbacks
from video_mcp.jobs.history import Schedules
from video_mcp.jobs.job import Job, Submitting, Unsent
from video_mcp.jobs.poller import Poller
from video_mcp.jobs.request import PreparedVideo, requested_parameters
from video_mcp.jobs.sender import Sender
from video_mcp.jobs.store.ledger import Ledger
from video_mcp.jobs.store.rows import requested_seconds
from video_mcp.jobs.telemetry import Telemetry
from video_mcp.media.input_links import InputLinks
from video_mcp.types import LOCAL_PRINCIPAL, Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmPolicy:
    """When the user has to agree before money is spent: never, always, or above an amount in dollars."""

    over_usd: float | None = None
    agent_may_confirm: bool = False

    def asks(self, cost: Cost | None) -> bool:
        """Return whether a video of this cost needs confirmation; an unknown cost does."""
        if self.over_usd is None:
            return False
        return cost is None or cost.usd > self.over_usd


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """The job of a create, and whether it is an equal, earlier one instead of a new one."""

    job: Job
    is_duplicate: bool


class Submissions:
    """Turns prepared requests into jobs; each submission is sent at most once."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        poller: Poller,
        sender: Sender,
        schedules: Schedules,
        tasks: TaskGroup,
        caps: Caps,
        confirm: ConfirmPolicy,
        approvals: Approvals,
        callbacks: Callbacks,
        accounts: Accounts,
        input_links: InputLinks,
        secret: bytes,
        telemetry: Telemetry,
        now: Callable[[], float],
        new_id: Callable[[], str],
    ) -> None:
        self._ledger = ledger
        self._poller = poller
        self._sender = sender
        self._schedules = schedules
        self._tasks = tasks
        self._caps = caps
        self._confirm = confirm
        self._approvals = approvals
        self._callbacks = callbacks
        self._accounts = accounts
        self._input_links = input_links
        self._secret = secret
        self._telemetry = telemetry
        self._now = now
        self._new_id = new_id

    async def spent_by_model(self, principal: Principal, *, days: float) -> dict[str, Spent]:
        """Return what the last days took, or may have taken, for each model, the dearest first."""
        return await self._ledger.spending.by_model(principal, since=self._now() - days * DAY_SECONDS)

    async def spending(self, principal: Principal) -> tuple[Spent, Caps]:
        """Return what the last 24 hours took, or may have taken, and the caps on it."""
        return await self._ledger.spending.of(principal, since=self._now() - DAY_SECONDS), self._caps

    async def submit(
        self,
        prepared: PreparedVideo,
        principal: Principal,
        *,
        allow_duplicate: bool = False,
        confirmation_token: str | None = None,
        max_cost_usd: float | None = None,
        video_id: str | None = None,
    ) -> Submitted:
        """Return the job of a prepared request: an equal video is not paid again.

        The job is on disk before this returns; the request then leaves in a task that no caller can cancel. A new job
        is called `video_id` where that is given: of two submissions with the same one, the ledger takes one.

        Raises:
            BudgetExceeded: A cap of the user's would be passed.
            ConfirmationNeeded: The user has to agree first.
        """
        job = await self._new_job(prepared, principal, video_id)
        earlier = await self._ledger.earlier(job, allow_duplicate=allow_duplicate)
        if earlier is not None and not earlier.awaits_approval:
            return Submitted(job=earlier, is_duplicate=True)
        check_ceiling(max_cost_usd, model=job.model, cost=job.cost)
        if earlier is None:
            await self._require_budget(job)
        await self._require_confirmation(job, confirmation_token)
        if earlier is None:
            return await self._claim(job, prepared, allow_duplicate=allow_duplicate)
        approved = await self._approvals.decide(earlier, "yes")
        self._poller.wake(approved.id)
        return Submitted(job=approved, is_duplicate=False)

    async def request_approval(
        self, prepared: PreparedVideo, principal: Principal, *, allow_duplicate: bool = False
    ) -> Submitted:
        """Write the job of a prepared request that the user has to approve before anything is sent.

        Raises:
            BudgetExceeded: A cap of the user's would be passed.
        """
        job = replace(await self._new_job(prepared, principal), state=Unsent(waits_for="approval"))
        return await self._claim(job, prepared, allow_duplicate=allow_duplicate)

    async def decline(self, prepared: PreparedVideo, principal: Principal, *, allow_duplicate: bool = False) -> None:
        """End an equal video that waits for the user's approval: they have said no."""
        job = await self._new_job(prepared, principal)
        earlier = await self._ledger.earlier(job, allow_duplicate=allow_duplicate)
        if earlier is not None:
            await self._approvals.decide(earlier, "no")

    async def _claim(self, job: Job, prepared: PreparedVideo, *, allow_duplicate: bool) -> Submitted:
        """Write the row and send the request off; no cancellation can come between the two."""
        await self._input_links.keep(prepared.linked)
        body = self._callbacks.body_for(prepared, job.id)
        claimed, is_new = job, False
        self._sender.expect(job.id)
        try:
            with anyio.CancelScope(shield=True):
                claimed = await self._ledger.claim(
                    job,
                    body,
                    owner=self._poller.owner,
                    lease_until=self._poller.lease_until,
                    caps=self._caps,
                    allow_duplicate=allow_duplicate,
                )
            # A reserved id may be submitted again by another process: then the row is that submission's.
            is_new = (claimed.id, claimed.created_at) == (job.id, job.created_at)
        finally:
            is_sent_now = is_new and isinstance(claimed.state, Submitting)
            if not is_sent_now:
                self._sender.forget(job.id)
        if is_sent_now:
            self._tasks.start_soon(self._sender.send, job, body)
        return Submitted(job=claimed, is_duplicate=not is_new)

    async def _require_budget(self, job: Job) -> None:
        """Refuse what no yes of the user's would let through; the claim checks again, over all processes."""
        spent = await self._ledger.spending.of(job.principal, since=self._now() - DAY_SECONDS, caps=self._caps)
        check_budget(self._caps, spent, model=job.model, seconds=requested_seconds(job), cost=job.cost)

    async def _require_confirmation(self, job: Job, given: str | None) -> None:
        if not self._confirm.asks(job.cost):
            return
        wanted = _confirmed_by(job.principal, job.fingerprint)
        token = await self._next_token(wanted)
        if given is not None and hmac.compare_digest(given.encode("utf-8", "replace"), token.encode()):
            if await self._ledger.shared.use(token, now=self._now()):
                return
            token = await self._next_token(wanted)
        raise ConfirmationNeeded(job.approval_question, token=token, agent_may_confirm=self._confirm.agent_may_confirm)

    async def _next_token(self, fingerprint: str) -> str:
        """Return what stands for the next yes to this video: each pays once, in whichever process."""
        number = 0
        while await self._ledger.shared.is_used(token := self._token(fingerprint, number)):
            number += 1
        return token

    def _token(self, fingerprint: str, number: int) -> str:
        return hmac.new(self._secret, f"{fingerprint} {number}".encode(), hashlib.sha256).hexdigest()[:16]

    def new_id(self) -> str:
        """Return an id that no job has."""
        return self._new_id()

    async def _new_job(self, prepared: PreparedVideo, principal: Principal, video_id: str | None = None) -> Job:
        request, now = prepared.request, self._now()
        job = Job(
            id=video_id or self._new_id(),
            principal=principal,
            account=self._accounts.name_of(principal),
            model=request.spec.id,
            family=request.spec.family,
            mode=request.mode,
            prompt=request.params.prompt,
            parameters=requested_parameters(request),
            warnings=tuple(finding.message for finding in request.warnings),
            fingerprint=prepared.fingerprint,
            cost=prepared.cost,
            expected_seconds=float(request.spec.latency_seconds),
            created_at=now,
            updated_at=now,
            traceparent=self._telemetry.trace_context(),
        )
        schedule = await self._schedules.of(job)
        return replace(job, expected_seconds=schedule.typical_seconds)


def _confirmed_by(principal: Principal, fingerprint: str) -> str:
    """Return what a yes counts for: a request of one principal, never an equal one of another."""
    if principal == LOCAL_PRINCIPAL:
        return fingerprint
    return hashlib.sha256(f"{principal}\n{fingerprint}".encode()).hexdigest()
