"""The same facts as text, for clients that show no structure. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from video_mcp.jobs.progress import clock
from video_mcp.server.results import ErrorResult, FileAnswer, VideoJob, VideoSummary

_MOST_BYTES_OF_JOB = 1000
_MOST_BYTES_OF_ERROR = 4000


def job_text(answer: VideoJob) -> str:
    """Return a job's answer as a few plain lines."""
    lines = [_headline(answer)]
    if answer.file is not None:
        lines += [f"File: {answer.file.path}", f"Resource: {answer.resource_uri}"]
    if answer.error is not None:
        lines.append(" ".join(filter(None, [answer.error.message, answer.error.advice])))
    lines += [f"Note: {warning}" for warning in answer.warnings or []]
    if answer.next_action is not None:
        lines.append(answer.next_action)
    return bounded("\n".join(lines), _MOST_BYTES_OF_JOB)


def list_text(videos: Sequence[VideoSummary]) -> str:
    """Return the list of videos, a line each."""
    if not videos:
        return "No videos yet. create_video makes one."
    return "\n".join(
        f"{video.video_id}  {video.status}  {video.model}  {clock(video.age_seconds)} ago  {video.prompt}"
        for video in videos
    )


def error_text(answer: ErrorResult) -> str:
    """Return what went wrong, what to do next, and what it cost."""
    about = f" (video_id: {answer.video_id})" if answer.video_id is not None else ""
    parts = [answer.error.message, answer.error.advice, f"Charged: {answer.charged}{about}."]
    return bounded(" ".join(filter(None, parts)), _MOST_BYTES_OF_ERROR)


def file_facts(file: FileAnswer) -> str:
    """Return what is in a file, as one phrase: `5 s, 1280x720, 24 fps, with sound, 3.1 MB`."""
    size = f"{file.bytes / 1_000_000:.1f} MB"
    if not file.width:
        return f"{file.media_type}, {size}"
    sound = "with sound" if file.has_audio else "silent"
    fps = f"{file.fps:g} fps, " if file.fps else ""
    return f"{file.seconds or 0:g} s, {file.width}x{file.height}, {fps}{sound}, {size}"


def bounded(text: str, most_bytes: int) -> str:
    """Return a text cut to a number of bytes, at a letter's edge."""
    raw = text.encode()
    return text if len(raw) <= most_bytes else raw[: most_bytes - 4].decode(errors="ignore") + "…"


def _headline(answer: VideoJob) -> str:
    if answer.file is not None:
        return f"{answer.model}: completed, {file_facts(answer.file)}."
    elapsed = f", {clock(answer.elapsed_seconds)} elapsed" if answer.elapsed_seconds is not None else ""
    rest = f", about {clock(answer.eta_seconds)} left" if answer.eta_seconds is not None else ""
    return f"{answer.model}: {answer.status}{elapsed}{rest}. video_id: {answer.video_id}"
