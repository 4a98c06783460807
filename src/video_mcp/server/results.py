"""Everything an answer says of a job and of a list of jobs: one model, for MCP and for `--json`. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, assert_never

from video_mcp.jobs.budget import Caps, Spent
from video_mcp.jobs.job import Completed, Failed, Job, Problem, Rendered, Rendering, Unknown, Unsent, VideoFile
from video_mcp.jobs.progress import eta_seconds, percent_done
from video_mcp.server.answer_models import ErrorAnswer, FileAnswer, SpendingAnswer, VideoJob, VideoSummary

if TYPE_CHECKING:
    from video_mcp.media.join import Film
    from video_mcp.media.storage.object_storage import DownloadLink
    from video_mcp.media.stored_file import FileState

_EXCERPT_CHARACTERS = 80
_POLL_AFTER_SECONDS = 5
_MOST_WARNINGS = 4
_LONGEST_WARNING = 200


def content_uri(video_id: str) -> str:
    """Return the address of a finished video's bytes."""
    return f"video://{video_id}/content"


def job_answer(
    job: Job,
    *,
    path: PurePath | None,
    now: float,
    link: DownloadLink | None = None,
    file_state: FileState | None = None,
    with_upstream_id: bool = False,
) -> VideoJob:
    """Return what callers are told of a job.

    `path` is the finished file's, as the user's machine calls it, `link` what gives it to one who does not share that
    machine's disk: then the path is left out. `file_state` is what a look at it says. The
    gateway's own id is for its support, and only in answers to questions about one job.
    """
    end = job.finished_at if job.finished_at is not None else now
    file = job.kept_file
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
        file=_file_answer(file, path, link) if file is not None and (path or link) is not None else None,
        warnings=_warnings(job, file_state) or None,
        charged=job.charged,
        charged_usd=_rounded(job.charged_usd),
        estimated_cost=str(job.cost) if job.cost is not None else None,
        estimated_cost_usd=_usd(job),
        upstream_id=job.upstream_id or None if with_upstream_id else None,
        error=_error_answer(problem) if problem is not None else None,
    )


def problem_in(job: Job) -> Problem | None:
    """Return what stands between a job and its file, if anything does."""
    match job.state:
        case Unsent(problem=problem) | Rendering(problem=problem) | Rendered(problem=problem):
            return problem
        case Failed(problem=problem) | Unknown(problem=problem):
            return problem
        case _:
            return None


def summary(job: Job, *, path: PurePath | None, now: float) -> VideoSummary:
    """Return a job's line in the list."""
    problem = problem_in(job)
    return VideoSummary(
        video_id=job.id,
        status=job.status,
        model=job.model,
        age_seconds=max(0, round(now - job.created_at)),
        prompt=short(job.prompt, _EXCERPT_CHARACTERS),
        charged=job.charged,
        charged_usd=_rounded(job.charged_usd),
        estimated_cost_usd=_usd(job),
        path=str(path) if path is not None and not _removed(job) else None,
        reason=problem.message if problem is not None else None,
    )


def spending_answer(spent: Spent, caps: Caps) -> SpendingAnswer:
    """Return what was spent beside what may be."""
    return SpendingAnswer(
        videos=spent.videos,
        seconds=round(spent.seconds, 1),
        cost_usd=round(spent.cost_usd, 2),
        max_videos_per_day=caps.max_videos_per_day,
        max_seconds_per_day=caps.max_seconds_per_day,
        max_cost_per_video=caps.max_cost_per_video,
        max_cost_per_day=caps.max_cost_per_day,
        max_open_videos=caps.max_open_videos,
    )


def short(text: str, most_characters: int) -> str:
    """Return a text on one line, cut to a number of characters."""
    line = " ".join(text.split())
    return line if len(line) <= most_characters else f"{line[: most_characters - 1]}…"


def sentence(text: str) -> str:
    """Return a text that ends as a sentence does."""
    return text if text.rstrip('"”').endswith((".", "!", "?", "…")) else f"{text}."


def _warnings(job: Job, file_state: FileState | None) -> list[str]:
    """Return each warning once, short enough that an answer stays small."""
    known = dict.fromkeys((*job.warnings, *_removed(job), *_unfit(job, file_state)))
    every = [sentence(short(warning, _LONGEST_WARNING)) for warning in known]
    more = len(every) - _MOST_WARNINGS
    return every if more <= 0 else [*every[:_MOST_WARNINGS], f"{more} more warnings."]


def _usd(job: Job) -> float | None:
    return _rounded(job.cost.usd) if job.cost is not None else None


def _rounded(usd: float | None) -> float | None:
    return round(usd, 4) if usd is not None else None


def _removed(job: Job) -> list[str]:
    if not isinstance(job.state, Completed) or job.state.removed_at is None:
        return []
    return ["Its file was removed to keep the library small; fetch_video downloads it again while the gateway has it."]


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


def _file_answer(file: VideoFile, path: PurePath | None, link: DownloadLink | None) -> FileAnswer:
    return FileAnswer(
        path=str(path) if path is not None and link is None else None,
        download_url=link.url if link is not None else None,
        expires_at=_time(link.expires_at) if link is not None else None,
        bytes=file.bytes,
        sha256=file.sha256,
        seconds=file.seconds or None,
        width=file.width or None,
        height=file.height or None,
        fps=file.fps or None,
        has_audio=file.has_audio if file.width else None,
        media_type=file.media_type,
    )


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, tz=UTC).isoformat(timespec="seconds")


def film_answer(
    first: VideoJob, film: Film, *, path: PurePath, shots: int, link: DownloadLink | None = None
) -> VideoJob:
    """Return the answer of a film: the first shot's job, with the film as its file."""
    how = "without encoding anything again" if film.is_copy else "encoded again, as their streams differ"
    warnings = [f"A film of {shots} videos, {how}. Joining costs nothing."]
    file = film_file(film, path=path, link=link)
    no_price = {"estimated_cost": None, "estimated_cost_usd": None, "charged_usd": None}
    return first.model_copy(update={"file": file, "warnings": warnings, "resource_uri": None, **no_price})


def film_file(film: Film, *, path: PurePath, link: DownloadLink | None = None) -> FileAnswer:
    """Return what is in a film's file; a caller of another machine gets a link in place of its path."""
    facts = film.facts
    return FileAnswer(
        path=str(path) if link is None else None,
        download_url=link.url if link is not None else None,
        expires_at=_time(link.expires_at) if link is not None else None,
        bytes=film.stored.size_bytes,
        sha256=film.stored.sha256,
        seconds=facts.seconds,
        width=facts.width,
        height=facts.height,
        fps=facts.fps,
        has_audio=facts.has_audio,
        media_type=facts.media_type,
    )


def _error_answer(problem: Problem) -> ErrorAnswer:
    advice = sentence(problem.advice) if problem.advice is not None else None
    return ErrorAnswer(code=problem.code, message=sentence(problem.message), advice=advice)


def _next_action(job: Job, problem: Problem | None) -> str | None:
    if isinstance(job.state, Rendered) and problem is not None:
        return (
            f"Call fetch_video with video_id {job.id}: the video is paid and finished, only its file is not here yet."
        )
    if job.awaits_approval:
        return (
            f"Nothing is sent before the user has decided. {job.approval_question} Tell the user to run "
            "`video-mcp approve` in a terminal where this server runs, then call get_video_status with "
            f"video_id {job.id} and wait_seconds 45."
        )
    if job.is_open:
        return f"Call get_video_status with video_id {job.id} and wait_seconds 45; do not create it again."
    return None
