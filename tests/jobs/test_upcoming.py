"""Jobs that are held until they are due."""

from __future__ import annotations

from tests.jobs.samples import STATES, job
from video_mcp.jobs.store.known_jobs import KnownJobs
from video_mcp.jobs.upcoming import Upcoming

FOREVER = float("inf")


def held(**due_at: float) -> Upcoming:
    upcoming = Upcoming()
    for video_id, moment in due_at.items():
        upcoming.add(job(STATES["rendering"], id=video_id), moment)
    return upcoming


def taken(upcoming: Upcoming, now: float, at_most: int = 9) -> list[str]:
    return [one.id for one in upcoming.take_due(now, at_most=at_most)]


def test_what_is_due_is_taken_earliest_first_and_only_once() -> None:
    upcoming = held(a=3.0, b=1.0, c=2.0, d=9.0)
    assert (upcoming.next_due_at, len(upcoming)) == (1.0, 4)
    assert taken(upcoming, 0.5) == []
    assert taken(upcoming, 3.0, at_most=2) == ["b", "c"]
    assert taken(upcoming, 3.0) == ["a"]
    assert (upcoming.ids, upcoming.next_due_at) == (("d",), 9.0)


def test_a_job_moves_to_an_earlier_and_to_a_later_time() -> None:
    upcoming = held(a=5.0, b=6.0)
    upcoming.move("b", 1.0)
    assert taken(upcoming, 2.0) == ["b"]
    upcoming.move("a", 8.0)
    upcoming.move("b", 0.0)  # it is held no longer
    assert (taken(upcoming, 7.0), upcoming.next_due_at) == ([], 8.0)
    assert taken(upcoming, 8.0) == ["a"]
    assert upcoming.next_due_at == FOREVER


def test_a_discarded_job_is_never_taken_and_may_come_back() -> None:
    upcoming = held(a=1.0, b=2.0)
    upcoming.discard(["a", "unknown"])
    assert (len(upcoming), upcoming.next_due_at) == (1, 2.0)
    upcoming.add(job(STATES["rendering"], id="a"), 3.0)
    assert taken(upcoming, 4.0) == ["b", "a"]


def test_a_job_is_known_at_its_revision_only() -> None:
    known = KnownJobs()
    known.put(job(id="a", revision=2))
    assert known.get("a", 2) == job(id="a", revision=2)
    assert (known.get("a", 3), known.get("b", 2)) == (None, None)
    known.forget("a")
    known.forget("b")
    assert known.get("a", 2) is None


def test_of_too_many_jobs_those_are_known_that_were_seen_last() -> None:
    known = KnownJobs(most=2)
    for video_id in ("a", "b", "a", "c"):
        known.put(job(id=video_id))
    assert [known.get(video_id, 0) is not None for video_id in ("a", "b", "c")] == [True, False, True]
