"""What a server tells its operator of the same work: metrics, traces, and the log."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager

from video_mcp.jobs.events import JobEvent
from video_mcp.jobs.job import Job
from video_mcp.jobs.telemetry import EndStep, Outcome, StepName, problem_in
from video_mcp.server.http.metrics import Metrics
from video_mcp.server.http.traces import Traces

logger = logging.getLogger(__name__)


class ServerTelemetry:
    """Counts, traces, and logs each change of a job's state."""

    def __init__(self, metrics: Metrics, traces: Traces, *, monotonic: Callable[[], float]) -> None:
        self._metrics = metrics
        self._traces = traces
        self._monotonic = monotonic

    def trace_context(self) -> str | None:
        """Return the trace context of the call at hand."""
        return self._traces.context()

    @contextmanager
    def step(self, name: StepName, job: Job, /) -> Generator[EndStep]:
        """Follow a step of a job."""
        began = self._monotonic()
        with self._traces.span(name, job) as end_span:

            def end(outcome: Outcome) -> None:
                end_span(outcome)
                self._metrics.step_ended(name, job, outcome, seconds=self._monotonic() - began)

            yield end

    def changed(self, before: Job, event: JobEvent, after: Job) -> None:
        """Count an event that the ledger has, and log the new state that it brought."""
        self._metrics.changed(before, event, after)
        if type(before.state) is not type(after.state):
            state, problem = type(after.state).__name__.lower(), problem_in(event)
            fields = {"video_id": after.id, "model": after.model, "state": state}
            if problem is not None:
                fields["code"] = problem.code
            logger.info("job %s is %s", after.id, state, extra=fields)

    def call_failed(self, tool: str, code: str) -> None:
        """Count a call that was answered with an error."""
        self._metrics.call_failed(tool, code)
