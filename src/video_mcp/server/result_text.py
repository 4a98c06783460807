"""The same facts as text, for clients that show no structure. Pure."""

from __future__ import annotations

from video_mcp.jobs.progress import clock
from video_mcp.server.answer_models import FileAnswer, SpendingAnswer, VideoJob, VideoList, VideoSummary
from video_mcp.server.error_results import ErrorResult

_MOST_BYTES_OF_JOB = 1000
_MOST_BYTES_OF_ERROR = 4000


def job_text(answer: VideoJob) -> str:
    """Return a job's answer as a few plain lines, no sentence twice."""
    lines: list[str | None] = [_headline(answer)]
    if answer.file is not None:
        lines.append(_place(answer.file))
        lines.append(f"Resource: {answer.resource_uri}" if answer.resource_uri is not None else None)
    if answer.preview is not None:
        uri = f"({answer.preview.resource_uri})" if answer.preview.resource_uri is not None else None
        lines.append(" ".join(filter(None, [f"{answer.preview.kind.capitalize()}:", answer.preview.path, uri])))
    if answer.error is not None:
        lines.append(" ".join(filter(None, [answer.error.message, answer.error.advice])))
    lines += [f"Note: {warning}" for warning in answer.warnings or []]
    lines.append(_cost(answer))
    lines.append(f"The gateway's own id: {answer.upstream_id}." if answer.upstream_id is not None else None)
    if answer.next_action is not None:
        lines.append(answer.next_action)
    return bounded("\n".join(filter(None, lines)), _MOST_BYTES_OF_JOB)


def _place(file: FileAnswer) -> str:
    if file.download_url is None:
        return f"File: {file.path}"
    return f"Download (until {file.expires_at}): {file.download_url}"


def list_text(answer: VideoList) -> str:
    """Return the list of videos, a line each, and what was spent."""
    lines = [_summary_line(video) for video in answer.videos] or ["No videos yet. create_video makes one."]
    ended = [f"Ended: {answer.ended_video_id}."] if answer.ended_video_id is not None else []
    return "\n".join([*ended, *lines, _spending_line(answer.spending)])


def _summary_line(video: VideoSummary) -> str:
    cost = _amount(video)
    state = f"{video.video_id}  {video.status}  {video.model}  {clock(video.age_seconds)} ago"
    facts = f"{state}  charged: {video.charged}{cost}"
    return "  ".join(filter(None, [facts, f'"{video.prompt}"', video.path or video.reason]))


def _spending_line(spending: SpendingAnswer) -> str:
    caps = [
        f"{name.removeprefix('max_').replace('_', ' ')} at most {value:g}"
        for name, value in spending.as_json().items()
        if name.startswith("max_") and isinstance(value, int | float)
    ]
    limits = f" Caps: {', '.join(caps)}." if caps else " No caps are set."
    return (
        f"Last 24 hours: {spending.videos} videos, {spending.seconds:g} s, about {spending.cost_usd:.2f} USD "
        f"(as charged where the gateway says it, else estimated).{limits}"
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


def _cost(answer: VideoJob) -> str | None:
    if answer.charged is None:
        return None
    return f"Charged: {answer.charged}{_amount(answer)}."


def _amount(answer: VideoJob | VideoSummary) -> str:
    """Return what was charged, or about what it costs; both where they differ."""
    charged, estimated = answer.charged_usd, answer.estimated_cost_usd
    about = f"about {estimated:.2f} USD" if estimated is not None else ""
    if charged is None:
        return f", {about}" if about else ""
    said = f", {charged:.2f} USD"
    return f"{said} (estimated {about})" if estimated is not None and estimated != charged else said


def _headline(answer: VideoJob) -> str:
    facts = [answer.status, answer.model]
    if answer.file is not None:
        facts.append(file_facts(answer.file))
    elif answer.elapsed_seconds is not None:
        facts.append(f"{clock(answer.elapsed_seconds)} elapsed")
    if answer.eta_seconds is not None:
        facts.append(f"about {clock(answer.eta_seconds)} left")
    return f"Video {answer.video_id}: {', '.join(facts)}."
