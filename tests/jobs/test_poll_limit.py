from __future__ import annotations

from video_mcp.jobs.poll_limit import PollLimit


def test_without_a_refusal_every_slot_may_be_used() -> None:
    limit = PollLimit(8)
    assert (limit.free_slots(3, now=0.0), limit.free_slots(9, now=0.0)) == (5, 0)


def test_a_refusal_halves_the_slots_and_begins_nothing_before_the_gateway_wants_it() -> None:
    limit = PollLimit(8)
    limit.refused(now=100.0, retry_after_seconds=20.0)
    assert (limit.free_slots(0, now=119.0), limit.rest_ends_at(now=119.0)) == (0, 120.0)
    assert (limit.free_slots(0, now=120.0), limit.rest_ends_at(now=120.0)) == (4, None)


def test_polls_that_were_refused_together_count_as_one() -> None:
    limit = PollLimit(8)
    for _ in range(5):
        limit.refused(now=100.0, retry_after_seconds=0.0)
    assert limit.free_slots(0, now=101.0) == 4


def test_each_round_of_answers_adds_one_slot() -> None:
    limit = PollLimit(8)
    for start in (0.0, 10.0, 20.0, 30.0):
        limit.refused(now=start, retry_after_seconds=0.0)
    assert limit.free_slots(0, now=40.0) == 1
    for expected in (2, 3, 4):
        for _ in range(expected):
            limit.accepted()
        assert limit.free_slots(0, now=40.0) == expected
    for _ in range(100):
        limit.accepted()
    assert limit.free_slots(0, now=40.0) == 8


def test_a_wish_for_a_day_and_a_clock_that_is_set_back_end_soon() -> None:
    limit = PollLimit(8)
    limit.refused(now=100_000.0, retry_after_seconds=86_400.0)
    assert limit.free_slots(0, now=100_060.0) == 4
    assert limit.free_slots(0, now=10.0) == 4
