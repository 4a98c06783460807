"""What can happen to a job, and the state that follows; no other step is possible. Pure.

```
 Unsent ──approved: still unsent, waits for a place; refused by the user, or waited too long──▶ Failed
    │ begun   ▲
    ▼         │ deferred: the gateway has no place
Submitting ──accepted──▶ Rendering ──rendered──▶ Rendered ──delivered──▶ Completed
    │ refused               │ failed                │ delivery failed: stays, with its problem
    ▼                       ▼                       ▼
  Failed                  Failed                  (fetched again later)
    │ lost                  │ deadline, gone
    ▼                       ▼
 Unknown ◀──────────────────┘        Unknown is never submitted again by itself
```

Unknown ends with better knowledge: a late answer to the create (Rendering, Failed), or to a
question about a video whose id is known (Rendered, Failed).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from video_mcp.errors import InvalidTransition
from video_mcp.jobs.job import (
    Completed,
    Failed,
    Job,
    JobState,
    Phase,
    Problem,
    Rendered,
    Rendering,
    RenderingChange,
    Submitting,
    Unknown,
    Unsent,
    VideoFile,
)


@dataclass(frozen=True, slots=True)
class Approved:
    """The user has said yes; the request leaves as soon as a place is free."""


@dataclass(frozen=True, slots=True)
class SubmissionBegun:
    """A request that waited is about to be sent; the job's time counts from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferred:
    """The gateway has refused the create because too much is under way there; nothing was charged."""

    problem: Problem
    retry_after_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The gateway answered the create with its own id, and perhaps with when it wants to be polled."""

    upstream_id: str
    phase: Phase = "queued"
    progress: int | None = None
    poll_after_seconds: float | None = None
    charged_usd: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The gateway, or the way to it, said no before anything was charged."""

    problem: Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """The request left and no answer came; or the job can no longer be polled."""

    problem: Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphaned:
    """The process that sent the request is gone, and the gateway's answer is unknown.

    It fits a job that is still submitting and no other: an answer that was recorded in the meantime counts.
    """

    problem: Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """The gateway says that the job is still open; `warnings` tell what it says in unknown words."""

    phase: Phase
    progress: int | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PollStopped:
    """The gateway refuses to say how the job is doing; it stays open and can be polled later."""

    problem: Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderFinished:
    """The gateway says that the video is ready, and perhaps what it really cost."""

    charged_usd: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderFailed:
    """The gateway says that there will be no video."""

    problem: Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """The file is in the library, complete and checked; `differences` say where it is not what was requested."""

    file: VideoFile
    differences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fetched:
    """The file was requested and is here: retention counts its age from now on."""


@dataclass(frozen=True, slots=True)
class FileRemoved:
    """Retention took the file away; the job stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFailed:
    """The file could not be brought here; it can be fetched again."""

    problem: Problem


JobEvent = (
    Approved
    | SubmissionBegun
    | Deferred
    | Accepted
    | Refused
    | Lost
    | Orphaned
    | Polled
    | PollStopped
    | RenderFinished
    | RenderFailed
    | Delivered
    | DeliveryFailed
    | Fetched
    | FileRemoved
)


def transition(job: Job, event: JobEvent, *, now: float) -> Job:
    """Return the job after an event; a status never goes backwards.

    Raises:
        InvalidTransition: If the state does not allow the event.
    """
    state = _next_state(job, event, now)
    is_open = isinstance(state, Unsent | Submitting | Rendering | Rendered)
    ended = None if is_open else job.finished_at if job.finished_at is not None else now
    warnings = _with(job.warnings, _warnings_of(event))
    return replace(
        job,
        state=state,
        created_at=now if isinstance(event, SubmissionBegun) else job.created_at,
        waiting_since=_waiting_since(job, event, now),
        updated_at=now,
        rendered_at=now if isinstance(event, RenderFinished) and job.rendered_at is None else job.rendered_at,
        finished_at=ended,
        fetched_at=now if isinstance(event, Delivered | Fetched) else job.fetched_at,
        charged_usd=_charged_usd(event) or job.charged_usd,
        warnings=warnings,
    )


def change_by_poll(job: Job, state: Rendering, event: Polled, *, now: float) -> RenderingChange | None:
    """Return what a poll changes of a rendering job, if anything."""
    further = _further(state, event.phase, event.progress)
    warnings = _with(job.warnings, event.warnings)
    if (further, warnings) == (state, job.warnings):
        return None
    return RenderingChange(state=further, warnings=warnings, updated_at=now)


def _with(warnings: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*warnings, *more)))


def _waiting_since(job: Job, event: JobEvent, now: float) -> float | None:
    match event:
        case Approved():
            return now
        case SubmissionBegun():
            return job.place_wanted_at
        case _:
            return job.waiting_since


def _charged_usd(event: JobEvent) -> float | None:
    return event.charged_usd if isinstance(event, Accepted | RenderFinished) else None


def _warnings_of(event: JobEvent) -> tuple[str, ...]:
    match event:
        case Delivered(differences=warnings) | Polled(warnings=warnings):
            return warnings
        case _:
            return ()


def _next_state(job: Job, event: JobEvent, now: float) -> JobState:  # noqa: C901 - one flat table of every legal step
    match (job.state, event):
        case (Submitting() | Unknown(upstream_id=None), Accepted(upstream_id=upstream_id)):
            return Rendering(upstream_id=upstream_id, phase=event.phase, progress=event.progress)
        case (Unsent(waits_for="approval"), Approved()):
            return Unsent(waits_for="place")
        case (Unsent(waits_for="place"), SubmissionBegun()):
            return Submitting()
        case (Submitting(), Deferred(problem=problem)):
            return Unsent(waits_for="place", problem=problem)
        case (Unsent() | Submitting() | Unknown(upstream_id=None), Refused(problem=problem)):
            return Failed(problem=problem, charged="no")
        case (Unknown(upstream_id=None), Deferred(problem=problem)):
            return Failed(problem=problem, charged="no")
        case (Submitting() | Rendering() | Rendered(), Lost(problem=problem)):
            return Unknown(problem=problem, upstream_id=job.upstream_id)
        case (Submitting(), Orphaned(problem=problem)):
            return Unknown(problem=problem)
        case (Rendering() as before, Polled(phase=phase, progress=progress)):
            return _further(before, phase, progress)
        case (Rendering() as before, PollStopped(problem=problem)):
            return replace(before, problem=problem)
        case (Rendered(), Polled() | RenderFinished()):
            return job.state
        case (Rendering(upstream_id=str(upstream_id)) | Unknown(upstream_id=str(upstream_id)), RenderFinished()):
            return Rendered(upstream_id=upstream_id)
        case (Rendering() | Rendered() | Unknown(upstream_id=str()), RenderFailed(problem=problem)):
            return Failed(problem=problem, charged="unknown", upstream_id=job.upstream_id)
        case (Rendered(upstream_id=upstream_id) | Completed(upstream_id=upstream_id), Delivered(file=file)):
            return Completed(upstream_id=upstream_id, file=file)
        case (Completed(removed_at=None) as before, Fetched()):
            return before
        case (Completed() as before, FileRemoved()):
            return replace(before, removed_at=now)
        case (Rendered(upstream_id=upstream_id), DeliveryFailed(problem=problem)):
            return Rendered(upstream_id=upstream_id, problem=problem)
        case _:
            msg = f"Job {job.id} is {type(job.state).__name__} and cannot take {type(event).__name__}."
            raise InvalidTransition(msg, job=job.reference)


def _further(before: Rendering, phase: Phase, progress: int | None) -> Rendering:
    known = [value for value in (before.progress, progress) if value is not None]
    started = before.phase == "in_progress" or phase == "in_progress"
    return replace(
        before, phase="in_progress" if started else "queued", progress=max(known, default=None), problem=None
    )
