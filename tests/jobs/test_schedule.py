from __future__ import annotations

from random import Random
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.polling import DISTRIBUTIONS, fixed_lag, learned, optimal_lag, poll_moments
from video_mcp.jobs.schedule import RenderTime, learn

VIDEOS = 1200


def took(*seconds: float) -> list[RenderTime]:
    return [RenderTime(after_seconds=one, by_seconds=one) for one in seconds]


def ratios(name: str, samples: int, *, histories: int, videos: int = VIDEOS) -> tuple[float, float]:
    """Return the mean lag as a share of the optimum's and of fixed polling's, each at equal polls."""
    distribution = DISTRIBUTIONS[name]
    times = distribution.draw(Random(1), videos)
    outcomes = [learned(distribution, times, samples=samples, seed=seed) for seed in range(histories)]
    to_optimum = mean(one.lag_seconds / optimal_lag(distribution, one.polls) for one in outcomes)
    to_fixed = mean(one.lag_seconds / fixed_lag(times, one.polls) for one in outcomes)
    return to_optimum, to_fixed


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_with_two_hundred_samples_the_lag_is_near_the_optimum(name: str) -> None:
    to_optimum, to_fixed = ratios(name, 200, histories=4)
    assert to_optimum <= 1.2
    assert to_fixed < 1.0


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_without_any_history_it_is_as_good_as_fixed_polling(name: str) -> None:
    _, to_fixed = ratios(name, 0, histories=1, videos=10_000)
    assert to_fixed <= 1.02  # two hundredths are the chance of so many videos


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_a_short_history_does_not_mislead_it_far(name: str) -> None:
    _, to_fixed = ratios(name, 3, histories=8)
    assert to_fixed <= 1.1


def test_polls_are_few_before_the_first_video_was_ever_ready_and_dense_where_most_are() -> None:
    schedule = learn(took(*(100 + step / 4 for step in range(100))), expected_seconds=60.0)
    moments = poll_moments(schedule, 140.0)
    assert len([moment for moment in moments if moment < 95]) <= 3
    assert len([moment for moment in moments if 100 <= moment <= 125]) >= 6


def test_an_overdue_video_is_polled_evenly_and_then_ever_less_often() -> None:
    schedule = learn(took(*range(100, 120)), expected_seconds=100.0)
    overdue = [schedule.seconds_to_next(elapsed, jitter=0.5) for elapsed in (200.0, 300.0)]
    assert overdue[0] == pytest.approx(overdue[1])
    assert schedule.seconds_to_next(1500.0, jitter=0.5) > 20
    assert schedule.seconds_to_next(86_400.0, jitter=0.5) == 60.0


@pytest.mark.parametrize(("hint", "waited"), [(7.0, 7.0), (0.0, 0.2), (3600.0, 60.0)])
def test_the_gateways_hint_comes_first_within_bounds(hint: float, waited: float) -> None:
    schedule = learn([], expected_seconds=120.0)
    assert schedule.seconds_to_next(50.0, jitter=0.5, hint_seconds=hint, sweep_seconds=15.0) == waited


def test_a_gateway_that_looks_every_quarter_of_a_minute_is_not_polled_more_densely() -> None:
    schedule = learn(took(*range(20, 30)), expected_seconds=25.0)
    assert schedule.seconds_to_next(22.0, jitter=0.5) < 15.0
    assert schedule.seconds_to_next(22.0, jitter=0.5, sweep_seconds=15.0) == 15.0


def test_the_typical_time_is_the_median() -> None:
    assert learn(took(10, 20, 900), expected_seconds=50.0).typical_seconds == 20
    assert learn([], expected_seconds=50.0).typical_seconds == 50.0


def test_a_video_that_nobody_looked_at_for_hours_teaches_nothing() -> None:
    slept = RenderTime(after_seconds=30.0, by_seconds=30_000.0)
    assert learn([slept], expected_seconds=50.0) == learn([], expected_seconds=50.0)


@given(
    seconds=st.lists(st.floats(min_value=0.0, max_value=1e6), max_size=40),
    expected=st.floats(min_value=0.0, max_value=1e5),
    elapsed=st.floats(min_value=-10.0, max_value=1e6),
    jitter=st.floats(min_value=0.0, max_value=1.0, exclude_max=True),
)
def test_whatever_the_history_the_next_look_is_within_bounds(
    seconds: list[float], expected: float, elapsed: float, jitter: float
) -> None:
    schedule = learn(took(*seconds), expected_seconds=expected)
    assert 1.0 <= schedule.seconds_to_next(elapsed, jitter=jitter) <= 60.0
