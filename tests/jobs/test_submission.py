"""A create is sent once, and what became of it is written down whatever happens."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import pytest
from pydantic import JsonValue

from tests.faults.harness import LEASE_SECONDS, NEXT_POLL_SECONDS, Bench, Plan, Running, a_bench
from video_mcp.errors import Charged, ConfirmationNeeded
from video_mcp.jobs.budget import Cost
from video_mcp.jobs.job import JobStatus, Rendering, Unknown
from video_mcp.jobs.submission import ConfirmPolicy
from video_mcp.simulator import Fault, FaultKind
from video_mcp.simulator.faults import FAULT_KINDS

pytestmark = pytest.mark.anyio


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a create fault must lead to: what the user sees, and what the gateway saw."""

    faults: tuple[Fault, ...]
    status: JobStatus
    charged: Charged
    posts: int = 1
    paid: int = 0


def on_create(
    kind: FaultKind, *, times: int | None = 1, accepted: bool = False, seconds: float = 0, status: int = 403
) -> Fault:
    return Fault(on="create", kind=kind, times=times, accepted=accepted, seconds=seconds, status_code=status)


def lost(*faults: Fault, posts: int = 1, paid: int = 0) -> Outcome:
    return Outcome(faults=faults, status="unknown", charged="unknown", posts=posts, paid=paid)


def refused(*faults: Fault, posts: int = 1) -> Outcome:
    return Outcome(faults=faults, status="failed", charged="no", posts=posts)


def taken(*faults: Fault, posts: int = 1, status: JobStatus = "queued") -> Outcome:
    return Outcome(faults=faults, status=status, charged="yes", posts=posts, paid=1)


OUTCOMES: dict[str, Outcome] = {
    "the answer is lost": lost(on_create("drop_answer"), paid=1),
    "the answer breaks off": lost(on_create("reset_answer"), paid=1),
    "the request is dropped": lost(on_create("drop_request")),
    "the request breaks off": lost(on_create("reset_request")),
    "no answer in time": lost(on_create("stall", seconds=5), paid=1),
    "a page with 200": lost(on_create("html_200"), paid=1),
    "half a JSON": lost(on_create("broken_json"), paid=1),
    "an answer without an id": lost(on_create("no_id"), paid=1),
    "a page of the proxy": lost(on_create("html_502")),
    "a page of the proxy over an accepted job": lost(on_create("html_502", accepted=True), paid=1),
    "a 500 that names nothing": lost(on_create("server_error")),
    "a 500 that names nothing over an accepted job": lost(on_create("server_error", accepted=True), paid=1),
    "a 504": lost(on_create("refused", status=504, accepted=True), paid=1),
    "a 429 and then a lost answer": lost(on_create("rate_limit"), on_create("drop_answer"), posts=2, paid=1),
    "no channel for the model": refused(on_create("model_not_found")),
    "overloaded": refused(on_create("overloaded")),
    "a wrong key": refused(on_create("unauthorized")),
    "no money left": refused(on_create("quota_exhausted")),
    "a parameter that the gateway refuses": refused(on_create("refused", status=400)),
    "429 again and again": refused(on_create("rate_limit", times=None), posts=3),
    "a 429 with an hour to wait": refused(Fault(on="create", kind="rate_limit", retry_after="3600")),
    "429 once": taken(on_create("rate_limit"), posts=2),
    "an empty 429 once": taken(on_create("rate_limit_empty"), posts=2),
    "an answer that is only an id": taken(on_create("task_id_only")),
    "times in milliseconds": taken(on_create("milliseconds")),
    "another word for the status": taken(on_create("status_word"), status="in_progress"),
    "an answer in an envelope": taken(on_create("envelope")),
    "progress in percent": taken(on_create("percent_progress")),
}


@pytest.mark.parametrize("what", OUTCOMES)
async def test_a_create_is_sent_once_and_told_truly(tmp_path: Path, what: str) -> None:
    outcome = OUTCOMES[what]
    async with a_bench(tmp_path) as bench, bench.service(Plan(timeout_seconds=0.5)) as one:
        bench.simulator.faults.arm(*outcome.faults)
        job = await one.create()
    assert (job.status, job.charged, bench.posts, len(bench.simulator.jobs)) == (
        outcome.status,
        outcome.charged,
        outcome.posts,
        outcome.paid,
    )


@pytest.mark.parametrize("what", [name for name, outcome in OUTCOMES.items() if outcome.status == "unknown"])
async def test_what_may_be_paid_is_not_sent_again_by_an_equal_call(tmp_path: Path, what: str) -> None:
    async with a_bench(tmp_path) as bench, bench.service(Plan(timeout_seconds=0.5)) as one:
        bench.simulator.faults.arm(*OUTCOMES[what].faults)
        first, again = await one.create(), await one.order()
    assert (again.job.id, again.is_duplicate) == (first.id, True)
    assert bench.posts == OUTCOMES[what].posts
    assert isinstance(again.job.state, Unknown)
    assert "dashboard" in (again.job.state.problem.advice or "")


def test_every_fault_that_can_hit_a_create_has_its_outcome() -> None:
    possible = {kind for kind in FAULT_KINDS if can_hit_a_create(kind)}
    assert {fault.kind for outcome in OUTCOMES.values() for fault in outcome.faults} == possible


def can_hit_a_create(kind: FaultKind) -> bool:
    try:
        on_create(kind)
    except ValueError:
        return False
    return True


async def test_a_gateway_that_takes_no_connection_is_a_refusal_that_costs_nothing(bench: Bench) -> None:
    async with bench.service(Plan(base_url=an_address_where_nobody_listens())) as one:
        job = await one.create()
    assert (job.status, job.charged) == ("failed", "no")


def an_address_where_nobody_listens() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


async def test_the_row_is_on_disk_before_the_request_arrives(bench: Bench) -> None:
    bench.simulator.faults.arm(on_create("stall", seconds=0.2))
    async with bench.service() as one:
        one.tasks.start_soon(one.create)
        await bench.until(lambda: bench.posts == 1)
        assert [row["state"] for row in bench.rows()] == ["submitting"]


@dataclass(slots=True)
class CancelledAt:
    """Awaits a call and cancels its caller at the so-maniest moment that it waits for something."""

    call: Coroutine[object, object, object]
    moment: int
    scope: anyio.CancelScope
    has_ended: bool = False

    def __await__(self) -> Generator[object, object, None]:
        steps = self.call.__await__()
        waits, answer = 0, Relay(steps)
        while (waited_for := answer.next()) is not ENDED:
            waits += 1
            if waits == self.moment:
                self.scope.cancel()
            try:
                yield waited_for
            except BaseException as error:  # a cancellation or a future's error is the call's own matter
                answer.error = error
        self.has_ended = waits < self.moment


ENDED = object()


@dataclass(slots=True)
class Relay:
    """Hands on to a generator what its driver was given: nothing, or an error."""

    steps: Generator[object, object, object]
    error: BaseException | None = field(default=None)

    def next(self) -> object:
        error, self.error = self.error, None
        try:
            return self.steps.throw(error) if error is not None else next(self.steps)
        except StopIteration:
            return ENDED


async def test_a_caller_that_leaves_at_any_moment_leaves_no_job_behind_unsent_or_lost(bench: Bench) -> None:
    async with bench.service() as one:
        moment, left = 0, True
        while left:
            moment += 1
            left = await leaves(one, moment)
        for row in bench.rows():
            await one.until(str(row["id"]), lambda job: job.upstream_id is not None)
    rows = bench.rows()
    assert moment > 10
    assert {row["state"] for row in rows} == {"rendering"}
    assert bench.posts == len(rows) == len(bench.simulator.jobs)
    assert {row["upstream_id"] for row in rows} == {job.id for job in bench.simulator.jobs}


async def leaves(one: Running, moment: int) -> bool:
    """Cancel a create at a moment; tell whether it was still waiting then."""
    with anyio.CancelScope() as scope:
        call = CancelledAt(one.create(prompt=f"moment {moment}", wait_seconds=0.0), moment, scope)
        await call
        return not call.has_ended
    return True
