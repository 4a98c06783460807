"""What a service tells its operator about its work, in counts and traces; never a prompt, a key, a user or a link."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from types import MappingProxyType
from typing import Literal, Protocol

from video_mcp.jobs.events import (
    Accepted,
    Deferred,
    Delivered,
    DeliveryFailed,
    JobEvent,
    Lost,
    Orphaned,
    Polled,
    PollStopped,
    Refused,
    RenderFailed,
    RenderFinished,
)
from video_mcp.jobs.job import Job, Problem

StepName = Literal["submit", "poll", "deliver"]
Outcome = Literal["accepted", "deferred", "refused", "lost", "rendering", "rendered", "delivered", "failed"]
EndStep = Callable[[Outcome], None]

_OUTCOMES: Mapping[type[JobEvent], Outcome] = MappingProxyType(
    {
        Accepted: "accepted",
        Deferred: "deferred",
        Refused: "refused",
        Lost: "lost",
        Polled: "rendering",
        RenderFinished: "rendered",
        RenderFailed: "failed",
        PollStopped: "failed",
        Delivered: "delivered",
        DeliveryFailed: "failed",
    }
)


class Telemetry(Protocol):
    """Hears of the work on jobs; it raises nothing and waits for nothing."""

    def trace_context(self) -> str | None:
        """Return the W3C trace context of the call at hand, which is kept with the job that the call creates."""
        ...

    def step(self, name: StepName, job: Job, /) -> AbstractContextManager[EndStep]:
        """Follow one request to the gateway, or one delivery; what is yielded hears how it ended."""
        ...

    def changed(self, before: Job, event: JobEvent, after: Job) -> None:
        """Hear of an event that the ledger has."""
        ...

    def call_failed(self, tool: str, code: str) -> None:
        """Hear of a tool's call that was answered with an error."""
        ...


class NoTelemetry:
    """Records nothing: a single user sees the videos themselves."""

    def trace_context(self) -> str | None:
        """Return None: there is no trace."""
        return None

    @contextmanager
    def step(self, _name: StepName, _job: Job, /) -> Generator[EndStep]:
        """Follow nothing."""
        yield _ignore

    def changed(self, before: Job, event: JobEvent, after: Job) -> None:
        """Hear nothing."""

    def call_failed(self, tool: str, code: str) -> None:
        """Hear nothing."""


def _ignore(_outcome: Outcome) -> None:
    pass


def outcome_of(event: JobEvent) -> Outcome:
    """Return in a word how the step ended that this event came of."""
    return _OUTCOMES[type(event)]


def problem_in(event: JobEvent) -> Problem | None:
    """Return what an event says went wrong, if anything."""
    match event:
        case Deferred() | Refused() | Lost() | Orphaned() | PollStopped() | RenderFailed() | DeliveryFailed():
            return event.problem
        case _:
            return None
