"""Rows of a statement as jobs and facts; what reads them is typed from here on."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Executable

from video_mcp.jobs.job import Job
from video_mcp.jobs.schedule import RenderedVideo, RenderTime
from video_mcp.jobs.store.rows import from_row

Row = dict[str, Any]
"""A row as the driver gives it; `from_row` is what checks it."""

logger = logging.getLogger(__name__)


def rendered_video(row: Row) -> RenderedVideo:
    """Return what a row says about when its video was ready, and what was requested."""
    created_at = row["created_at"]
    after_seconds = max(0.0, (row["polled_at"] or row["rendered_at"]) - created_at)
    by_seconds = row["rendered_at"] - created_at
    return RenderedVideo(
        seconds=row["seconds"],
        resolution=row["resolution"],
        was_poked=row["poked_at"] is not None,
        time=RenderTime(after_seconds=min(after_seconds, by_seconds), by_seconds=by_seconds),
    )


def first(connection: Connection, statement: Executable, parameters: Mapping[str, object] | None = None) -> Row | None:
    """Run a statement and return its first row."""
    row = connection.execute(statement, parameters).mappings().first()
    return {**row} if row is not None else None


def all_rows(connection: Connection, statement: Executable) -> list[Row]:
    """Run a statement and return its rows."""
    return [{**row} for row in connection.execute(statement).mappings()]


def readable_jobs(rows: Sequence[Row]) -> list[Job]:
    """Return the jobs of all rows that can be read: one of another version must not stop the others."""
    jobs: list[Job] = []
    for row in rows:
        try:
            jobs.append(from_row(row))
        except ValueError:
            logger.exception(
                "job %s in the ledger cannot be read; it is left alone", row["id"], extra={"video_id": row["id"]}
            )
    return jobs
