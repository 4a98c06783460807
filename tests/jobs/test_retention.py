"""Which files go, and which stay whatever the limits say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from tests.jobs.counting import counting
from tests.jobs.samples import FILE, job
from video_mcp.jobs.changes import Changes
from video_mcp.jobs.job import Completed, Job
from video_mcp.jobs.recorder import Recorder
from video_mcp.jobs.retention import DAY_SECONDS, Retention, RetentionLimits, are_kept, films_to_remove, to_remove
from video_mcp.jobs.store.films import FilmStore, KeptFilm
from video_mcp.jobs.store.ledger import open_ledger
from video_mcp.jobs.stored_videos import StoredVideos
from video_mcp.jobs.telemetry import NoTelemetry
from video_mcp.media.library import Library
from video_mcp.types import LOCAL_PRINCIPAL

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
    longest_unused = sorted(jobs, key=lambda one: one.fetched_at or one.finished_at or 0.0)[:1]
    assert not (removed and are_kept(longest_unused, limits, total_bytes=total_bytes, now=NOW))
    assert [doomed.id for doomed in to_remove(jobs, limits, total_bytes=total_bytes, now=NOW)] == removed


def film(name: str, *, days_ago: float) -> KeptFilm:
    return KeptFilm(principal=LOCAL_PRINCIPAL, name=name, bytes=10, used_at=NOW - days_ago * DAY_SECONDS)


@pytest.mark.parametrize(
    ("days_ago", "limits", "total_bytes", "removed"),
    [
        ((9, 3, 1), RetentionLimits(keep_days=2), 0, ["9", "3"]),
        ((9, 3, 1), RetentionLimits(keep_days=10), 0, []),
        ((1, 3, 9), RetentionLimits(max_library_bytes=25), 40, ["9", "3"]),
        # Unlike videos the last one goes too: it can be made again.
        ((9,), RetentionLimits(max_library_bytes=5), 10, ["9"]),
        ((0, 0), RetentionLimits(keep_days=0.001, max_library_bytes=1), 99, []),
    ],
)
def test_films_go_longest_unused_first(
    days_ago: tuple[float, ...], limits: RetentionLimits, total_bytes: int, removed: list[str]
) -> None:
    films = [film(f"{days}", days_ago=days) for days in days_ago]
    assert [doomed.name for doomed in films_to_remove(films, limits, total_bytes=total_bytes, now=NOW)] == removed


def test_files_that_are_not_listed_count_for_the_limit() -> None:
    limits = RetentionLimits(max_library_bytes=100)
    assert [doomed.id for doomed in to_remove([OLD, MIDDLE], limits, total_bytes=105, now=NOW)] == ["old"]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("limits", "statements"),
    [
        (RetentionLimits(), 0),
        (RetentionLimits(keep_days=5), 2),
        (RetentionLimits(keep_days=5, max_library_bytes=30), 3),
        (RetentionLimits(keep_days=2), 3),
        (RetentionLimits(max_library_bytes=29), 4),
    ],
)
async def test_an_arrival_reads_one_row_a_sum_and_the_films_while_nothing_must_go(
    tmp_path: Path, limits: RetentionLimits, statements: int
) -> None:
    path = tmp_path / "ledger.sqlite3"
    async with open_ledger(f"sqlite:///{path.as_posix()}", path) as ledger, anyio.create_task_group() as tasks:
        for days in (1, 2, 3):
            await ledger.insert(finished(f"{days}", days_ago=days, fetched_days_ago=days), owner="x", lease_until=0.0)
        retention = Retention(
            ledger=ledger,
            videos=StoredVideos(Library(tmp_path / "videos")),
            films=FilmStore(ledger.database),
            recorder=Recorder(ledger=ledger, changes=Changes(tasks), telemetry=NoTelemetry(), now=lambda: NOW),
            limits=limits,
            now=lambda: NOW,
        )
        with counting(ledger) as counted:
            await retention.apply_limits()  # none of the files is there, so that none is removed
        assert counted.statements == statements
