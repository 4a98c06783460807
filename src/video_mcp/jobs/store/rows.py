"""A job as a row of plain values, and back. Pure; the ledger alone knows the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import assert_never

from pydantic import JsonValue, TypeAdapter

from video_mcp.jobs.job import (
    Completed,
    Failed,
    Job,
    JobState,
    Phase,
    Problem,
    Rendered,
    Rendering,
    Submitting,
    Unknown,
    Unsent,
    VideoFile,
    WaitsFor,
)
from video_mcp.types import Charged

Row = dict[str, JsonValue]

_problem = TypeAdapter(Problem)
_file = TypeAdapter(VideoFile)
_phase: TypeAdapter[Phase] = TypeAdapter(Phase)
_waits_for: TypeAdapter[WaitsFor] = TypeAdapter(WaitsFor)
_charged: TypeAdapter[Charged] = TypeAdapter(Charged)

OPEN_STATES = ("unsent", "submitting", "rendering", "rendered")


def to_row(job: Job) -> Row:
    """Return the columns of a job."""
    return {
        "id": job.id,
        "principal": job.principal,
        "account": job.account,
        "adopted": job.adopted,
        "model": job.model,
        "family": job.family,
        "mode": job.mode,
        "prompt": job.prompt,
        "parameters": dict(job.parameters),
        "external_task_id": own_name(job),
        "warnings": list(job.warnings),
        "fingerprint": job.fingerprint,
        "seconds": requested_seconds(job),
        "resolution": requested_resolution(job),
        "cost": asdict(job.cost) if job.cost is not None else None,
        "cost_usd": job.counted_usd,
        "charged_usd": job.charged_usd,
        "expected_seconds": job.expected_seconds,
        "created_at": job.created_at,
        "waiting_since": job.waiting_since,
        "updated_at": job.updated_at,
        "rendered_at": job.rendered_at,
        "finished_at": job.finished_at,
        "fetched_at": job.fetched_at,
        "traceparent": job.traceparent,
        "revision": job.revision,
        **_state_columns(job.state),
    }


def requested_seconds(job: Job) -> float:
    """Return the seconds that count: those requested, or where the model chooses those of the file, or the longest."""
    seconds = job.parameters.get("seconds")
    if isinstance(seconds, int | float) and seconds > 0:
        return float(seconds)
    if isinstance(job.state, Completed):
        return job.state.file.seconds
    longest = job.parameters.get("seconds_at_most")
    return float(longest) if isinstance(longest, int | float) else 0.0


def own_name(job: Job) -> str | None:
    """Return the caller's own name for a job, if they gave one."""
    name = job.parameters.get("external_task_id")
    return name if isinstance(name, str) and name else None


def requested_resolution(job: Job) -> str | None:
    """Return the requested resolution, if any."""
    resolution = job.parameters.get("resolution")
    return resolution if isinstance(resolution, str) else None


def _state_columns(state: JobState) -> Row:
    empty: Row = {
        "upstream_id": None,
        "phase": None,
        "progress": None,
        "problem": None,
        "charged": None,
        "file": None,
        "file_bytes": None,
        "removed_at": None,
    }
    match state:
        case Unsent(waits_for=waits_for, problem=problem):
            stated = asdict(problem) if problem is not None else None
            return {**empty, "state": "unsent", "phase": waits_for, "problem": stated}
        case Submitting():
            return {**empty, "state": "submitting"}
        case Rendering():
            return {**empty, "state": "rendering", **asdict(state)}
        case Rendered():
            return {**empty, "state": "rendered", **asdict(state)}
        case Completed():
            return {**empty, "state": "completed", **asdict(state), "file_bytes": state.file.bytes}
        case Failed():
            return {**empty, "state": "failed", **asdict(state)}
        case Unknown():
            return {**empty, "state": "unknown", **asdict(state)}
        case _:
            assert_never(state)


def from_row(row: Mapping[str, object]) -> Job:
    """Return the job that a row holds.

    Raises:
        ValueError: If the row is none that `to_row` could have written.
    """
    facts = {name: row[name] for name in _PLAIN}
    return _job.validate_python({**facts, "parameters": row["parameters"], "state": _state_of(row)})


_PLAIN = (
    "id",
    "principal",
    "account",
    "adopted",
    "model",
    "family",
    "mode",
    "prompt",
    "warnings",
    "fingerprint",
    "cost",
    "charged_usd",
    "expected_seconds",
    "created_at",
    "waiting_since",
    "updated_at",
    "rendered_at",
    "finished_at",
    "fetched_at",
    "traceparent",
    "revision",
)
_job = TypeAdapter(Job)


def _state_of(row: Mapping[str, object]) -> JobState:  # noqa: C901 - one flat table of every state
    upstream_id = str(row["upstream_id"]) if row["upstream_id"] is not None else None
    problem = _problem.validate_python(row["problem"]) if row["problem"] is not None else None
    match row["state"], upstream_id, problem:
        case "unsent", None, _:
            return Unsent(waits_for=_waits_for.validate_python(row["phase"]), problem=problem)
        case "submitting", None, None:
            return Submitting()
        case "rendering", str(known), _:
            progress = row["progress"]
            percent = progress if isinstance(progress, int) else None
            phase = _phase.validate_python(row["phase"])
            return Rendering(upstream_id=known, phase=phase, progress=percent, problem=problem)
        case "rendered", str(known), _:
            return Rendered(upstream_id=known, problem=problem)
        case "completed", str(known), None:
            removed_at = row["removed_at"]
            return Completed(
                upstream_id=known,
                file=_file.validate_python(row["file"]),
                removed_at=removed_at if isinstance(removed_at, float) else None,
            )
        case "failed", _, Problem() as why:
            charged = _charged.validate_python(row["charged"])
            return Failed(problem=why, charged=charged, upstream_id=upstream_id)
        case "unknown", _, Problem() as why:
            return Unknown(problem=why, upstream_id=upstream_id)
        case word, _, _:
            msg = f"the ledger's row {row['id']} has state {word!r} without what belongs to it"
            raise ValueError(msg)
