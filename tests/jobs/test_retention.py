"""Which files go, and which stay whatever the limits say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.jobs.samples import FILE, job
from video_mcp.jobs.job import Completed, Job
from video_mcp.jobs.retention import DAY_SECONDS, RetentionLimits, to_remove

NOW = 100 * DAY_SECONDS


def finished(name: str, *, days_ago: float, fetched_days_ago: float | None = None, size: int = 10) -> Job:
    file = replace(FILE, name=f"{name}.mp4", bytes=size)
    fetched_at = NOW - fetched_days_ago * DAY_SECONDS if fetched_days_ago is not None else None
    state = Completed(upstream_id="task_1", file=file)
    return job(state, id=name, finished_at=NOW - days_ago * DAY_SECONDS, fetched_at=fetched_at)


OLD = finished("old", days_ago=9)
FETCHED = finished("fetched", days_ago=9, fetched_days_ago=1)
MIDDLE = finished("middle", days_ago=3)
NEW = finished("new", days_ago=0)
HELD = finished("held", days_ago=50, fetched_days_ago=0)


@pytest.mark.parametrize(
    ("jobs", "keep_days", "max_library_bytes", "removed"),
    [
        ([OLD, MIDDLE, NEW], None, None, []),
        ([OLD, MIDDLE, NEW], 5, None, ["old"]),
        ([OLD, FETCHED], 5, None, ["old"]),
        ([HELD], 5, None, []),
        ([NEW, MIDDLE, OLD], None, 20, ["old"]),
        ([NEW, FETCHED, MIDDLE, OLD], None, 20, ["old", "middle"]),
        ([NEW], None, 1, []),
        ([NEW, HELD], None, 1, []),
        ([NEW, HELD, OLD], None, 1, ["old"]),
        ([OLD], None, 10, []),
        ([OLD], None, 9, []),
        ([OLD, MIDDLE], None, 9, ["old"]),
        ([OLD, MIDDLE], 5, 10, ["old"]),
        ([OLD], 9, None, []),
    ],
)
def test_the_longest_unused_files_go_first_and_what_was_just_used_stays(
    jobs: list[Job], keep_days: float | None, max_library_bytes: int | None, removed: list[str]
) -> None:
    limits = RetentionLimits(keep_days=keep_days, max_library_bytes=max_library_bytes)
    total_bytes = 10 * len(jobs)
    assert [doomed.id for doomed in to_remove(jobs, limits, total_bytes=total_bytes, now=NOW)] == removed


def test_files_that_are_not_listed_count_for_the_limit() -> None:
    limits = RetentionLimits(max_library_bytes=100)
    assert [doomed.id for doomed in to_remove([OLD, MIDDLE], limits, total_bytes=105, now=NOW)] == ["old"]
