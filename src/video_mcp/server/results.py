"""Everything an answer says of a job, a list of jobs or an error: one model, for MCP and for `--json`. Pure."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, Literal, assert_never, cast

from pydantic import BaseModel, ConfigDict, Field

from video_mcp.errors import ConfigurationError, ConfirmationNeeded, Finding, InvalidRequest, JobNotFound, VideoMCPError
from video_mcp.jobs.job import Completed, Failed, Job, Problem, Rendered, Rendering, Unknown, VideoFile
from video_mcp.jobs.progress import eta_seconds, percent_done
from video_mcp.types import Charged, JsonObject

if TYPE_CHECKING:
    from video_mcp.media.stored_file import FileState

_EXCERPT_CHARACTERS = 80
_POLL_AFTER_SECONDS = 5
_MOST_ALLOWED = 12

Status = Literal["queued", "in_progress", "completed", "failed", "unknown"]


class Answer(BaseModel):
    """A part of an answer; fields without a value are left out."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    def as_json(self) -> JsonObject:
        """Return the answer as it is sent: absent rather than null."""
        return cast("JsonObject", self.model_dump(mode="json", exclude_none=True))


class FileAnswer(Answer):
    """The finished file; where it could not be looked into, only what is known without that."""

    path: str
    bytes: int
    sha256: str
    seconds: float | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    has_audio: bool | None = None
    media_type: str


class ErrorAnswer(Answer):
    """What went wrong, and what to do next."""

    code: str
    message: str
    advice: str | None = None


class VideoJob(Answer):
    """One video: how it is doing, and the file when it is finished."""

    video_id: str
    status: Status
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
    status: Status
    model: str
    age_seconds: int
    prompt: str


class FindingAnswer(Answer):
    """One reason why a request was refused, and what would work."""

    field: str
    message: str
    value: str | int | float | bool | None = None
    allowed: list[str | int | float | bool] | None = None
    nearest: str | int | float | bool | None = None
    models: list[str] | None = None


class ErrorDetails(ErrorAnswer):
    """What went wrong in a call; `problems` are of the settings, `findings` of the request."""

    problems: list[str] | None = None
    findings: list[FindingAnswer] | None = None


class ErrorResult(Answer):
    """The answer of a call that did not do what was asked; `charged` and `video_id` are those of its job."""

    error: ErrorDetails
    charged: Charged
    video_id: str | None = None
    confirmation_token: str | None = None


def content_uri(video_id: str) -> str:
    """Return the address of a finished video's bytes."""
    return f"video://{video_id}/content"


def job_answer(job: Job, *, path: PurePath | None, now: float, file_state: FileState | None = None) -> VideoJob:
    """Return what callers are told of a job.

    `path` is the finished file's, as the user's machine calls it, and `file_state` what a look at it says.
    """
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
        warnings=[*job.warnings, *_removed(job), *_unfit(job, file_state)] or None,
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


def error_result(error: Exception) -> ErrorResult:
    """Return the facts of an error, for MCP and for `--json`; of one that nobody foresaw, only its kind.

    An error about a job carries the job; before there is one, nothing was charged.
    """
    if not isinstance(error, VideoMCPError):
        return ErrorResult(error=_unexpected(error), charged="no")
    asked_for = error.video_id if isinstance(error, JobNotFound) else None
    return ErrorResult(
        error=ErrorDetails(
            code=error.code,
            message=error.message,
            advice=_advice(error),
            problems=[*error.problems] if isinstance(error, ConfigurationError) else None,
            findings=[_finding(found) for found in error.findings] if isinstance(error, InvalidRequest) else None,
        ),
        charged=error.job.charged if error.job is not None else "no",
        video_id=error.job.video_id if error.job is not None else asked_for,
        confirmation_token=error.token if isinstance(error, ConfirmationNeeded) else None,
    )


def _unexpected(error: Exception) -> ErrorDetails:
    return ErrorDetails(
        code="internal",
        message=f"Something unexpected went wrong in video-mcp ({type(error).__name__}).",
        advice="Its log on stderr has the details; get_video_status shows whether a video was begun.",
    )


def _advice(error: VideoMCPError) -> str | None:
    if isinstance(error, ConfigurationError):
        return "Set it in the server's environment in your client's configuration, then restart the client."
    return error.advice


def _finding(finding: Finding) -> FindingAnswer:
    """Return a finding as structure; a long list of allowed values is in the message and in list_models."""
    return FindingAnswer(
        field=finding.field,
        message=finding.message,
        value=finding.value,
        allowed=[*finding.allowed] if 0 < len(finding.allowed) <= _MOST_ALLOWED else None,
        nearest=finding.nearest,
        models=[*finding.models] or None,
    )


def _removed(job: Job) -> list[str]:
    if not isinstance(job.state, Completed) or job.state.removed_at is None:
        return []
    return ["Its file was removed to keep the library small; fetch_video brings it again while the gateway has it."]


def _unfit(job: Job, file_state: FileState | None) -> list[str]:
    match file_state:
        case "gone":
            return [f"Its file is gone; fetch_video with video_id {job.id} downloads it again, without paying."]
        case "changed":
            return [
                f"Its file was changed after the download; fetch_video with video_id {job.id} restores the original."
            ]
        case "present" | None:
            return []
        case _:
            assert_never(file_state)


def _file_answer(file: VideoFile, path: PurePath) -> FileAnswer:
    return FileAnswer(
        path=str(path),
        bytes=file.bytes,
        sha256=file.sha256,
        seconds=file.seconds or None,
        width=file.width or None,
        height=file.height or None,
        fps=file.fps or None,
        has_audio=file.has_audio if file.width else None,
        media_type=file.media_type,
    )


def _next_action(job: Job, problem: Problem | None) -> str | None:
    if isinstance(job.state, Rendered) and problem is not None:
        return (
            f"Call fetch_video with video_id {job.id}: the video is paid and finished, only its file is not here yet."
        )
    if job.is_open:
        return f"Call get_video_status with video_id {job.id} and wait_seconds 45; do not create it again."
    return None
