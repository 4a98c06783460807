"""The live line of a job on stderr: a bar on a terminal, a few plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task
from rich.progress_bar import ProgressBar
from rich.table import Column
from rich.text import Text

from video_mcp.cli.output import open_console, print_stderr
from video_mcp.jobs.job import Job
from video_mcp.jobs.progress import Progress as JobProgress
from video_mcp.jobs.progress import clock, describe, percent_done

_BAR_COLUMNS = 24
_NARROW_COLUMNS = 70


class ProgressLine:
    """Shows how a job is doing while the block runs; `job` returns the job as it was heard of last."""

    def __init__(self, title: str, job: Callable[[], Job | None]) -> None:
        self._title = title
        self._job = job
        self._started_at = time.time()
        self._state = ""
        self._console = open_console(stderr=True)
        self._progress = self._bar(self._console) if self._console.is_terminal else None

    def __enter__(self) -> Self:
        if self._progress is not None:
            self._task = self._progress.add_task("", total=100)
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    async def report(self, progress: JobProgress) -> None:
        """Move the bar; without a terminal, say the state when it is a new one."""
        if self._progress is not None:
            self._progress.update(self._task, completed=progress.percent)
            return
        state = progress.message.split(",")[0]
        if state != self._state and progress.percent < 100:  # the answer itself tells the end
            self._state = state
            print_stderr(progress.message)

    def label(self) -> str:
        """Return the line beside the bar, as it is now."""
        job, now = self._job(), time.time()
        if job is None:
            return f"{self._title}, {clock(now - self._started_at)} elapsed"
        return describe(job, now=job.finished_at or now).removesuffix(f" ({job.id})")

    def _bar(self, console: Console) -> Progress:
        words = _Label(self.label)
        bars = [] if console.width < _NARROW_COLUMNS else [_Bar(self._job)]
        return Progress(SpinnerColumn(), *bars, words, console=console, transient=True)


class _Bar(BarColumn):
    """A bar that moves between two reports too."""

    def __init__(self, job: Callable[[], Job | None]) -> None:
        super().__init__(bar_width=_BAR_COLUMNS)
        self._job = job

    def render(self, task: Task) -> ProgressBar:
        job = self._job()
        now_percent = percent_done(job, now=time.time()) if job is not None else 0.0
        return ProgressBar(total=100, completed=max(task.completed, now_percent), width=_BAR_COLUMNS)


class _Label(ProgressColumn):
    """A column that makes its text anew whenever it is drawn."""

    max_refresh = 0.5

    def __init__(self, label: Callable[[], str]) -> None:
        super().__init__(table_column=Column(no_wrap=True, overflow="ellipsis"))
        self._label = label

    def render(self, task: Task) -> Text:  # noqa: ARG002 - rich hands in the task
        return Text(self._label())
