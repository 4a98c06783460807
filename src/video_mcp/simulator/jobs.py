"""A rendering job: pure, every answer follows from the clock."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from video_mcp.simulator.clip import ClipPlan

JobStatus = Literal["queued", "in_progress", "completed", "failed"]

FAIL_MARKER = "[fail]"
"""A prompt with this word is accepted and then ends as failed, the way a moderated prompt does."""

_PROGRESS_STEP = 10
_LAST_OPEN_PROGRESS = 90


@dataclass(frozen=True, slots=True)
class JobFailure:
    """Why a job failed, in the gateway's words."""

    code: str
    message: str


MODERATED = JobFailure("content_policy_violation", "The prompt was blocked by the moderation system.")

PERSON_MARKER = "[person]"
"""A prompt with this word is accepted and then ends as a picture of a real person does at Seedance."""

REAL_PERSON = JobFailure(
    "InputImageSensitiveContentDetected.PrivacyInformation",
    "The request failed because the input image may contain real person.",
)
_FAILURES = MappingProxyType({FAIL_MARKER: MODERATED, PERSON_MARKER: REAL_PERSON})


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One accepted (and therefore charged) request."""

    id: str
    model: str
    seconds: int
    size: str
    clip: ClipPlan
    created_at: float
    starts_at: float
    ends_at: float
    prompt: str = ""
    failure: JobFailure | None = None


@dataclass(frozen=True, slots=True)
class JobView:
    """What a job looks like at one moment."""

    status: JobStatus
    progress: int
    completed_at: float | None = None


def view(job: Job, now: float) -> JobView:
    """Return the job's state at a time; later times never show less progress."""
    if now < job.starts_at:
        return JobView("queued", 0)
    if now >= job.ends_at:
        return _ended(job)
    return JobView("in_progress", _coarse_progress(job, now))


def failure_for(prompt: str) -> JobFailure | None:
    """Return how a prompt is going to fail, if a marker in it says so."""
    return next((failure for marker, failure in _FAILURES.items() if marker in prompt), None)


def _ended(job: Job) -> JobView:
    if job.failure is None:
        return JobView("completed", 100, job.ends_at)
    return JobView("failed", 100, job.ends_at)


def _coarse_progress(job: Job, now: float) -> int:
    share = (now - job.starts_at) / max(job.ends_at - job.starts_at, 1e-9)
    steps = int(share * 100) // _PROGRESS_STEP * _PROGRESS_STEP
    return min(max(steps, _PROGRESS_STEP), _LAST_OPEN_PROGRESS)
