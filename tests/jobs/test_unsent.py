"""Jobs that wait in the ledger unsent: for the user's approval, or for a place at the gateway."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from threading import Event

import pytest

from tests.faults.harness import LEASE_SECONDS, REQUEST, Bench, Plan, Running, leads
from tests.jobs.samples import job as sample
from video_mcp.errors import ConfirmationNeeded
from video_mcp.jobs.approvals import Approvals, Decision
from video_mcp.jobs.job import LOCAL_PRINCIPAL, Completed, Failed, Job, Submitting, Unsent
from video_mcp.jobs.request import CreateRequest
from video_mcp.jobs.submit import Submitted
from video_mcp.simulator import Fault
from video_mcp.simulator.clip import ClipPlan, render_clip

pytestmark = pytest.mark.anyio

HOUR = 3600.0
ALWAYS = Plan(settings={"confirm": "always"}, dollars=1.0)
NO_PLACE = Fault(on="create", kind="no_place", times=3)
"""As often as one create is sent."""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    render_clip(ClipPlan(prompt="A boat", caption="", seconds=3, width=64, height=64, with_audio=False), path, Event())
    return path.read_bytes()


async def requested(one: Running, *, allow_duplicate: bool = False) -> Submitted:
    """Request a video where nobody can be asked at once."""
    prepared = await one.service.prepare(CreateRequest(fields=REQUEST))
    return await one.service.request_approval(prepared, allow_duplicate=allow_duplicate)


async def decide(bench: Bench, one: Running, decision: Decision) -> Job:
    approvals = Approvals(one.ledger, now=bench.clock)
    (pending,) = await approvals.pending()
    return await approvals.decide(pending, decision)


def kept_requests(bench: Bench) -> int:
    return len(bench.place.rows("SELECT * FROM unsent_requests"))


async def test_an_approved_video_is_sent_as_it_was_approved_and_made(bench: Bench) -> None:
    async with bench.service(ALWAYS) as one:
        pending = await requested(one)
        bench.advance(HOUR)
        assert (pending.job.status, pending.job.charged, bench.posts) == ("queued", "no", 0)
        await decide(bench, one, "yes")
        job = await bench.ended(one, pending.job.id)
    assert isinstance(job.state, Completed)
    assert (bench.posts, bench.simulator.jobs[0].clip.prompt) == (1, REQUEST["prompt"])
    assert job.created_at > pending.job.created_at  # its time counts from its sending
    assert kept_requests(bench) == 0


async def test_a_refused_video_is_never_sent_and_costs_nothing(bench: Bench) -> None:
    async with bench.service(ALWAYS) as one:
        pending = await requested(one)
        refused = await decide(bench, one, "no")
        assert await Approvals(one.ledger, now=bench.clock).pending() == []
        late = await Approvals(one.ledger, now=bench.clock).decide(pending.job, "yes")
    assert isinstance(refused.state, Failed)
    assert (refused.charged, refused.state.problem.code, late, bench.posts) == ("no", "declined", refused, 0)
    assert kept_requests(bench) == 0


async def test_an_approval_survives_a_restart_and_is_sent_by_the_next_process(bench: Bench) -> None:
    async with bench.service(ALWAYS) as one:
        pending = await requested(one)
        await one.kill()
    async with bench.service(Plan(settings={"confirm": "always"}, dollars=1.0, polling=False)) as watching:
        await decide(bench, watching, "yes")
    async with bench.service(ALWAYS) as two:
        job = await bench.ended(two, pending.job.id)
    assert (job.status, bench.posts) == ("completed", 1)


async def test_whoever_runs_the_server_sees_what_waits_of_every_user(bench: Bench) -> None:
    async with bench.service(ALWAYS) as one:
        for principal in ("ann", LOCAL_PRINCIPAL):
            waiting = sample(
                Unsent(waits_for="approval"), id=f"video_{principal}", principal=principal, created_at=bench.clock()
            )
            await one.ledger.insert(waiting, owner="x", lease_until=0.0)
        pending = await Approvals(one.ledger, now=bench.clock).pending()
    assert {known.principal for known in pending} == {"ann", LOCAL_PRINCIPAL}


async def test_nobody_decides_within_a_day_and_the_video_ends_uncharged(bench: Bench) -> None:
    async with bench.service(ALWAYS) as one:
        pending = await requested(one)
        bench.advance(25 * HOUR)
        job = await bench.ended(one, pending.job.id)
    assert isinstance(job.state, Failed)
    assert (job.charged, job.state.problem.code, bench.posts) == ("no", "not_approved", 0)


async def test_a_yes_in_another_client_counts_for_the_video_that_waits(bench: Bench) -> None:
    async with bench.service(ALWAYS) as one:
        pending = await requested(one)
        with pytest.raises(ConfirmationNeeded) as needed:
            await one.submit()
        agreed = await one.submit(token=needed.value.token)
        job = await bench.ended(one, pending.job.id)
        assert await Approvals(one.ledger, now=bench.clock).pending() == []
    assert (agreed.job.id, agreed.is_duplicate) == (pending.job.id, False)
    assert (job.status, bench.posts) == ("completed", 1)


async def test_a_no_in_another_client_leaves_nothing_to_approve(bench: Bench) -> None:
    async with bench.service(ALWAYS) as one:
        pending = await requested(one)
        await one.service.decline(await one.service.prepare(CreateRequest(fields=REQUEST)))
        assert await Approvals(one.ledger, now=bench.clock).pending() == []
        job = await one.ledger.get(pending.job.id)
    assert (job.status, job.charged, bench.posts) == ("failed", "no", 0)


async def test_a_create_that_finds_no_place_waits_unsent_and_is_made_later(bench: Bench) -> None:
    bench.simulator.faults.arm(NO_PLACE)
    async with bench.service() as one:
        begun = await one.create()
        assert (begun.status, begun.charged, len(bench.simulator.jobs)) == ("queued", "no", 0)
        assert isinstance(begun.state, Unsent)
        assert begun.state.problem is not None
        again = await one.submit()
        job = await bench.ended(one, begun.id)
    assert (again.job.id, again.is_duplicate) == (begun.id, True)
    assert (job.status, len(bench.simulator.jobs)) == ("completed", 1)
    assert kept_requests(bench) == 0


async def test_a_create_that_never_finds_a_place_ends_uncharged_with_the_gateways_word(bench: Bench) -> None:
    bench.simulator.faults.arm(Fault(on="create", kind="no_place", times=None))
    async with bench.service() as one:
        begun = await one.create()
        bench.advance(25 * HOUR)
        job = await bench.ended(one, begun.id)
    assert isinstance(job.state, Failed)
    assert (job.charged, job.state.problem.code) == ("no", "no_place")
    assert "parallel tasks" in job.state.problem.message


async def test_a_create_that_is_refused_a_place_again_and_again_ends_all_the_same(bench: Bench) -> None:
    bench.simulator.faults.arm(Fault(on="create", kind="no_place", times=None))
    async with bench.service() as one:
        begun = await one.create()
        for _ in range(26):
            posts = bench.posts
            bench.advance(HOUR)
            await bench.until(lambda posts=posts: bench.posts > posts or state_of(bench, begun) == "failed")
            await bench.until(lambda: not leads())
        job = await bench.ended(one, begun.id)
    assert isinstance(job.state, Failed)
    assert (job.charged, job.state.problem.code) == ("no", "no_place")
    assert bench.posts > 20


async def test_a_video_that_was_approved_late_has_its_whole_time_for_a_place(bench: Bench) -> None:
    bench.simulator.faults.arm(Fault(on="create", kind="no_place", times=None))
    async with bench.service(ALWAYS) as one:
        pending = await requested(one)
        bench.advance(23 * HOUR)
        await decide(bench, one, "yes")
        states = list[object]()
        for hours in (2, 21, 2):
            posts = bench.posts
            bench.advance(hours * HOUR)
            await bench.until(lambda posts=posts: bench.posts > posts or state_of(bench, pending.job) == "failed")
            await bench.until(lambda: not leads())
            states.append(state_of(bench, pending.job))
    assert states == ["unsent", "unsent", "failed"]


async def test_a_link_to_an_input_is_signed_when_the_request_leaves_and_its_file_is_kept_until_then(
    bench: Bench, clip: bytes
) -> None:
    bench.simulator.faults.arm(NO_PLACE)
    public = "https://videos.example"
    plan = Plan(settings={"public_url": public, "job_deadline_hours": 720}, serves_files=True)
    reference = f"data:video/mp4;base64,{b64encode(clip).decode()}"
    async with bench.service(plan) as one:
        begun = await one.create(
            model="doubao-seedance-2-0-260128", mode="reference_material", reference_videos=[reference]
        )
        assert isinstance(begun.state, Unsent)
        (kept,) = (bench.folder / "home" / "inputs").iterdir()
        os.utime(kept, (bench.clock(), bench.clock()))
        await one.service.input_links.remove_expired()
        bench.clock.advance(60 * HOUR)
        await one.service.input_links.remove_expired()
        bench.advance()
        await one.until(begun.id, lambda job: not isinstance(job.state, Unsent | Submitting))
        last = bench.simulator.requests.matching("POST", "/v1/videos")[-1]
        found = re.search(rf"{public}/files/input/(?P<name>[^?]+)\?expires=(?P<expires>\d+)&", str(last.fields))
        assert found is not None
        assert float(found["expires"]) > bench.clock() + 23 * HOUR
        assert found["name"] == kept.name
        assert kept.exists()
        await bench.until(lambda: kept_requests(bench) == 0)
        await one.service.input_links.remove_expired()
        assert not kept.exists()


async def test_more_videos_than_may_be_open_are_sent_one_after_the_other(bench: Bench) -> None:
    async with bench.service(Plan(settings={"max_open_videos": 1})) as one:
        made = [await one.create(prompt=f"boat {number}") for number in range(3)]
        assert [isinstance(job.state, Unsent) for job in made] == [False, True, True]
        most = Most(bench)
        for job in made:
            await bench.passing(lambda job=job: most.look() and state_of(bench, job) == "completed")
    assert (bench.posts, most.open) == (3, 1)


async def test_a_video_that_leaves_after_its_lease_ended_is_no_orphan_to_others(bench: Bench) -> None:
    """The process was stopped between taking the job and sending its request; then it is held anew."""

    async def stopped_for_long() -> None:
        if bench.rows() and (bench.rows()[0]["state"], bench.rows()[0]["lease_owner"]) == ("unsent", one.name):
            bench.clock.advance(LEASE_SECONDS + 1)

    async with bench.service(Plan(settings={"confirm": "always"}, dollars=1.0, after_look=stopped_for_long)) as one:
        await requested(one)
        bench.simulator.faults.arm(Fault(on="create", kind="stall", seconds=60))
        await decide(bench, one, "yes")
        bench.advance(LEASE_SECONDS / 2)
        await bench.until(lambda: bench.posts == 1)
        async with bench.service(ALWAYS) as other:
            await bench.looked(other, times=5)
            assert [(row["state"], row["lease_owner"]) for row in bench.rows()] == [("submitting", one.name)]
        await one.kill()  # nobody waits for the gateway's answer
    assert bench.posts == 1


class Most:
    """The most videos that were seen under way at once."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.open = 0

    def look(self) -> bool:
        sent = [row for row in self._bench.rows() if row["state"] in {"submitting", "rendering", "rendered"}]
        self.open = max(self.open, len(sent))
        return True


def state_of(bench: Bench, job: Job) -> object:
    return next(row["state"] for row in bench.rows() if row["id"] == job.id)


async def test_two_processes_send_an_approved_video_once(bench: Bench) -> None:
    async with bench.service(ALWAYS) as one, bench.service(ALWAYS) as two:
        pending = await requested(one)
        await decide(bench, two, "yes")
        job = await bench.ended(two, pending.job.id)
        await bench.until(lambda: not leads())
    assert (job.status, bench.posts) == ("completed", 1)


@pytest.mark.parametrize(("when", "state"), [("begun", "unknown"), ("waiting", "completed")])
async def test_a_process_that_dies_with_an_approved_video_never_pays_twice(bench: Bench, when: str, state: str) -> None:
    bench.simulator.faults.arm(Fault(on="create", kind="stall", seconds=10))
    async with bench.service(ALWAYS) as one:
        pending = await requested(one)
        if when == "begun":
            await decide(bench, one, "yes")
            one.poller.wake()
            await bench.passing(lambda: bench.posts == 1)
        await one.kill()
    bench.simulator.faults.clear()
    bench.advance(60)
    async with bench.service(ALWAYS) as two:
        if when == "waiting":
            await decide(bench, two, "yes")
        job = await bench.ended(two, pending.job.id)
    assert (job.status, bench.posts) == (state, 1)
    assert kept_requests(bench) == 0 or when == "begun"
