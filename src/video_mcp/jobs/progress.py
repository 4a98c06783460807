"""How far a job is, for people: a rising number and one line. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from video_mcp.jobs.job import Completed, Job, Rendered, Rendering, Submitting, Unsent

_AT_EXPECTED_END = 85.0
_CEILING = 95.0
_SMALLEST_STEP = 0.1


def clock(seconds: float) -> str:
    """Return seconds as people write them: `42 s`, `3 min 05 s`."""
    whole = max(0, round(seconds))
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One progress notification: `percent` of 100, and what to read beside it."""

    percent: float
    message: str


def percent_done(job: Job, *, now: float) -> float:
    """Return how far a job is, 0 to 100: the gateway's word, or the elapsed share of the expected time."""
    if not job.is_open:
        return 100.0
    if isinstance(job.state, Unsent):
        return 0.0
    if isinstance(job.state, Rendered):
        return 97.0
    said = job.state.progress if isinstance(job.state, Rendering) and job.state.progress else 0
    share = max(0.0, now - job.created_at) / max(job.expected_seconds, 1.0)
    return round(min(_CEILING, max(float(said), _by_time(share))), 1)


def _by_time(share: float) -> float:
    """Rise evenly to the expected end, then ever slower towards the ceiling."""
    if share <= 1:
        return _AT_EXPECTED_END * share
    return _AT_EXPECTED_END + (_CEILING - _AT_EXPECTED_END) * (1 - 1 / share)


def eta_seconds(job: Job, *, now: float) -> int | None:
    """Return the seconds that rendering probably still takes; None when it is over or overdue."""
    if not isinstance(job.state, Submitting | Rendering):
        return None
    left = job.expected_seconds - (now - job.created_at)
    return max(1, round(left)) if left > 0 else None


def next_progress(job: Job, *, now: float, last_percent: float) -> Progress:
    """Return the next notification, its number strictly above `last_percent`."""
    percent = percent_done(job, now=now)
    if percent <= last_percent:
        percent = round(min(last_percent + _SMALLEST_STEP, 99.9), 3)
    if percent <= last_percent:  # years of heartbeats: creep towards the end without reaching it
        percent = last_percent + (100 - last_percent) / 1000
    return Progress(percent=percent, message=describe(job, now=now))


def describe(job: Job, *, now: float) -> str:
    """Return one line: model, state, elapsed and expected remaining time."""
    elapsed = clock(now - job.created_at)
    eta = eta_seconds(job, now=now)
    return f"{job.model}: {_doing(job)}, {elapsed} elapsed{_remaining(job, eta)} ({job.id})"


def _remaining(job: Job, eta: int | None) -> str:
    if eta is not None:
        return f", about {clock(eta)} left"
    return ", longer than usual" if isinstance(job.state, Rendering) else ""


def _doing(job: Job) -> str:
    match job.state:
        case Unsent(waits_for=waits_for):
            return "waiting for the user's approval" if waits_for == "approval" else "waiting for a free place"
        case Submitting():
            return "submitting"
        case Rendering(phase="queued"):
            return "queued"
        case Rendering():
            return "rendering"
        case Rendered():
            return "downloading"
        case Completed():
            return "completed"
        case _:
            return job.status
