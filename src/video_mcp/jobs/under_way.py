"""The steps that this process takes at the moment, and the slots that they leave free."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import anyio

from video_mcp.jobs.job import Job, Rendered, Unsent

StepKind = Literal["sending", "poll", "download"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step under way: whose, the scope that ends it, whose slot it takes, and when it began."""

    job: Job
    scope: anyio.CancelScope
    kind: StepKind
    began_at: float


class StepsUnderWay:
    """At most one step for each job."""

    def __init__(self) -> None:
        self._steps: dict[str, Step] = {}
        self._counts: Counter[StepKind] = Counter()

    def __contains__(self, video_id: str) -> bool:
        """Tell whether a step of a job is under way."""
        return video_id in self._steps

    @property
    def ids(self) -> tuple[str, ...]:
        """The jobs that are worked on."""
        return tuple(self._steps)

    def count(self, kind: StepKind) -> int:
        """Return how many slots of a kind are taken."""
        return self._counts[kind]

    def begin(self, job: Job, *, now: float) -> Step:
        """Begin a step of a job that has none under way."""
        step = Step(job=job, scope=anyio.CancelScope(), kind=_kind_of(job), began_at=now)
        self._steps[job.id] = step
        self._counts[step.kind] += 1
        return step

    def end(self, step: Step) -> None:
        """Free the slot of a step."""
        del self._steps[step.job.id]
        self._counts[step.kind] -= 1

    def cancel(self, video_ids: Iterable[str]) -> None:
        """Cancel the steps of some jobs, of those that have one."""
        for video_id in video_ids:
            if video_id in self._steps:
                self._steps[video_id].scope.cancel()


def _kind_of(job: Job) -> StepKind:
    match job.state:
        case Unsent():
            return "sending"
        case Rendered():
            return "download"
        case _:
            return "poll"
