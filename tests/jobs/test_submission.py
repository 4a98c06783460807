"""A create is sent once, and what became of it is written down whatever happens."""

from __future__ import annotations

import socket
from collections.abc import Coroutine, Generator
from dataclasses import dataclass
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from tests.faults.harness import LEASE_SECONDS, Bench, Plan, Running, a_bench
from video_mcp.errors import ConfirmationNeeded
from video_mcp.jobs.budget import Cost
from video_mcp.jobs.job import JobStatus, Unknown
from video_mcp.jobs.submit import ConfirmPolicy, Submitted
from video_mcp.simulator import Fault, FaultKind
from video_mcp.simulator.faults import FAULT_KINDS
from video_mcp.types import Charged

pytestmark = pytest.mark.anyio

HOUR = 3600.0


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


def impatient_where_it_stalls(*faults: Fault) -> Plan:
    """Wait for an answer for 2 s where none will come, and otherwise as long as a busy machine needs."""
    stalls = any(fault.kind in ("stall", "stall_body") for fault in faults)
    return Plan(settings={"request_timeout_seconds": 2.0} if stalls else {})


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
    "no answer in time": lost(on_create("stall", seconds=60), paid=1),
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
    async with a_bench(tmp_path) as bench, bench.service(impatient_where_it_stalls(*outcome.faults)) as one:
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
    faults = OUTCOMES[what].faults
    async with a_bench(tmp_path) as bench, bench.service(impatient_where_it_stalls(*faults)) as one:
        bench.simulator.faults.arm(*faults)
        first, again = await one.create(), await one.submit()
    assert (again.job.id, again.is_duplicate) == (first.id, True)
    assert bench.posts == OUTCOMES[what].posts
    assert isinstance(again.job.state, Unknown)
    assert "dashboard" in (again.job.state.problem.advice or "")


def test_every_fault_that_can_hit_a_create_has_its_outcome() -> None:
    # A create that finds no place has no outcome yet: it waits (test_unsent).
    possible = {kind for kind in FAULT_KINDS if can_hit_a_create(kind) and kind != "no_place"}
    assert {fault.kind for outcome in OUTCOMES.values() for fault in outcome.faults} == possible


def can_hit_a_create(kind: FaultKind) -> bool:
    try:
        on_create(kind)
    except ValueError:
        return False
    return True


async def test_a_gateway_that_takes_no_connection_is_a_refusal_that_costs_nothing(bench: Bench) -> None:
    async with bench.service(Plan(settings={"base_url": an_address_where_nobody_listens()})) as one:
        job = await one.create()
    assert (job.status, job.charged) == ("failed", "no")


def an_address_where_nobody_listens() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


async def test_the_row_is_on_disk_before_the_request_arrives(bench: Bench) -> None:
    bench.simulator.faults.arm(on_create("stall", seconds=60))
    async with bench.service() as one:
        one.tasks.start_soon(one.create)
        await bench.until(lambda: bench.posts == 1)
        assert [row["state"] for row in bench.rows()] == ["submitting"]
        bench.simulator.faults.release()


@dataclass(slots=True)
class Leaving:
    """Awaits a call, and cancels a scope when the call waits for something for the so-manieth time."""

    call: Coroutine[object, object, object]
    moment: int
    scope: anyio.CancelScope
    waits: int = 0

    def __await__(self) -> Generator[object, None, object]:
        trouble: BaseException | None = None
        while True:
            try:
                waited_for = self.call.send(None) if trouble is None else self.call.throw(trouble)
            except StopIteration as end:
                return end.value
            self.waits += 1
            if self.waits == self.moment:
                self.scope.cancel()
            trouble = yield from heard(waited_for)


def heard(waited_for: object) -> Generator[object, None, BaseException | None]:
    """Wait for something; return the error that came of it, as its waiter must hear it."""
    try:
        yield waited_for
    except BaseException as error:  # a cancellation too: it is the waiter's own matter
        return error
    return None


async def test_a_caller_that_leaves_at_any_moment_leaves_no_job_unsent_or_lost(bench: Bench) -> None:
    async with bench.service() as one:
        moment = 1
        while await leaves_at(moment, one):
            moment += 1
        for row in bench.rows():
            await one.until(str(row["id"]), lambda job: job.upstream_id is not None)
    rows = bench.rows()
    assert moment > 10
    assert {row["state"] for row in rows} == {"rendering"}
    assert bench.posts == len(rows) == len(bench.simulator.jobs)
    assert {row["upstream_id"] for row in rows} == {job.id for job in bench.simulator.jobs}


async def leaves_at(moment: int, one: Running) -> bool:
    """Create a video and leave at a moment; tell whether the call was still waiting then."""
    with anyio.CancelScope() as scope:
        await Leaving(one.create(prompt=f"moment {moment}"), moment, scope)
    return scope.cancel_called


async def test_the_answer_is_written_down_though_its_service_is_closing(bench: Bench) -> None:
    bench.simulator.faults.arm(on_create("stall", seconds=0.3))
    async with bench.service() as one:
        one.tasks.start_soon(one.create)
        await bench.until(lambda: bench.posts == 1)
    assert [(row["state"], row["upstream_id"]) for row in bench.rows()] == [("rendering", bench.simulator.jobs[0].id)]


async def test_a_request_of_a_closing_service_is_no_orphan_for_the_others(bench: Bench) -> None:
    bench.simulator.faults.arm(on_create("stall", seconds=0.5))
    async with bench.service() as two:
        async with bench.service() as one:
            one.tasks.start_soon(one.create)
            await bench.until(lambda: bench.posts == 1)
            two.tasks.start_soon(seen_by, bench, two)
        assert [row["state"] for row in bench.rows()] == ["rendering"]
        assert bench.rows()[0]["revision"] == 1


async def seen_by(bench: Bench, service: Running) -> None:
    await bench.looked(service, times=5)


async def test_a_late_answer_counts_though_another_process_has_given_the_job_up(bench: Bench) -> None:
    bench.simulator.faults.arm(on_create("stall", seconds=60))
    async with bench.service(Plan(polling=False)) as asleep, bench.service() as awake:
        asleep.tasks.start_soon(asleep.create)
        await bench.until(lambda: bench.posts == 1)
        bench.advance(LEASE_SECONDS + 1)
        video_id = str(bench.rows()[0]["id"])
        given_up = await awake.ended(video_id)
        bench.simulator.faults.release()
        late = await asleep.until(video_id, lambda job: job.is_open)
        job = await bench.ended(awake, video_id)
    assert (given_up.status, late.upstream_id) == ("unknown", bench.simulator.jobs[0].id)
    assert (job.status, bench.posts) == ("completed", 1)


async def test_a_late_refusal_tells_that_nothing_was_paid(bench: Bench) -> None:
    bench.simulator.faults.arm(on_create("rate_limit"), on_create("overloaded"))
    woken = anyio.Event()

    async def sleep(_seconds: float) -> None:
        await woken.wait()

    async with bench.service(Plan(polling=False, sleep=sleep)) as asleep, bench.service() as awake:
        asleep.tasks.start_soon(asleep.create)
        await bench.until(lambda: bench.posts == 1)
        bench.advance(LEASE_SECONDS + 1)
        video_id = str(bench.rows()[0]["id"])
        await awake.ended(video_id)
        woken.set()
        job = await asleep.until(video_id, lambda job: job.status == "failed")
    assert job.charged == "no"


async def test_a_row_that_was_written_a_moment_ago_is_no_orphan(bench: Bench) -> None:
    services: list[Running] = []

    async def look_first() -> None:
        await bench.looked(services[0], times=3)

    async with bench.service(Plan(after_claim=look_first)) as one:
        services.append(one)
        job = await one.create()
    assert (job.status, job.upstream_id) == ("queued", bench.simulator.jobs[0].id)


async def test_an_unforeseen_trouble_in_a_request_is_unknown_and_ends_no_service(bench: Bench) -> None:
    async def broken(_seconds: float) -> None:
        raise RuntimeError

    bench.simulator.faults.arm(on_create("rate_limit"))
    async with bench.service(Plan(sleep=broken)) as one:
        job = await one.create()
        other = await one.create(prompt="Another boat")
    assert (job.status, job.charged, other.status) == ("unknown", "unknown", "queued")


async def test_a_ledger_that_refuses_for_a_moment_costs_no_id(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.simulator.faults.arm(on_create("stall", seconds=60))
    async with bench.service() as one:
        one.tasks.start_soon(one.create)
        await bench.until(lambda: bench.posts == 1)
        await anyio.to_thread.run_sync(bench.place.refuse_answers)
        bench.simulator.faults.release()
        await bench.until(lambda: "could not be written" in caplog.text)
        await anyio.to_thread.run_sync(bench.place.take_answers)
        job = await one.until(str(bench.rows()[0]["id"]), lambda job: job.upstream_id is not None)
    assert (job.status, job.upstream_id) == ("queued", bench.simulator.jobs[0].id)


async def test_five_equal_calls_at_once_over_two_services_pay_once(bench: Bench) -> None:
    ordered: list[Submitted] = []

    async def order(service: Running) -> None:
        ordered.append(await service.submit())

    async with bench.service() as one, bench.service() as two, anyio.create_task_group() as calls:
        for number in range(5):
            calls.start_soon(order, [one, two][number % 2])
    assert bench.posts == len(bench.rows()) == 1
    assert len({known.job.id for known in ordered}) == 1
    assert sorted(known.is_duplicate for known in ordered) == [False, True, True, True, True]


async def test_an_equal_video_is_paid_again_only_on_purpose(bench: Bench) -> None:
    async with bench.service() as one:
        first, equal = await one.create(), await one.submit()
        wanted = await one.submit(allow_duplicate=True)
    assert (equal.job.id, equal.is_duplicate) == (first.id, True)
    assert (wanted.job.id != first.id, wanted.is_duplicate, bench.posts) == (True, False, 2)


@pytest.mark.parametrize(
    ("fault", "seconds", "is_duplicate"),
    [
        ("drop_answer", 24 * HOUR - 1, True),
        ("drop_answer", 24 * HOUR, False),
        (None, HOUR - 1, True),
        (None, HOUR, False),
        ("overloaded", 0, False),
    ],
)
async def test_an_equal_video_counts_for_its_time(
    bench: Bench, fault: FaultKind | None, seconds: float, is_duplicate: bool
) -> None:
    if fault is not None:
        bench.simulator.faults.arm(on_create(fault))
    async with bench.service() as one:
        first = await one.create()
        ended = await bench.ended(one, first.id)
        bench.clock.now = (ended.finished_at or 0) + seconds
        again = await one.submit()
    assert again.is_duplicate is is_duplicate


async def test_a_video_that_failed_may_be_tried_again(bench: Bench) -> None:
    async with bench.service() as one:
        await bench.ended(one, (await one.create(prompt="[fail] a boat")).id)
        again = await one.submit({"prompt": "[fail] a boat"})
    assert not again.is_duplicate


ALWAYS = Plan(settings={"confirm": "always"}, dollars=1.0)


async def test_a_yes_is_asked_for_and_then_counts(bench: Bench) -> None:
    async with bench.service(ALWAYS) as one:
        with pytest.raises(ConfirmationNeeded, match=r"1\.00 USD") as asked:
            await one.submit()
        assert (bench.posts, bench.rows()) == (0, [])
        agreed = await one.submit(token=asked.value.token)
    assert (agreed.job.status, bench.posts) == ("queued", 1)


async def test_a_yes_to_one_video_is_none_to_another(bench: Bench) -> None:
    async with bench.service(ALWAYS) as one:
        with pytest.raises(ConfirmationNeeded) as asked:
            await one.submit()
        for token in (asked.value.token, "0" * 16, ""):
            with pytest.raises(ConfirmationNeeded):
                await one.submit({"prompt": "Something else"}, token=token)
    assert bench.posts == 0


async def test_a_yes_pays_once(bench: Bench) -> None:
    async with bench.service(ALWAYS) as one:
        with pytest.raises(ConfirmationNeeded) as asked:
            await one.submit()
        await one.submit(token=asked.value.token)
        with pytest.raises(ConfirmationNeeded) as again:
            await one.submit(token=asked.value.token, allow_duplicate=True)
        await one.submit(token=again.value.token, allow_duplicate=True)
    assert bench.posts == 2


async def test_nobody_is_asked_about_a_video_that_exists(bench: Bench) -> None:
    async with bench.service(ALWAYS) as one:
        with pytest.raises(ConfirmationNeeded) as asked:
            await one.submit()
        first = await one.submit(token=asked.value.token)
        equal = await one.submit()
    assert (equal.job.id, equal.is_duplicate) == (first.job.id, True)


@pytest.mark.parametrize(("amount", "asks"), [(0.5, False), (0.51, True)])
def test_a_person_is_asked_above_the_amount(amount: float, asks: bool) -> None:
    policy = ConfirmPolicy(over_usd=0.5)
    assert policy.asks(Cost(amount=amount, currency="USD", basis="")) is asks


@pytest.mark.parametrize(("over_usd", "asks"), [(None, False), (-1.0, True), (0.5, True)])
def test_a_video_of_unknown_price_is_asked_about_where_anything_is(over_usd: float | None, asks: bool) -> None:
    assert ConfirmPolicy(over_usd=over_usd).asks(None) is asks
