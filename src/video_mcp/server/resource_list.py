"""The list of resources, page by page, and the templates of those that are not listed."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import PurePath

import mcp_types as types
from mcp.shared.exceptions import MCPError

from video_mcp.jobs.job import Completed, Job, VideoFile
from video_mcp.server.context import ServerContext
from video_mcp.server.results import content_uri

CATALOG_URI = "models://catalog"
_PAGE = 50
_TITLE_CHARACTERS = 80

TEMPLATES = [
    types.ResourceTemplate(
        uri_template="video://{video_id}/content",
        name="video",
        title="A finished video",
        description="The bytes of a finished video, up to a size; larger ones are read from their path.",
        mime_type="video/mp4",
    ),
    types.ResourceTemplate(
        uri_template="video://{video_id}/poster",
        name="poster",
        title="One frame",
        description="One frame of a finished video, a JPEG of at most 100 kB.",
        mime_type="image/jpeg",
    ),
    types.ResourceTemplate(
        uri_template="video://{video_id}/storyboard",
        name="storyboard",
        title="A contact sheet",
        description="Up to 12 frames of a finished video with their times, a JPEG of at most 100 kB.",
        mime_type="image/jpeg",
    ),
    types.ResourceTemplate(
        uri_template="video://{video_id}",
        name="job",
        title="A video's job",
        description="How a video is doing, as JSON.",
        mime_type="application/json",
    ),
    types.ResourceTemplate(
        uri_template="models://{model}",
        name="model",
        title="A model",
        description="What one model takes, as JSON.",
        mime_type="application/json",
    ),
]

_CATALOG = types.Resource(
    uri=CATALOG_URI,
    name="catalog",
    title="Video models",
    description="Every model with its modes, lengths, resolutions and ratios, as JSON.",
    mime_type="application/json",
    annotations=types.Annotations(audience=["assistant"], priority=0.5),
)

Cursor = tuple[float, str]
"""The time at which the last video of a page was requested, and its id."""


async def list_resources(context: ServerContext, cursor: str | None) -> types.ListResourcesResult:
    """Return the catalogue and the newest finished videos, or the one page that a cursor names.

    Raises:
        MCPError: The cursor is none of ours.
    """
    before = _read_cursor(cursor) if cursor is not None else None
    first: list[types.Resource] = [_CATALOG] if before is None else []
    if context.is_idle:
        return types.ListResourcesResult(resources=first)
    service = await context.service()
    jobs = await service.list_finished(_PAGE + 1, before=before)
    there = [job for job in jobs[:_PAGE] if await service.files.state(job) != "gone"]
    videos = [_video(job, job.state.file) for job in there if isinstance(job.state, Completed)]
    return types.ListResourcesResult(resources=[*first, *videos], next_cursor=_next_cursor(jobs))


def _next_cursor(jobs: Sequence[Job]) -> str | None:
    if len(jobs) <= _PAGE:
        return None
    last = jobs[_PAGE - 1]
    return base64.urlsafe_b64encode(f"{last.created_at!r} {last.id}".encode()).decode()


def _read_cursor(cursor: str) -> Cursor:
    try:
        created_at, _, video_id = base64.urlsafe_b64decode(cursor).decode().partition(" ")
        return float(created_at), video_id
    except (binascii.Error, ValueError):
        message = "There is no such page; list again without a cursor."
        raise MCPError(code=types.INVALID_PARAMS, message=message) from None


def _video(job: Job, file: VideoFile) -> types.Resource:
    sound = "with sound" if file.has_audio else "silent"
    seen = (
        f"{file.seconds:g} s, {file.width}x{file.height}, {file.fps:g} fps, {sound}" if file.width else file.media_type
    )
    facts = f"{seen}, by {job.model}."
    prompt = " ".join(job.prompt.split())
    finished = job.finished_at if job.finished_at is not None else job.updated_at
    return types.Resource(
        uri=content_uri(job.id),
        name=f"{job.id}{PurePath(file.name).suffix}",
        title=prompt[:_TITLE_CHARACTERS] or job.id,
        description=f"{facts} {prompt}".strip(),
        mime_type=file.media_type,
        size=file.bytes,
        annotations=types.Annotations(
            audience=["user"], last_modified=datetime.fromtimestamp(finished, UTC).isoformat(timespec="seconds")
        ),
    )
