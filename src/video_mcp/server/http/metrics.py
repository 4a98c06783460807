"""What Prometheus scrapes: counts of this replica's work, and the open jobs of all. No label holds what users write."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from video_mcp.errors import VideoMCPError
from video_mcp.jobs.events import Delivered, JobEvent
from video_mcp.jobs.job import Completed, Failed, Job, Unknown
from video_mcp.jobs.telemetry import Outcome, StepName, problem_in

_OTHER = "other"
_REQUEST_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
_LAG_SECONDS = (1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
# Beside the codes of the error tree: a job's own.
_JOB_CODES = frozenset(
    {"deadline", "declined", "disk", "internal", "moderation", "no_place", "not_approved", "submission_unknown"}
)


class Metrics:
    """The metrics of one process.

    A gateway's own codes, and models that the catalogue does not have, are counted as `other`: labels stay few, and
    hold no text from outside.
    """

    def __init__(self, registry: CollectorRegistry, *, models: Container[str]) -> None:
        self.registry = registry
        self._models = models
        self._codes = frozenset(_error_codes(VideoMCPError)) | _JOB_CODES
        ProcessCollector(registry=registry)
        self._jobs = Gauge(
            "video_mcp_jobs",
            "Open jobs of all replicas; ended ones are counted in video_mcp_ended_jobs_total.",
            ["state", "model"],
            registry=registry,
        )
        self._ledger_up = Gauge("video_mcp_ledger_up", "1 when the ledger answered this scrape.", registry=registry)
        self._ended = _counter(registry, "ended_jobs", "Jobs that this replica saw end.", "state", "model")
        self._steps = {
            "submit": _counter(registry, "submits", "Creates sent to the gateway.", "model", "outcome"),
            "poll": _counter(registry, "polls", "Polls of the gateway.", "model", "outcome"),
            "deliver": _counter(registry, "deliveries", "Downloads of finished videos.", "model", "outcome"),
        }
        self._step_seconds = Histogram(
            "video_mcp_step_seconds",
            "How long a submit, a poll and a delivery took.",
            ["step"],
            buckets=_REQUEST_SECONDS,
            registry=registry,
        )
        self._lag_seconds = Histogram(
            "video_mcp_delivery_lag_seconds",
            "From the gateway's word that a video is ready to its file in the library.",
            buckets=_LAG_SECONDS,
            registry=registry,
        )
        self._bytes = _counter(registry, "delivered_bytes", "Bytes of delivered videos.")
        self._errors = _counter(registry, "errors", "What went wrong with jobs.", "code")
        self._failed_calls = _counter(registry, "failed_calls", "Tool calls answered with an error.", "tool", "code")
        self._spend_usd = _counter(registry, "spend_usd", "Dollars of ended jobs, as the caps count them.", "model")

    def step_ended(self, name: StepName, job: Job, outcome: Outcome, *, seconds: float) -> None:
        """Count a step of a job."""
        self._steps[name].labels(self._model(job.model), outcome).inc()
        self._step_seconds.labels(name).observe(seconds)

    def changed(self, before: Job, event: JobEvent, after: Job) -> None:
        """Count what has happened to a job."""
        if (problem := problem_in(event)) is not None:
            self._errors.labels(self._code(problem.code)).inc()
        if isinstance(event, Delivered):
            self._bytes.inc(event.file.bytes)
        if not after.is_open and type(before.state) is not type(after.state):
            self._count_end(before, after)

    def call_failed(self, tool: str, code: str) -> None:
        """Count a call that was answered with an error."""
        self._failed_calls.labels(tool, self._code(code)).inc()

    def set_jobs(self, numbers: Mapping[tuple[str, str], int] | None) -> None:
        """Take over how many jobs are open by state and model; None when the ledger does not say."""
        self._jobs.clear()
        self._ledger_up.set(0 if numbers is None else 1)
        for (state, model), number in (numbers or {}).items():
            self._jobs.labels(state, self._model(model)).inc(number)

    def _count_end(self, before: Job, after: Job) -> None:
        model = self._model(after.model)
        self._ended.labels(_ended_state(after), model).inc()
        if before.is_open and after.charged != "no":
            self._spend_usd.labels(model).inc(after.counted_usd or 0.0)
        if isinstance(after.state, Completed) and after.rendered_at is not None and after.finished_at is not None:
            self._lag_seconds.observe(max(0.0, after.finished_at - after.rendered_at))

    def _model(self, model: str) -> str:
        return model if model in self._models else _OTHER

    def _code(self, code: str) -> str:
        return code if code in self._codes else _OTHER


def _counter(registry: CollectorRegistry, name: str, description: str, *labels: str) -> Counter:
    return Counter(f"video_mcp_{name}", description, labels, registry=registry)


def _ended_state(job: Job) -> str:
    match job.state:
        case Completed():
            return "completed"
        case Failed():
            return "failed"
        case Unknown():
            return "unknown"
        case _:
            return _OTHER


def _error_codes(error: type[VideoMCPError]) -> Iterator[str]:
    yield error.code
    for kind in error.__subclasses__():
        yield from _error_codes(kind)
