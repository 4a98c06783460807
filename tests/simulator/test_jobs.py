"""A job's life, as a function of time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from video_mcp.simulator.clip import ClipPlan
from video_mcp.simulator.jobs import MODERATED, Job, view

PLAN = ClipPlan(prompt="a cat", caption="", width=64, height=36, seconds=4)
TIMES = st.floats(min_value=0, max_value=200)


def job(starts_at: float = 20, ends_at: float = 100, failing: bool = False) -> Job:
    return Job(
        id="task_1",
        model="sora-2",
        seconds=4,
        size="64x36",
        clip=PLAN,
        created_at=0,
        starts_at=starts_at,
        ends_at=ends_at,
        failure=MODERATED if failing else None,
    )


@given(earlier=TIMES, later=TIMES)
def test_progress_never_goes_back(earlier: float, later: float) -> None:
    earlier, later = sorted((earlier, later))
    assert view(job(), earlier).progress <= view(job(), later).progress


@given(now=TIMES)
def test_only_an_ended_job_is_at_100_and_knows_its_end(now: float) -> None:
    seen = view(job(), now)
    ended = now >= 100
    assert (seen.progress == 100, seen.completed_at) == (ended, 100 if ended else None)


def test_a_job_that_takes_no_time_is_completed_at_once() -> None:
    assert view(job(0, 0), 0).status == "completed"


def test_a_failing_job_fails_only_at_its_end() -> None:
    assert [view(job(failing=True), now).status for now in (0, 50, 100)] == [
        "queued",
        "in_progress",
        "failed",
    ]
