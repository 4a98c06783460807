"""The live table of a batch on stderr: which videos are being made, and how many have ended."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from rich.console import Console
from rich.live import Live
from rich.table import Column, Table

from video_mcp.jobs.job import Job
from video_mcp.jobs.progress import Progress

_FRAMES_PER_SECOND = 4


@dataclass(slots=True)
class Row:
    """One video of a batch that is being made."""

    line: int
    prompt: str
    percent: float = 0.0
    message: str = "waiting"
    job: Job | None = None

    async def report(self, progress: Progress) -> None:
        """Keep the newest progress."""
        self.percent, self.message = progress.percent, progress.message


@dataclass(slots=True)
class BatchTable:
    """The videos that are being made, drawn anew several times a second."""

    total: int
    ended: int = 0
    rows: dict[int, Row] = field(default_factory=dict[int, Row])

    def begin(self, line: int, prompt: str) -> Row:
        """Return the row of a video whose making begins."""
        self.rows[line] = Row(line, prompt)
        return self.rows[line]

    def end(self, line: int) -> None:
        """Take out the row of a video that has ended."""
        del self.rows[line]
        self.ended += 1

    async def job_changed(self, job: Job) -> None:
        """Keep the newest state of a video that is being made."""
        for row in self.rows.values():
            if row.job is not None and row.job.id == job.id:
                row.job = job

    def __rich__(self) -> Table:
        """Return the table as it is now."""
        columns = (Column("line", justify="right"), Column("", justify="right"), Column("prompt", no_wrap=True))
        title = f"{self.ended} of {self.total} ended"
        table = Table(*columns, Column("", no_wrap=True), title=title, title_justify="left", box=None, pad_edge=False)
        for row in self.rows.values():
            table.add_row(str(row.line), f"{row.percent:.0f} %", row.prompt, row.message)
        return table

    def shown_on(self, console: Console) -> AbstractContextManager[object]:
        """Return the context in which the table is drawn; elsewhere than on a terminal nothing is."""
        if not console.is_terminal:
            return nullcontext()
        return Live(
            self,
            console=console,
            refresh_per_second=_FRAMES_PER_SECOND,
            transient=True,
            redirect_stdout=sys.stdout.isatty(),
        )
