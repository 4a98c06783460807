"""OpenTelemetry spans of the work on jobs, linked to the call that created them; no span holds what users write.

Only the API is used: an operator installs the SDK with an exporter and starts the server by `opentelemetry-instrument`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from video_mcp.jobs.job import Job
from video_mcp.jobs.telemetry import Outcome, StepName

_HEADER = "traceparent"
_FAILURES: Sequence[Outcome] = ("refused", "lost", "failed")


class Traces:
    """Makes the spans of one process; they go nowhere until an operator's SDK takes them."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._propagator = TraceContextTextMapPropagator()

    def context(self) -> str | None:
        """Return the trace context of the span at hand, as a later process can link to it."""
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier)
        return carrier.get(_HEADER)

    @contextmanager
    def span(self, name: StepName, job: Job) -> Generator[Callable[[Outcome], None]]:
        """Make a span of a step: a submit belongs to the call, polls and deliveries are traces that link to it."""
        call = self._call_of(job)
        links = [Link(trace.get_current_span(call).get_span_context())] if job.traceparent and name != "submit" else []
        with self._tracer.start_as_current_span(
            f"video_mcp {name}",
            context=call if name == "submit" else Context(),
            kind=SpanKind.CLIENT,
            links=links,
            attributes={"video_mcp.video_id": job.id, "video_mcp.model": job.model},
            record_exception=False,
            set_status_on_exception=False,
        ) as span:

            def end(outcome: Outcome) -> None:
                span.set_attribute("video_mcp.outcome", outcome)
                if outcome in _FAILURES:
                    span.set_status(Status(StatusCode.ERROR))

            yield end

    def _call_of(self, job: Job) -> Context:
        carrier = {_HEADER: job.traceparent} if job.traceparent else {}
        return self._propagator.extract(carrier, context=Context())
