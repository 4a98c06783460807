"""From a job to what callers are told of it. Pure."""

from __future__ import annotations

from pathlib import PurePath

from video_mcp.jobs.job import Completed, Failed, Job, Problem, Rendered, Rendering, Unknown, VideoFile
from video_mcp.jobs.progress import eta_seconds, percent_done
from video_mcp.server.answers import ErrorAnswer, FileAnswer, VideoJob, VideoSummary, content_uri

_EXCERPT_CHARACTERS = 80
_POLL_AFTER_SECONDS = 5


def job_answer(job: Job, *, path: PurePath | None, now: float) -> VideoJob:
    """Return what callers are told of a job; `path` is the finished file's, as the person knows it."""
    end = job.finished_at if job.finished_at is not None else now
    file = job.state.file if isinstance(job.state, Completed) and job.state.removed_at is None else None
    problem = problem_in(job)
    return VideoJob(
        video_id=job.id,
        status=job.status,
        model=job.model,
        progress=percent_done(job, now=now) if job.status not in {"failed", "unknown"} else None,
        elapsed_seconds=max(0, round(end - job.created_at)),
        eta_seconds=eta_seconds(job, now=now),
        poll_after_seconds=_POLL_AFTER_SECONDS if job.is_open else None,
        next_action=_next_action(job, problem),
        resource_uri=content_uri(job.id) if file is not None else None,
        file=_file_answer(file, path) if file is not None and path is not None else None,
        warnings=[*job.warnings, *_removed(job)] or None,
        charged=job.charged,
        estimated_cost=str(job.cost) if job.cost is not None else None,
        error=ErrorAnswer(code=problem.code, message=problem.message, advice=problem.advice) if problem else None,
    )


def problem_in(job: Job) -> Problem | None:
    """Return what stands between a job and its file, if anything does."""
    match job.state:
        case Rendering(problem=problem) | Rendered(problem=problem):
            return problem
        case Failed(problem=problem) | Unknown(problem=problem):
            return problem
        case _:
            return None


def summary(job: Job, *, now: float) -> VideoSummary:
    """Return a job's line in the list."""
    prompt = " ".join(job.prompt.split())
    short = prompt if len(prompt) <= _EXCERPT_CHARACTERS else f"{prompt[: _EXCERPT_CHARACTERS - 1]}…"
    return VideoSummary(
        video_id=job.id,
        status=job.status,
        model=job.model,
        age_seconds=max(0, round(now - job.created_at)),
        prompt=short,
    )


def _removed(job: Job) -> list[str]:
    if not isinstance(job.state, Completed) or job.state.removed_at is None:
        return []
    return ["Its file was removed to keep the library small; fetch_video brings it again while the gateway has it."]


def _file_answer(file: VideoFile, path: PurePath) -> FileAnswer:
    return FileAnswer(
        path=str(path),
        bytes=file.bytes,
        sha256=file.sha256,
        seconds=file.seconds,
        width=file.width,
        height=file.height,
        fps=file.fps,
        has_audio=file.has_audio,
    )


def _next_action(job: Job, problem: Problem | None) -> str | None:
    if isinstance(job.state, Rendered) and problem is not None:
        return (
            f"Call fetch_video with video_id {job.id}: the video is paid and finished, only its file is not here yet."
        )
    if job.is_open:
        return f"Call get_video_status with video_id {job.id} and wait_seconds 45; do not create it again."
    if job.status == "completed":
        return None
    return problem.advice if problem is not None else None
