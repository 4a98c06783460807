from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.jobs.samples import STATES, job
from video_mcp.jobs.job import Rendering
from video_mcp.jobs.progress import clock, describe, eta_seconds, next_progress, percent_done


@pytest.mark.parametrize(
    ("said", "elapsed", "percent"),
    [
        (None, 0, 0.0),
        (None, 50, 42.5),
        (None, 100, 85.0),
        (None, 200, 90.0),
        (None, 100_000, 95.0),
        (60, 10, 60.0),
        (10, 50, 42.5),
        (100, 10, 95.0),
    ],
)
def test_percent_is_the_gateways_word_or_the_elapsed_share(said: int | None, elapsed: float, percent: float) -> None:
    running = job(Rendering(upstream_id="t", phase="in_progress", progress=said))
    assert percent_done(running, now=1000.0 + elapsed) == pytest.approx(percent, abs=0.1)


@given(st.lists(st.tuples(st.floats(0, 1e5), st.integers(0, 100) | st.none()), min_size=2, max_size=60))
def test_notifications_rise_strictly_and_stay_below_the_end(steps: list[tuple[float, int | None]]) -> None:
    last, elapsed = 0.0, 0.0
    for more, said in steps:
        elapsed += more
        running = job(Rendering(upstream_id="t", phase="in_progress", progress=said))
        percent = next_progress(running, now=1000.0 + elapsed, last_percent=last).percent
        assert last < percent < 100
        last = percent


def test_the_end_is_one_hundred() -> None:
    assert next_progress(job(STATES["completed"]), now=1100.0, last_percent=99.9).percent == 100


@pytest.mark.parametrize(
    ("state", "elapsed", "line"),
    [
        ("submitting", 1, "kling-v2-6: submitting, 1 s elapsed, about 1 min 39 s left (video_1)"),
        ("queued", 10, "kling-v2-6: queued, 10 s elapsed, about 1 min 30 s left (video_1)"),
        ("rendering", 65, "kling-v2-6: rendering, 1 min 05 s elapsed, about 35 s left (video_1)"),
        ("rendering", 130, "kling-v2-6: rendering, 2 min 10 s elapsed, longer than usual (video_1)"),
        ("rendered", 90, "kling-v2-6: downloading, 1 min 30 s elapsed (video_1)"),
        ("completed", 90, "kling-v2-6: completed, 1 min 30 s elapsed (video_1)"),
    ],
)
def test_the_message_tells_model_state_elapsed_and_remaining_time(state: str, elapsed: float, line: str) -> None:
    assert describe(job(STATES[state]), now=1000.0 + elapsed) == line


def test_a_job_that_is_over_has_no_remaining_time() -> None:
    assert eta_seconds(job(STATES["completed"]), now=1010.0) is None


@pytest.mark.parametrize(("seconds", "text"), [(-3, "0 s"), (0.4, "0 s"), (59, "59 s"), (60, "1 min 00 s")])
def test_seconds_are_written_as_people_write_them(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def test_a_number_that_stood_still_is_raised_all_the_same() -> None:
    rendering = job(STATES["rendering"])
    percent = percent_done(rendering, now=1000.0)

    assert next_progress(rendering, now=1000.0, last_percent=percent).percent > percent


def test_a_video_that_is_downloaded_is_nearly_done_and_not_done() -> None:
    assert 95.0 < percent_done(job(STATES["rendered"]), now=1000.0) < 100.0
