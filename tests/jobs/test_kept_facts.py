"""What a job knows is kept: what may have been charged, when it was finished, its warnings, how long it took."""

from __future__ import annotations

from dataclasses import replace

import anyio
import pytest

from tests.faults.harness import RENDER_SECONDS, Bench, Plan
from tests.jobs.samples import FILE, PROBLEM, STATES, job
from video_mcp.errors import BudgetExceeded
from video_mcp.jobs.budget import Cost
from video_mcp.jobs.events import Delivered, FileRemoved, RenderFinished, transition
from video_mcp.jobs.job import Failed
from video_mcp.jobs.store.rows import from_row, to_row

pytestmark = pytest.mark.anyio


async def test_a_failed_video_that_may_have_been_charged_counts_against_the_caps(bench: Bench) -> None:
    async with bench.service(Plan(settings={"max_videos_per_day": 1})) as one:
        failed = await bench.ended(one, (await one.create(prompt="A boat [fail]")).id)
        with pytest.raises(BudgetExceeded, match="1 were made"):
            await one.create(prompt="Another boat")
    assert (failed.status, failed.charged, bench.posts) == ("failed", "unknown", 1)


def test_a_video_that_is_downloaded_again_keeps_the_time_at_which_it_was_first_finished() -> None:
    # Equal requests are compared with the videos of the last hour: a file that is fetched again next week is no new
    # video. Retention counts from `fetched_at` instead.
    finished = transition(job(STATES["rendered"]), Delivered(file=FILE), now=1100.0)
    removed = transition(finished, FileRemoved(), now=1200.0)
    again = transition(removed, Delivered(file=replace(FILE, name="again.mp4")), now=1300.0)

    assert [finished.finished_at, removed.finished_at, again.finished_at] == [1100.0, 1100.0, 1100.0]
    assert (finished.fetched_at, again.fetched_at) == (1100.0, 1300.0)


def test_the_warnings_of_the_request_stay_when_the_file_arrives() -> None:
    requested = job(STATES["rendered"], warnings=("careful",))

    delivered = transition(requested, Delivered(file=FILE, differences=("shorter", "careful")), now=1100.0)

    assert delivered.warnings == ("careful", "shorter")


async def test_duplicates_leave_nothing_under_way(bench: Bench) -> None:
    async with bench.service() as one, anyio.create_task_group() as calls:
        for _ in range(5):
            calls.start_soon(one.submit)
        await bench.until(lambda: len(bench.rows()) == 1 and one.sender.under_way() == frozenset())
    assert bench.posts == 1


async def test_the_measured_time_of_rendering_replaces_the_table_s(bench: Bench) -> None:
    async with bench.service() as one:
        first = await one.create(prompt="boat 0")
        for number in range(12):
            await bench.ended(one, (await one.create(prompt=f"boat {number}", allow_duplicate=True)).id)
        bench.advance(120.0)
        measured = await one.create(prompt="the next boat")

    assert first.expected_seconds == 180.0
    # Time passes in steps here, and on a busy machine a poll may come some steps late.
    assert RENDER_SECONDS / 2 < measured.expected_seconds < first.expected_seconds / 2


async def test_only_videos_that_were_rendered_say_how_long_rendering_takes(bench: Bench) -> None:
    async with bench.service(Plan(polling=False)) as one:
        await one.create(prompt="still rendering")
        rendering = await one.ledger.render_times("kling-v2-6", 10)
    async with bench.service() as one:
        await bench.ended(one, (await one.create(prompt="finished")).id)
        rendered = await one.ledger.render_times("kling-v2-6", 10)

    assert len(rendering) == 0
    assert 1 <= len(rendered) <= 2


def test_a_refusal_costs_nothing_and_a_failure_may() -> None:
    assert job(Failed(problem=PROBLEM, charged="no")).charged == "no"
    assert job(Failed(problem=PROBLEM, charged="unknown", upstream_id="task_1")).charged == "unknown"


def test_a_video_is_ready_when_the_gateway_says_so_first() -> None:
    ready = transition(job(STATES["rendering"]), RenderFinished(), now=1100.0)
    told_again = transition(ready, RenderFinished(), now=1200.0)

    assert (ready.rendered_at, told_again.rendered_at) == (1100.0, 1100.0)


def test_what_was_really_charged_counts_before_the_estimate() -> None:
    estimated = replace(job(STATES["rendering"]), cost=Cost(amount=0.5, currency="USD", basis="a table"))
    charged = transition(estimated, RenderFinished(charged_usd=0.4), now=1100.0)

    assert (estimated.counted_usd, charged.counted_usd) == (0.5, 0.4)
    assert transition(charged, RenderFinished(), now=1200.0).charged_usd == 0.4
    assert from_row(to_row(charged)) == charged
