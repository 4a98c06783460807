"""A job: its facts, its states and the only ways from one to the next. Pure.

```
Submitting ──accepted──▶ Rendering ──rendered──▶ Rendered ──delivered──▶ Completed
    │ refused               │ failed                │ delivery failed: stays, with its problem
    ▼                       ▼                       ▼
  Failed                  Failed                  (fetched again later)
    │ lost                  │ deadline, gone
    ▼                       ▼
 Unknown ◀──────────────────┘        Unknown is never submitted again by itself
```

Unknown is what nobody knows, and it ends when somebody does: a late answer to the create (Rendering, Failed), or to a
question about a video whose id is known (Rendered, Failed).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, assert_never

from pydantic import JsonValue

from video_mcp.errors import InvalidTransition, JobReference
from video_mcp.jobs.budget import Cost
from video_mcp.types import Charged

JobStatus = Literal["queued", "in_progress", "completed", "failed", "unknown"]
Phase = Literal["queued", "in_progress"]

LOCAL_PRINCIPAL = "local"
"""Whoever uses a server that asks nobody who they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why something did not work, and what to do next; never holds a key, a signed link or a body."""

    code: str
    message: str
    advice: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFile:
    """A finished video in the library: its name below the output folder, and what is in it.

    Where the file could not be looked into, its numbers are 0 and `warnings` says why.
    """

    name: str
    bytes: int
    sha256: str
    seconds: float
    width: int
    height: int
    fps: float
    has_audio: bool
    media_type: str = "video/mp4"
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Submitting:
    """The row is written; the request may have left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """The gateway has taken the job; `progress` is its own word, 0 to 100, when it gives one.

    `problem` says why it cannot be asked about at the moment, such as a key that is refused.
    """

    upstream_id: str
    phase: Phase = "queued"
    progress: int | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """The video is finished and paid at the gateway, and not yet here; `problem` says why not."""

    upstream_id: str
    problem: Problem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """The file is here, checked and whole; or it was, until housekeeping removed it at `removed_at`."""

    upstream_id: str
    file: VideoFile
    removed_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """No video will come."""

    problem: Problem
    charged: Charged
    upstream_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Nobody knows whether a video was made: the answer got lost, or the job outlived its deadline."""

    problem: Problem
    upstream_id: str | None = None


JobState = Submitting | Rendering | Rendered | Completed | Failed | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The gateway answered the create with its own id."""

    upstream_id: str
    phase: Phase = "queued"
    progress: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The gateway, or the way to it, said no before anything was charged."""

    problem: Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """The request left and no answer came; or the job can no longer be asked about."""

    problem: Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """The gateway says that the job is still open; `warnings` tell what it says in words that nobody knows."""

    phase: Phase
    progress: int | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PollStopped:
    """The gateway refuses to say how the job is doing; it stays open and can be asked about later."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class RenderFinished:
    """The gateway says that the video is ready."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderFailed:
    """The gateway says that there will be no video."""

    problem: Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """The file is in the library, whole and checked; `notes` tell where it differs from what was asked."""

    file: VideoFile
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileRemoved:
    """Housekeeping took the file away; the job stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFailed:
    """The file could not be brought here; it can be fetched again."""

    problem: Problem


JobEvent = (
    Accepted
    | Refused
    | Lost
    | Polled
    | PollStopped
    | RenderFinished
    | RenderFailed
    | Delivered
    | DeliveryFailed
    | FileRemoved
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One video that was asked for. Times are Unix seconds.

    `id` is ours and never changes; the gateway's own id lives in the state. `asked` holds the canonical parameters
    without media. `revision` counts the ledger's writes. `rendered_at` is when the gateway first said that the video
    was ready, `fetched_at` when its file was last wanted, `traceparent` the trace that the create belongs to.
    """

    id: str
    principal: str = LOCAL_PRINCIPAL
    adopted: bool = False
    model: str
    family: str
    mode: str
    prompt: str
    asked: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    warnings: tuple[str, ...] = ()
    fingerprint: str = ""
    cost: Cost | None = None
    expected_seconds: float
    created_at: float
    updated_at: float
    rendered_at: float | None = None
    finished_at: float | None = None
    fetched_at: float | None = None
    traceparent: str | None = None
    revision: int = 0
    state: JobState = field(default_factory=Submitting)

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done for this job."""
        return isinstance(self.state, Submitting | Rendering | Rendered)

    @property
    def upstream_id(self) -> str | None:
        """The gateway's id, the one that its create gave."""
        return None if isinstance(self.state, Submitting) else self.state.upstream_id

    @property
    def status(self) -> JobStatus:
        """The word that callers see."""
        match self.state:
            case Submitting():
                return "queued"
            case Rendering(phase=phase):
                return phase
            case Rendered():
                return "in_progress"
            case Completed():
                return "completed"
            case Failed():
                return "failed"
            case Unknown():
                return "unknown"
            case _:
                assert_never(self.state)

    @property
    def charged(self) -> Charged:
        """Whether this job cost money, as far as anybody can know."""
        match self.state:
            case Submitting() | Unknown():
                return "unknown"
            case Failed(charged=charged):
                return charged
            case Rendering() | Rendered() | Completed():
                return "yes"
            case _:
                assert_never(self.state)

    @property
    def reference(self) -> JobReference:
        """What an error about this job carries."""
        return JobReference(video_id=self.id, charged=self.charged)


def transition(job: Job, event: JobEvent, *, now: float) -> Job:
    """Return the job after an event; a status never goes backwards.

    Raises:
        InvalidTransition: If the state does not allow the event.
    """
    state = _next_state(job, event, now)
    is_open = isinstance(state, Submitting | Rendering | Rendered)
    ended = None if is_open else job.finished_at if job.finished_at is not None else now
    notes = event.notes if isinstance(event, Delivered) else event.warnings if isinstance(event, Polled) else ()
    warnings = tuple(dict.fromkeys((*job.warnings, *notes)))
    return replace(
        job,
        state=state,
        updated_at=now,
        rendered_at=now if isinstance(event, RenderFinished) and job.rendered_at is None else job.rendered_at,
        finished_at=ended,
        fetched_at=now if isinstance(event, Delivered) else job.fetched_at,
        warnings=warnings,
    )


def _next_state(job: Job, event: JobEvent, now: float) -> JobState:  # noqa: C901 - one flat table of every legal step
    match (job.state, event):
        case (Submitting() | Unknown(upstream_id=None), Accepted(upstream_id=upstream_id)):
            return Rendering(upstream_id=upstream_id, phase=event.phase, progress=event.progress)
        case (Submitting() | Unknown(upstream_id=None), Refused(problem=problem)):
            return Failed(problem=problem, charged="no")
        case (Submitting() | Rendering() | Rendered(), Lost(problem=problem)):
            return Unknown(problem=problem, upstream_id=job.upstream_id)
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
