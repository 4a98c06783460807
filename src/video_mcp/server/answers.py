"""What every tool answers about a job: one model, absent rather than null, and the same facts as text."""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from video_mcp.errors import Charged
from video_mcp.jobs.job import Completed, Failed, Job, Problem, Rendered, Rendering, Unknown, VideoFile
from video_mcp.jobs.progress import clock, eta_seconds, percent_done

_EXCERPT_CHARACTERS = 80
_POLL_AFTER_SECONDS = 5


class Answer(BaseModel):
    """A part of an answer; fields without a value are left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FileAnswer(Answer):
    """The finished file."""

    path: str
    bytes: int
    sha256: str
    seconds: float
    width: int
    height: int
    fps: float
    has_audio: bool


class ErrorAnswer(Answer):
    """What went wrong, and what to do next."""

    code: str
    message: str
    advice: str | None = None


class VideoJob(Answer):
    """One video: how it is doing, and the file when it is finished."""

    video_id: str
    status: Literal["queued", "in_progress", "completed", "failed", "unknown"]
    model: str
    progress: Annotated[float, Field(ge=0, le=100)] | None = None
    elapsed_seconds: int | None = None
    eta_seconds: int | None = None
    poll_after_seconds: int | None = None
    next_action: str | None = None
    resource_uri: str | None = None
    file: FileAnswer | None = None
    warnings: list[str] | None = None
    estimated_cost: str | None = None
    charged: Charged | None = None
    duplicate_of: str | None = None
    error: ErrorAnswer | None = None


class VideoSummary(Answer):
    """One line of the list of videos."""

    video_id: str
    status: Literal["queued", "in_progress", "completed", "failed", "unknown"]
    model: str
    age_seconds: int
    prompt: str


def content_uri(video_id: str) -> str:
    """Return the address of a finished video's bytes."""
    return f"video://{video_id}/content"


def job_answer(job: Job, *, path: PurePath | None, now: float) -> VideoJob:
    """Return what callers are told of a job; `path` is the finished file's, as the person knows it."""
    end = job.finished_at if job.finished_at is not None else now
    file = job.state.file if isinstance(job.state, Completed) and job.state.removed_at is None else None
    problem = problem_in(job)
    return VideoJob(
        video_id=job.id,
        status=job.status,
        model=job.model,
        progress=percent_done(job, now=now) if job.status != "failed" else None,
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


def _removed(job: Job) -> list[str]:
    if not isinstance(job.state, Completed) or job.state.removed_at is None:
        return []
    return ["Its file was removed to keep the library small; fetch_video brings it again while the gateway has it."]


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


def as_text(answer: VideoJob) -> str:
    """Return a job's answer as a few plain lines, for clients that show no structure."""
    lines = [_headline(answer)]
    if answer.file is not None:
        lines += [f"File: {answer.file.path}", f"Resource: {answer.resource_uri}"]
    if answer.error is not None:
        lines.append(" ".join(filter(None, [answer.error.message, answer.error.advice])))
    lines += [f"Note: {warning}" for warning in answer.warnings or []]
    if answer.next_action is not None:
        lines.append(answer.next_action)
    return bounded("\n".join(lines))


def bounded(text: str, most_bytes: int = 1000) -> str:
    """Return a text cut to a number of bytes, at a letter's edge."""
    raw = text.encode()
    return text if len(raw) <= most_bytes else raw[: most_bytes - 4].decode(errors="ignore") + "…"


def summaries_as_text(videos: list[VideoSummary]) -> str:
    """Return the list of videos, a line each."""
    if not videos:
        return "No videos yet. create_video makes one."
    return "\n".join(
        f"{video.video_id}  {video.status}  {video.model}  {clock(video.age_seconds)} ago  {video.prompt}"
        for video in videos
    )


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


def _headline(answer: VideoJob) -> str:
    if answer.file is not None:
        file = answer.file
        sound = "with sound" if file.has_audio else "silent"
        size = f"{file.bytes / 1_000_000:.1f} MB"
        picture = f"{file.width}x{file.height}, {file.fps:g} fps"
        return f"{answer.model}: completed, {file.seconds:g} s, {picture}, {sound}, {size}."
    elapsed = f", {clock(answer.elapsed_seconds)} elapsed" if answer.elapsed_seconds is not None else ""
    rest = f", about {clock(answer.eta_seconds)} left" if answer.eta_seconds is not None else ""
    return f"{answer.model}: {answer.status}{elapsed}{rest}. video_id: {answer.video_id}"


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
