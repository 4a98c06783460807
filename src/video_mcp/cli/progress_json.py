"""Progress as JSON lines on stderr, for programs that watch a command."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import TracebackType
from typing import Self

import typer

from video_mcp.jobs.job import Job
from video_mcp.jobs.progress import Progress
from video_mcp.types import JsonObject


class ProgressJSON:
    """Writes each change as one JSON object on a line; `job` returns the job as it was heard of last."""

    def __init__(self, job: Callable[[], Job | None], **about: int) -> None:
        self._job = job
        self._about = about

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave: every line is complete when it is written."""

    async def report(self, progress: Progress) -> None:
        """Write one line."""
        job = self._job()
        facts: JsonObject = {**self._about, "percent": progress.percent, "message": progress.message}
        if job is not None:
            facts |= {"video_id": job.id, "status": job.status}
        typer.echo(json.dumps(facts), err=True)
