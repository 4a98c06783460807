"""Resources: finished videos, jobs as JSON, the catalogue."""

from __future__ import annotations

import base64
import json
import re
import time
from typing import TYPE_CHECKING

import anyio
import mcp_types as types
from mcp.shared.exceptions import MCPError

from video_mcp.errors import InvalidRequest, JobNotFound, VideoMCPError
from video_mcp.families.base import JsonObject
from video_mcp.server.answers import content_uri, job_answer
from video_mcp.server.edge import Edge
from video_mcp.server.models import catalog_json, model_json

if TYPE_CHECKING:
    from video_mcp.jobs.job import Job

CATALOG_URI = "models://catalog"
_MOST_LISTED = 50
_VIDEO = re.compile(r"^video://(?P<video_id>[^/]+)(?P<content>/content)?$")
_MODEL = re.compile(r"^models://(?P<model>[^/]+)$")

TEMPLATES = [
    types.ResourceTemplate(
        uri_template="video://{video_id}/content",
        name="video",
        title="A finished video",
        description="The bytes of a finished video, up to a size; larger ones are read from their path.",
        mime_type="video/mp4",
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
)


async def list_resources(edge: Edge) -> list[types.Resource]:
    """Return the catalogue and the newest finished videos."""
    if edge.is_idle:
        return [_CATALOG]
    service = await edge.service()
    finished = [job for job in await service.newest(_MOST_LISTED) if job.status == "completed"]
    return [_CATALOG, *(_video_resource(job) for job in finished)]


async def read_resource(edge: Edge, uri: str) -> list[types.TextResourceContents | types.BlobResourceContents]:
    """Return what a resource holds.

    Raises:
        MCPError: If there is no such resource, or it is too large to be read this way.
    """
    try:
        if uri == CATALOG_URI:
            return [_as_json(uri, catalog_json(edge.catalog))]
        if model := _MODEL.match(uri):
            return [_as_json(uri, model_json(edge.catalog, model["model"]))]
        if video := _VIDEO.match(uri):
            read = _content if video["content"] else _job
            return [await read(edge, uri, video["video_id"])]
    except (JobNotFound, InvalidRequest) as error:
        raise MCPError(code=types.INVALID_PARAMS, message=str(error), data={"uri": uri}) from error
    except VideoMCPError as error:
        raise MCPError(code=types.INTERNAL_ERROR, message=str(error), data={"uri": uri}) from error
    raise MCPError(code=types.INVALID_PARAMS, message=f"There is no resource {uri}.", data={"uri": uri})


async def _job(edge: Edge, uri: str, video_id: str) -> types.TextResourceContents:
    service = await edge.service()
    job = await service.get(video_id)
    path = service.path_of(job)
    answer = job_answer(job, path=service.shown_path(path) if path else None, now=time.time())
    return _as_json(uri, answer.model_dump(mode="json", exclude_none=True))


async def _content(edge: Edge, uri: str, video_id: str) -> types.BlobResourceContents:
    service = await edge.service()
    job = await service.get(video_id)
    path = service.path_of(job)
    if path is None:
        raise MCPError(
            code=types.INVALID_PARAMS,
            message=f"Video {video_id} is {job.status}, not completed; wait for it with get_video_status.",
            data={"uri": uri},
        )
    file = anyio.Path(path)
    if not await file.exists():
        raise MCPError(
            code=types.INTERNAL_ERROR,
            message=f"The file is gone; fetch_video {video_id} brings it again.",
            data={"uri": uri},
        )
    size = (await file.stat()).st_size
    most = edge.settings.resource_max_bytes
    if size > most:
        message = (
            f"The video has {size} bytes, more than the {most} that are read this way. It lies at "
            f"{service.shown_path(path)}; fetch_video with video_id {video_id} copies it where you want it."
        )
        raise MCPError(code=types.INTERNAL_ERROR, message=message, data={"uri": uri, "path": str(path), "bytes": size})
    raw = await file.read_bytes()
    return types.BlobResourceContents(uri=uri, mime_type="video/mp4", blob=base64.b64encode(raw).decode())


def _as_json(uri: str, value: JsonObject) -> types.TextResourceContents:
    text = json.dumps(value, ensure_ascii=False)
    return types.TextResourceContents(uri=uri, mime_type="application/json", text=text)


def _video_resource(job: Job) -> types.Resource:
    prompt = " ".join(job.prompt.split())[:80]
    return types.Resource(uri=content_uri(job.id), name=f"{job.id}.mp4", title=prompt or job.id, mime_type="video/mp4")
