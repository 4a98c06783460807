"""What callers of the service can rely on: one answer in time, every job found again, no file lost."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from tests.faults.harness import Bench, Plan, Running, a_bench, leads
from tests.ledger_places import LedgerPlace
from video_mcp.errors import GatewayError, GatewayRejected, GatewayUnreachable, JobNotFound
from video_mcp.jobs.job import Completed, Job, Rendered, Unknown
from video_mcp.simulator import Fault, FaultKind, SimulatorConfig

pytestmark = pytest.mark.anyio

HOUR = 3600.0
Ask = Callable[[Running, str], Awaitable[Job]]


async def by_status(service: Running, video_id: str) -> Job:
    return await service.status(video_id)


async def by_fetch(service: Running, video_id: str) -> Job:
    return await service.fetch(video_id)


@pytest.mark.parametrize("ask", [by_status, by_fetch])
async def test_a_video_that_only_the_gateway_knows_is_adopted(bench: Bench, tmp_path: Path, ask: Ask) -> None:
    upstream_id = await made_elsewhere(bench, tmp_path)
    async with bench.service() as one:
        adopted = await ask(one, upstream_id)
        job = await bench.ended(one, adopted.id)
        by_ours, by_theirs = await one.status(job.id), await one.status(upstream_id)
    assert (adopted.upstream_id, adopted.status, adopted.model) == (upstream_id, "queued", "kling-video")
    assert isinstance(job.state, Completed)
    assert by_ours == by_theirs == job
    assert len(bench.rows()) == bench.posts == 1


async def test_a_video_that_was_only_looked_up_counts_against_no_cap(bench: Bench, tmp_path: Path) -> None:
    upstream_id = await made_elsewhere(bench, tmp_path)
    async with bench.service(Plan(settings={"max_videos_per_day": 1})) as one:
        adopted = await one.status(upstream_id)
        created = await one.create(prompt="the first of the day")
    assert adopted.id != created.id
    assert bench.posts == 2


async def made_elsewhere(bench: Bench, folder: Path) -> str:
    """Return the gateway's id of a video that another home asked for."""
    own = LedgerPlace(path=folder / "elsewhere" / "home" / "ledger.sqlite3")
    other = replace(bench, folder=folder / "elsewhere", place=own, running=[])
    async with other.service(Plan(polling=False)) as service:
        return (await service.create()).upstream_id or ""


async def test_a_video_is_adopted_once_however_many_ask_at_once(bench: Bench, tmp_path: Path) -> None:
    upstream_id = await made_elsewhere(bench, tmp_path)
    async with bench.service() as one, bench.service() as two, anyio.create_task_group() as calls:
        for service in (one, two, one, two):
            calls.start_soon(service.status, upstream_id)
    assert [row["upstream_id"] for row in bench.rows()] == [upstream_id]


async def test_a_failed_video_that_is_adopted_is_told_as_failed(bench: Bench, tmp_path: Path) -> None:
    upstream_id = await made_elsewhere(bench, tmp_path)
    async with bench.service() as one:
        bench.simulator.faults.arm(Fault(on="status", kind="failed_in_500", times=None))
        job = await bench.ended(one, (await one.status(upstream_id)).id)
    assert job.status == "failed"


async def test_an_id_that_nobody_knows_is_not_found(bench: Bench) -> None:
    async with bench.service() as one:
        with pytest.raises(JobNotFound, match="without an id"):
            await one.status("video_nobody")
    assert bench.rows() == []


@pytest.mark.parametrize(("kind", "error"), [("drop_answer", GatewayUnreachable), ("server_error", GatewayRejected)])
async def test_a_gateway_that_cannot_say_is_no_proof_that_there_is_no_video(
    bench: Bench, kind: FaultKind, error: type[GatewayError]
) -> None:
    bench.simulator.faults.arm(Fault(on="status", kind=kind))
    async with bench.service() as one:
        with pytest.raises(error):
            await one.status("task_somewhere")
    assert bench.rows() == []


async def test_a_create_answers_within_its_wait_though_the_gateway_is_slow_to_accept(bench: Bench) -> None:
    bench.simulator.faults.arm(Fault(on="create", kind="stall", seconds=1))
    async with bench.service() as one:
        began = anyio.current_time()
        job = await one.create(wait_seconds=1.2)
        took = anyio.current_time() - began
    assert job.upstream_id is not None
    assert took < 30  # it does not begin to wait anew


async def test_a_create_that_does_not_wait_is_answered_with_the_gateways_word(bench: Bench) -> None:
    bench.simulator.faults.arm(Fault(on="create", kind="stall", seconds=0.2))
    async with bench.service() as one:
        job = await one.create(wait_seconds=0)
    assert job.upstream_id == bench.simulator.jobs[0].id


async def test_an_equal_call_wakes_the_job_that_rests(bench: Bench) -> None:
    bench.simulator.faults.arm(Fault(on="status", kind="unauthorized"))
    async with bench.service() as one:
        begun = await one.create()
        bench.advance()
        await one.until(begun.id, lambda job: job.revision == 2)
        await bench.until(lambda: not leads())
        again = await one.submit(wait_seconds=5)
    assert again.is_duplicate
    assert again.job.revision > 2


@pytest.mark.parametrize("fault", ["deadline", "not_found"])
async def test_a_video_that_was_given_up_is_fetched_when_the_gateway_has_it_after_all(
    tmp_path: Path, fault: str
) -> None:
    config = SimulatorConfig(render_seconds=30 * HOUR, max_side=64, poll_after_ms=None)
    async with a_bench(tmp_path, config) as bench, bench.service() as one:
        begun = await one.create()
        if fault == "deadline":
            bench.advance(25 * HOUR)
        else:
            bench.simulator.faults.arm(Fault(on="status", kind="task_not_found", times=3))
        given_up = await bench.ended(one, begun.id)
        still = await one.fetch(begun.id)
        bench.clock.advance(30 * HOUR)
        await one.fetch(begun.id)
        job = await bench.ended(one, begun.id)
    assert isinstance(given_up.state, Unknown)
    assert given_up.state.problem.code == fault
    assert still == given_up
    assert isinstance(job.state, Completed)


async def test_a_given_up_video_that_failed_is_told_as_failed(bench: Bench) -> None:
    async with bench.service() as one:
        begun = await one.create(prompt="[fail] a boat")
        bench.simulator.faults.arm(Fault(on="status", kind="task_not_found", times=3))
        await bench.ended(one, begun.id)
        job = await one.fetch(begun.id)
    assert (job.status, job.charged) == ("failed", "unknown")


async def test_a_lost_create_has_nothing_to_fetch(bench: Bench) -> None:
    bench.simulator.faults.arm(Fault(on="create", kind="drop_answer"))
    async with bench.service() as one:
        lost = await one.create()
        assert await one.fetch(lost.id) == lost
    assert bench.polls == 0


async def test_a_file_that_is_gone_or_changed_is_brought_again_without_paying(bench: Bench) -> None:
    async with bench.service() as one:
        made = await bench.ended(one, (await one.create()).id)
        for spoil in (Path.unlink, empty):
            spoil(file_of(one, await one.status(made.id)))
            fetched = await one.fetch(made.id)
            assert digest_of(file_of(one, fetched)) == digest_in(fetched) == digest_in(made)
    assert bench.posts == 1


def empty(path: Path) -> None:
    path.write_bytes(b"")


def file_of(service: Running, job: Job) -> Path:
    path = service.service.files.path_of(job)
    assert path is not None
    return path


def digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def digest_in(job: Job) -> str:
    assert isinstance(job.state, Completed)
    return job.state.file.sha256


async def test_fetches_at_once_bring_one_file(bench: Bench) -> None:
    async with bench.service() as one:
        made = await bench.ended(one, (await one.create()).id)
        path = file_of(one, made)
        path.unlink()
        async with anyio.create_task_group() as calls:
            for _ in range(3):
                calls.start_soon(one.fetch, made.id)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


async def test_a_fetch_tries_again_at_once_and_waits_for_it(bench: Bench) -> None:
    bench.simulator.faults.arm(
        Fault(on="link", kind="link_refused", times=2), Fault(on="content", kind="refused", status_code=403)
    )
    async with bench.service() as one:
        begun = await one.create()
        await bench.polled()
        stuck = await one.until(begun.id, lambda job: isinstance(job.state, Rendered) and job.state.problem is not None)
        await bench.until(lambda: not leads())
        job = await one.fetch(begun.id, wait_seconds=120)
    assert (stuck.status, stuck.charged) == ("in_progress", "yes")
    assert isinstance(job.state, Completed)


async def test_a_folder_that_cannot_be_written_leaves_a_paid_video_that_is_fetched_later(bench: Bench) -> None:
    videos = bench.folder / "videos"
    async with bench.service() as one:
        begun = await one.create()
        videos.rmdir()
        videos.write_text("a file is in the way")
        await bench.polled()
        stuck = await one.until(begun.id, lambda job: isinstance(job.state, Rendered) and job.state.problem is not None)
        await bench.until(lambda: not leads())
        videos.unlink()
        job = await one.fetch(begun.id, wait_seconds=120)
    assert isinstance(stuck.state, Rendered)
    assert (stuck.charged, stuck.state.problem is not None) == ("yes", True)
    assert isinstance(job.state, Completed)
