"""Open jobs are led to their end, whatever the gateway, the network or another process does."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from functools import partial
from pathlib import Path

import anyio
import pytest

from tests.faults.harness import LEASE_SECONDS, Bench, Plan, Running, a_bench, leads
from video_mcp.jobs.job import Completed, Failed, Job, Rendered, Rendering, Unknown
from video_mcp.simulator import Fault, FaultKind, FaultPoint, RecordedRequest, SimulatorConfig
from video_mcp.simulator.faults import FAULT_KINDS

pytestmark = pytest.mark.anyio

HOUR = 3600.0


def on_status(kind: FaultKind, *, times: int | None = 1, status: int = 403, seconds: float = 0) -> Fault:
    return Fault(on="status", kind=kind, times=times, status_code=status, seconds=seconds)


RIDDEN_OUT: dict[str, Fault] = {
    "408": on_status("refused", status=408),
    "409": on_status("refused", status=409),
    "425": on_status("refused", status=425),
    "429": on_status("rate_limit"),
    "an empty 429": on_status("rate_limit_empty"),
    "500": on_status("server_error"),
    "504": on_status("refused", status=504),
    "overloaded": on_status("overloaded"),
    "no channel": on_status("model_not_found"),
    "a page of the proxy": on_status("html_502"),
    "a page with 200": on_status("html_200"),
    "half a JSON": on_status("broken_json"),
    "a closed connection": on_status("drop_request"),
    "a lost answer": on_status("drop_answer"),
    "a broken connection": on_status("reset_request"),
    "a broken answer": on_status("reset_answer"),
    "no answer in time": on_status("stall", seconds=60),
    "not found once": on_status("task_not_found"),
    "not found twice": on_status("task_not_found", times=2),
    "404": on_status("refused", status=404),
    "another id": on_status("changed_id"),
    "a word that nobody knows": Fault(on="status", kind="status_word", word="thinking"),
    "an envelope": on_status("envelope"),
    "progress in percent": on_status("percent_progress"),
    "milliseconds": on_status("milliseconds"),
}
AT_THE_END: dict[str, Fault] = {
    "no link": on_status("no_link", times=None),
    "a link in the metadata": on_status("link_in_metadata", times=None),
    "a stale link": on_status("stale_link"),
}
STOPPED: dict[str, Fault] = {
    "a refused key": on_status("unauthorized"),
    "no money left": on_status("quota_exhausted"),
}
FINAL: dict[str, Fault] = {"failed inside a 500": on_status("failed_in_500")}


# Creates are left to another service: a timeout on a busy machine costs a poll nothing.
IMPATIENT = Plan(settings={"request_timeout_seconds": 0.8})


@pytest.mark.parametrize("what", RIDDEN_OUT)
async def test_a_fault_while_rendering_is_ridden_out(tmp_path: Path, what: str) -> None:
    async with a_bench(tmp_path) as bench, bench.service(Plan(polling=False)) as sender:
        begun = await sender.create()
        bench.simulator.faults.arm(RIDDEN_OUT[what])
        async with bench.service(IMPATIENT) as one:
            await bench.passing(lambda: bench.simulator.faults.pending() == ())
            job = await bench.ended(one, begun.id)
    assert isinstance(job.state, Completed)
    assert (job.upstream_id, bench.posts) == (bench.simulator.jobs[0].id, 1)


@pytest.mark.parametrize("what", AT_THE_END)
async def test_a_finished_video_comes_home_however_it_is_linked(tmp_path: Path, what: str) -> None:
    async with a_bench(tmp_path) as bench, bench.service() as one:
        bench.simulator.faults.arm(AT_THE_END[what])
        job = await bench.ended(one, (await one.create()).id)
    assert isinstance(job.state, Completed)


def test_every_fault_that_can_hit_a_poll_is_tried() -> None:
    possible = {kind for kind in FAULT_KINDS if can_hit("status", kind)}
    tables = (RIDDEN_OUT, AT_THE_END, STOPPED, FINAL)
    assert {fault.kind for table in tables for fault in table.values()} == possible


async def test_a_video_that_is_not_found_three_times_in_a_row_is_gone(bench: Bench) -> None:
    async with bench.service() as one:
        begun = await one.create()
        bench.simulator.faults.arm(on_status("task_not_found", times=3))
        job = await bench.ended(one, begun.id)
    assert isinstance(job.state, Unknown)
    assert (job.state.problem.code, job.charged, bench.polls) == ("not_found", "unknown", 3)
    assert job.upstream_id == bench.simulator.jobs[0].id


async def test_not_found_counts_only_in_a_row(bench: Bench) -> None:
    gone, alive = on_status("task_not_found", times=2), on_status("server_error")
    async with bench.service() as one:
        begun = await one.create()
        bench.simulator.faults.arm(gone, alive, on_status("task_not_found", times=2))
        job = await bench.ended(one, begun.id)
    assert isinstance(job.state, Completed)


@pytest.mark.parametrize(("times", "is_quoted"), [(1, False), (2, True)])
async def test_a_status_word_that_nobody_knows_is_quoted_at_its_second_sight(
    tmp_path: Path, times: int, is_quoted: bool
) -> None:
    async with a_bench(tmp_path) as bench, bench.service() as one:
        begun = await one.create()
        bench.simulator.faults.arm(Fault(on="status", kind="status_word", word="stage_3", times=times))
        job = await bench.ended(one, begun.id)
    assert isinstance(job.state, Completed)
    assert any('"stage_3."' in warning for warning in job.warnings) is is_quoted


async def test_a_failure_inside_a_500_is_a_failure_with_its_reason(bench: Bench) -> None:
    async with bench.service() as one:
        begun = await one.create()
        bench.simulator.faults.arm(FINAL["failed inside a 500"])
        job = await bench.ended(one, begun.id)
    assert isinstance(job.state, Failed)
    assert (job.status, job.state.problem.message, job.charged) == (
        "failed",
        'The gateway says: "CUDA out of memory."',
        "unknown",
    )


@pytest.mark.parametrize("what", STOPPED)
async def test_a_refused_key_stops_the_polling_with_advice_and_the_job_goes_on_later(tmp_path: Path, what: str) -> None:
    async with a_bench(tmp_path) as bench:
        async with bench.service() as one:
            begun = await one.create()
            bench.simulator.faults.arm(STOPPED[what])
            bench.advance()
            stopped = await one.until(begun.id, lambda job: problem_of(job) is not None)
            bench.advance(60)
            await bench.looked(one, times=3)
            assert bench.polls == 1
        async with bench.service() as two:
            job = await bench.ended(two, begun.id)
    assert (stopped.status, stopped.charged) == ("queued", "yes")
    assert "key" in (problem_of(stopped) or "") or "Top up" in (problem_of(stopped) or "")
    assert isinstance(job.state, Completed)


def problem_of(job: Job) -> str | None:
    """Return the advice that an open job carries."""
    state = job.state
    return state.problem.advice if isinstance(state, Rendering | Rendered) and state.problem else None


async def test_a_video_that_outlives_its_deadline_is_unknown_and_not_failed(tmp_path: Path) -> None:
    slow = SimulatorConfig(render_seconds=100 * HOUR, max_side=64, poll_after_ms=None)
    async with a_bench(tmp_path, slow) as bench, bench.service() as one:
        begun = await one.create()
        bench.advance(23.9 * HOUR)
        await bench.polled()
        still_open = await one.ledger.get(begun.id)
        bench.advance(0.2 * HOUR)
        job = await bench.ended(one, begun.id)
    assert still_open.is_open
    assert isinstance(job.state, Unknown)
    assert (job.state.problem.code, job.upstream_id) == ("deadline", bench.simulator.jobs[0].id)


async def test_a_video_that_was_finished_while_the_laptop_was_closed_for_days_comes_home(bench: Bench) -> None:
    async with bench.service() as one:
        begun = await one.create()
        await one.kill()
    bench.advance(72 * HOUR)
    async with bench.service() as two:
        job = await bench.ended(two, begun.id)
    assert isinstance(job.state, Completed)


async def test_a_network_that_is_not_back_yet_when_the_laptop_opens_costs_no_video(bench: Bench) -> None:
    async with bench.service() as one:
        begun = await one.create()
        await one.kill()
    bench.advance(72 * HOUR)
    bench.simulator.faults.arm(on_status("drop_request", times=5))
    async with bench.service() as two:
        job = await bench.ended(two, begun.id)
    assert isinstance(job.state, Completed)


async def test_a_gateway_that_is_down_past_the_deadline_ends_the_job_as_unknown(bench: Bench) -> None:
    async with bench.service() as one:
        begun = await one.create()
        bench.simulator.faults.arm(on_status("html_502", times=None))
        await bench.polled(2)
        bench.advance(25 * HOUR)
        job = await bench.ended(one, begun.id)
    assert isinstance(job.state, Unknown)
    assert job.state.problem.code == "deadline"


async def test_an_error_in_an_answer_of_success_is_told_and_the_video_still_delivered_later(bench: Bench) -> None:
    async with bench.service() as one:
        begun = await one.create()
        bench.simulator.faults.arm(on_status("refused", status=200, times=None))
        await bench.polled(5)
        told = await one.until(begun.id, lambda job: isinstance(job.state, Rendering) and job.state.problem is not None)
        bench.simulator.faults.clear()
        job = await bench.ended(one, begun.id)
    assert isinstance(told.state, Rendering)
    assert told.state.problem is not None
    assert "The upstream did not answer in time." in told.state.problem.message
    assert isinstance(job.state, Completed)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        pytest.param(on_status("refused", status=200, times=None), "did not answer in time", id="an error with 200"),
        pytest.param(on_status("unauthorized", times=None), "Invalid token", id="a refused key"),
    ],
)
async def test_a_poll_that_never_tells_of_the_video_ends_at_the_deadline_with_what_it_said(
    bench: Bench, fault: Fault, said: str
) -> None:
    async with bench.service() as one:
        begun = await one.create()
        bench.simulator.faults.arm(fault)
        await bench.polled(2)
        bench.advance(25 * HOUR)
        job = await bench.ended(one, begun.id)
    assert isinstance(job.state, Unknown)
    assert (job.state.problem.code, job.upstream_id) == ("deadline", bench.simulator.jobs[0].id)
    assert said in job.state.problem.message


async def test_a_gateway_that_says_try_again_at_once_is_not_hammered(bench: Bench) -> None:
    bench.simulator.faults.arm(Fault(on="status", kind="rate_limit", retry_after="0", times=None))
    async with bench.service() as one:
        await one.create()
        await bench.polled()
        asked = bench.polls
        await bench.looked(one, times=10)
        assert bench.polls == asked


async def test_a_gateway_that_wants_to_rest_for_a_day_is_asked_before_that(bench: Bench) -> None:
    bench.simulator.faults.arm(Fault(on="status", kind="rate_limit", retry_after="86400"))
    async with bench.service() as one:
        begun = await one.create()
        await bench.polled()
        await bench.until(lambda: not leads())
        bench.advance(HOUR)
        job = await one.ended(begun.id)
    assert isinstance(job.state, Completed)


async def test_a_download_that_hangs_stops_no_poll(bench: Bench) -> None:
    bench.simulator.faults.arm(Fault(on="link", kind="stall_body", seconds=30))
    async with bench.service(Plan(settings={"downloads_at_once": 1, "polls_at_once": 1})) as one:
        await one.create(prompt="hangs")
        await bench.passing(lambda: any((bench.folder / "videos").glob("*.part")))
        other = await one.create(prompt="goes on")
        job = await one.until(other.id, lambda job: bool(bench.advance()) or isinstance(job.state, Rendered))
    assert isinstance(job.state, Rendered)


async def test_two_processes_share_the_jobs_and_each_poll_is_made_by_one(bench: Bench) -> None:
    patient = Plan(lease_seconds=60)
    async with bench.service(patient) as one, bench.service(patient) as two:
        made = [await [one, two][number % 2].create(prompt=f"boat {number}") for number in range(6)]
        bench.simulator.faults.arm(Fault(on="status", kind="status_word", word="running", times=None))
        for polls in (6, 12, 18):
            bench.advance()
            await bench.until(partial(bench.has_polled, polls))
            await bench.until(lambda: not leads())
        asked = Counter(request.path for request in status_requests(bench))
        bench.simulator.faults.clear()
        for job in made:
            await bench.ended(one, job.id)
    assert sorted(asked.values()) == [3] * 6
    assert all(row["state"] == "completed" for row in bench.rows())


def status_requests(bench: Bench) -> list[RecordedRequest]:
    gets = bench.simulator.requests.matching("GET", "/v1/videos/")
    return [one for one in gets if not one.path.endswith("/content")]


async def test_a_job_is_taken_over_when_its_holder_dies_and_not_before(bench: Bench) -> None:
    async with bench.service() as one:
        begun = await polled_in_vain(bench, one)
        await one.kill()
    async with bench.service() as two:
        before = len(status_requests(bench))
        bench.advance(LEASE_SECONDS - 1)
        await bench.looked(two, times=3)
        held = bench.rows()[0]["lease_owner"]
        job = await bench.ended(two, begun.id)
    assert held == one.name
    assert isinstance(job.state, Completed)
    assert {request.headers["user-agent"] for request in status_requests(bench)[before:]} == {two.name}


async def test_a_job_is_given_back_at_once_by_a_process_that_ends(bench: Bench) -> None:
    async with bench.service() as one:
        begun = await polled_in_vain(bench, one)
        held = bench.rows()[0]["lease_owner"]
    async with bench.service() as two:
        job = await two.until(begun.id, lambda job: isinstance(job.state, Completed))
    assert held == one.name
    assert isinstance(job.state, Completed)


async def polled_in_vain(bench: Bench, one: Running) -> Job:
    """Create a job whose first poll hangs; its lease is held meanwhile."""
    bench.simulator.faults.arm(on_status("stall", seconds=60))
    begun = await one.create()
    bench.advance()
    await bench.until(lambda: bench.polls == 1)
    assert leads()
    return begun


async def test_a_process_that_lost_its_lease_stops_leading_the_job(bench: Bench) -> None:
    bench.simulator.faults.arm(on_status("stall", seconds=3600))
    async with bench.service() as one:
        begun = await one.create()
        bench.advance()
        await bench.until(lambda: bench.polls == 1)
        assert leads()
        lease_until = bench.clock() + 10 * LEASE_SECONDS
        await bench.tamper("UPDATE jobs SET lease_owner = 'another process', lease_until = ?", lease_until)
        bench.advance(LEASE_SECONDS / 3)
        await bench.until(lambda: not leads())
    assert bench.rows()[0]["revision"] == begun.revision


async def test_a_dead_process_leaves_its_unanswered_create_as_unknown(bench: Bench) -> None:
    bench.simulator.faults.arm(Fault(on="create", kind="stall", seconds=30))
    async with bench.service() as one:
        one.tasks.start_soon(one.create)
        await bench.until(lambda: bench.posts == 1)
        await one.kill()
    async with bench.service() as two:
        video_id = str(bench.rows()[0]["id"])
        await bench.looked(two, times=2)
        before = bench.rows()[0]["state"]
        bench.advance(LEASE_SECONDS + 1)
        job = await two.ended(video_id)
        again = await two.submit()
    assert before == "submitting"
    assert isinstance(job.state, Unknown)
    assert (job.state.problem.code, again.is_duplicate, bench.posts) == ("submission_unknown", True, 1)


async def test_a_request_on_its_way_costs_the_ledger_no_busy_loop(bench: Bench) -> None:
    bench.simulator.faults.arm(Fault(on="create", kind="stall", seconds=60))
    async with bench.service() as one:
        one.tasks.start_soon(one.create)
        await bench.until(lambda: bench.posts == 1)
        await bench.looked(one, times=1)
        before = one.ledger.looks
        await anyio.sleep(0.5)
        bench.simulator.faults.release()
        await bench.until(lambda: bench.rows()[0]["state"] == "rendering")
        assert one.ledger.looks - before < 10


async def test_a_ledger_that_cannot_be_read_is_tried_again_calmly(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    async with bench.service() as one:
        begun = await one.create()
        await bench.tamper("ALTER TABLE jobs RENAME TO gone")
        bench.advance()
        with anyio.move_on_after(0.5):
            await anyio.sleep_forever()
        await bench.tamper("ALTER TABLE gone RENAME TO jobs")
        job = await bench.ended(one, begun.id)
    told = [record for record in caplog.records if "open jobs could not be read" in record.message]
    assert 1 <= len(told) <= 5
    assert isinstance(job.state, Completed)


async def test_a_row_that_nobody_can_read_stops_no_other_job(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    async with bench.service() as one:
        odd, sound = await one.create(prompt="odd"), await one.create(prompt="sound")
        await bench.tamper("UPDATE jobs SET phase = 'dreaming', revision = 99 WHERE id = ?", odd.id)
        job = await bench.ended(one, sound.id)
        listed = await one.service.list(10)
    assert isinstance(job.state, Completed)
    assert [known.id for known in listed] == [sound.id]
    assert odd.id in caplog.text


async def test_a_listener_that_breaks_disturbs_no_job(bench: Bench) -> None:
    async def broken(_job: Job) -> None:
        raise RuntimeError

    async with bench.service() as one:
        one.changes.listen(broken)
        job = await bench.ended(one, (await one.create()).id)
    assert isinstance(job.state, Completed)
    assert job.revision >= 3


async def test_an_unforeseen_trouble_with_the_file_is_told_and_tried_again(bench: Bench) -> None:
    troubles = iter([RuntimeError("first"), None])

    async def sleep(_seconds: float) -> None:
        if (trouble := next(troubles, None)) is not None:
            raise trouble

    bench.simulator.faults.arm(Fault(on="link", kind="cut_body"))
    async with bench.service(Plan(sleep=sleep)) as one:
        begun = await one.create()
        await bench.polled()
        troubled = await one.until(
            begun.id, lambda job: isinstance(job.state, Rendered) and job.state.problem is not None
        )
        await bench.passing(lambda: bench.rows()[0]["state"] == "completed")
    assert isinstance(troubled.state, Rendered)
    assert troubled.state.problem is not None
    assert troubled.state.problem.code == "internal"


async def test_a_video_of_a_gateway_that_only_links_comes_home_after_a_restart(bench: Bench) -> None:
    bench.simulator.faults.arm(
        Fault(on="link", kind="stall_body", seconds=30),
        Fault(on="content", kind="refused", status_code=404, times=None),
    )
    async with bench.service() as one:
        begun = await one.create()
        await bench.polled()
        await bench.until(lambda: any((bench.folder / "videos").glob("*.part")))
        await one.kill()
    async with bench.service() as two:
        job = await bench.ended(two, begun.id)
    assert isinstance(job.state, Completed)


@pytest.mark.parametrize("place", ["link", "content"])
async def test_whatever_befalls_the_bytes_the_whole_video_comes_home(bench: Bench, place: FaultPoint) -> None:
    bench.simulator.faults.arm(*([NO_LINK] if place == "content" else []))
    async with bench.service(Plan(polling=False)) as sender, bench.service(IMPATIENT) as one:
        for kind in FAULT_KINDS:
            if not can_hit(place, kind):
                continue
            begun = await sender.create(allow_duplicate=True)
            bench.simulator.faults.arm(Fault(on=place, kind=kind, seconds=60))
            job = await bench.ended(one, begun.id)
            assert isinstance(job.state, Completed), kind
    facts = [json.loads(str(row["file"])) for row in bench.rows()]
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (bench.folder / "videos").iterdir()}
    assert {fact["name"]: fact["sha256"] for fact in facts} == files
    assert len(set(files.values())) == 1


NO_LINK = Fault(on="status", kind="no_link", times=None)


def can_hit(place: FaultPoint, kind: FaultKind) -> bool:
    try:
        Fault(on=place, kind=kind)
    except ValueError:
        return False
    return True
