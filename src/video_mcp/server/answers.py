"""What every tool answers about a job: one model, absent rather than null, and the same facts as text."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from video_mcp.jobs.spans import clock
from video_mcp.types import Charged


class Answer(BaseModel):
    """A part of an answer; fields without a value are left out."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


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
