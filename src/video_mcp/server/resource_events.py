"""Which resources change when a job changes. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from mcp.shared.subscriptions import ResourcesListChanged, ResourceUpdated

from video_mcp.jobs.job import Job, JobStatus
from video_mcp.server.results import content_uri, problem_in

ResourceEvent = ResourcesListChanged | ResourceUpdated


@dataclass(frozen=True, slots=True, kw_only=True)
class VisibleState:
    """What readers can see of a job; progress alone is no change."""

    status: JobStatus
    problem_code: str | None
    has_file: bool


def visible_state(job: Job) -> VisibleState:
    """Return what readers can see of a job."""
    problem = problem_in(job)
    return VisibleState(
        status=job.status,
        problem_code=problem.code if problem is not None else None,
        has_file=job.kept_file is not None,
    )


def resource_events(video_id: str, before: VisibleState | None, after: VisibleState) -> list[ResourceEvent]:
    """Return what subscribers hear when a job goes from `before` to `after`; None is a job not seen so far.

    The bytes and the pictures change when there is something to read, the list when a video joins or leaves it.
    """
    if before == after:
        return []
    had_file = before is not None and before.has_file
    uris = [job_uri(video_id), *(file_uris(video_id) if after.has_file and not had_file else ())]
    updated = [ResourceUpdated(uri=uri) for uri in uris]
    return [*updated, ResourcesListChanged()] if after.has_file != had_file else [*updated]


def job_uri(video_id: str) -> str:
    """Return the address of a job."""
    return f"video://{video_id}"


def file_uris(video_id: str) -> tuple[str, ...]:
    """Return the addresses that can be read once a video is finished."""
    return content_uri(video_id), f"{job_uri(video_id)}/poster", f"{job_uri(video_id)}/storyboard"
