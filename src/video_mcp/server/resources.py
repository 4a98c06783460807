"""Resources: finished videos, jobs as JSON, the catalogue."""

from __future__ import annotations

import base64
import json
import re
import time
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
import mcp_types as types
from mcp.shared.exceptions import MCPError

from video_mcp.errors import InvalidRequest, JobNotFound, VideoMCPError
from video_mcp.server.context import ServerContext
from video_mcp.server.model_listing import catalog_json, known_model, model_json
from video_mcp.server.resource_events import has_file
from video_mcp.server.results import content_uri, job_answer
from video_mcp.types import JsonObject

if TYPE_CHECKING:
    from video_mcp.jobs.job import Job
    from video_mcp.jobs.previews import PreviewKind

CATALOG_URI = "models://catalog"
_MOST_LISTED = 50
# On stdio one frame of 10 MiB ends the connection of TypeScript clients; older HTTP clients end at 1 MiB of base64.
_MOST_BYTES_LOCAL = 5 * 1024**2
_MOST_BYTES_HTTP = 700 * 1024
_VIDEO = re.compile(r"^video://(?P<video_id>[^/]+)(/(?P<part>content|poster|storyboard))?$")
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
)


async def list_resources(context: ServerContext) -> list[types.Resource]:
    """Return the catalogue and the newest finished videos."""
    if context.is_idle:
        return [_CATALOG]
    service = await context.service()
    finished = [job for job in await service.list(_MOST_LISTED) if has_file(job)]
    return [_CATALOG, *(_video_resource(job) for job in finished)]


async def require_resource(context: ServerContext, uri: str) -> None:
    """Return when an address names a resource, or a video that will have one.

    Raises:
        MCPError: If it names none.
    """
    try:
        if uri == CATALOG_URI:
            return
        if model := _MODEL.match(uri):
            known_model(context.catalog, model["model"])
            return
        if video := _VIDEO.match(uri):
            await (await context.service()).get(video["video_id"])
            return
    except VideoMCPError as error:
        raise MCPError(code=types.INVALID_PARAMS, message=str(error), data={"uri": uri}) from error
    raise MCPError(code=types.INVALID_PARAMS, message=f"There is no resource {uri}.", data={"uri": uri})


async def read_resource(
    context: ServerContext, uri: str, *, local: bool
) -> list[types.TextResourceContents | types.BlobResourceContents]:
    """Return what a resource holds; `local` says that the client is on this machine's stdio.

    Raises:
        MCPError: If there is no such resource, or it is too large to be read this way.
    """
    try:
        if uri == CATALOG_URI:
            return [_as_json(uri, catalog_json(context.catalog))]
        if model := _MODEL.match(uri):
            return [_as_json(uri, model_json(context.catalog, model["model"]))]
        if video := _VIDEO.match(uri):
            return [await _of_video(context, uri, video["video_id"], video["part"], local=local)]
    except (JobNotFound, InvalidRequest) as error:
        raise MCPError(code=types.INVALID_PARAMS, message=str(error), data={"uri": uri}) from error
    except VideoMCPError as error:
        raise MCPError(code=types.INTERNAL_ERROR, message=str(error), data={"uri": uri}) from error
    raise MCPError(code=types.INVALID_PARAMS, message=f"There is no resource {uri}.", data={"uri": uri})


async def _of_video(
    context: ServerContext, uri: str, video_id: str, part: str | None, *, local: bool
) -> types.TextResourceContents | types.BlobResourceContents:
    match part:
        case "content":
            return await _content(context, uri, video_id, local=local)
        case "poster" | "storyboard":
            return await _preview(context, uri, video_id, part)
        case _:
            return await _job(context, uri, video_id)


async def _job(context: ServerContext, uri: str, video_id: str) -> types.TextResourceContents:
    service = await context.service()
    job = await service.get(video_id)
    path = service.path_of(job)
    answer = job_answer(job, path=service.shown_path(path) if path else None, now=time.time())
    return _as_json(uri, answer.as_json())


async def _content(context: ServerContext, uri: str, video_id: str, *, local: bool) -> types.BlobResourceContents:
    service = await context.service()
    job = await service.get(video_id)
    path = service.path_of(job)
    if path is None:
        message = f"Video {video_id} is {job.status}, not completed; wait for it with get_video_status."
        raise MCPError(code=types.INVALID_PARAMS, message=message, data={"uri": uri})
    file = anyio.Path(path)
    if not await file.exists():
        message = f"The file is gone; fetch_video with video_id {video_id} brings it again."
        raise MCPError(code=types.INTERNAL_ERROR, message=message, data={"uri": uri})
    size = (await file.stat()).st_size
    most = context.settings.resource_max_bytes
    most = (_MOST_BYTES_LOCAL if local else _MOST_BYTES_HTTP) if most is None else most
    if size > most:
        shown = str(service.shown_path(path))
        message = (
            f"The video has {size} bytes, more than the {most} that are read this way. It lies at {shown}; "
            f"fetch_video with video_id {video_id} copies it where you want it."
        )
        raise MCPError(code=types.INTERNAL_ERROR, message=message, data={"uri": uri, "path": shown, "bytes": size})
    encoded = await anyio.to_thread.run_sync(lambda: base64.b64encode(path.read_bytes()).decode())
    return types.BlobResourceContents(uri=uri, mime_type="video/mp4", blob=encoded)


async def _preview(context: ServerContext, uri: str, video_id: str, kind: PreviewKind) -> types.BlobResourceContents:
    service = await context.service()
    picture = await service.preview(await service.get(video_id), kind)
    return types.BlobResourceContents(uri=uri, mime_type="image/jpeg", blob=base64.b64encode(picture).decode())


def _as_json(uri: str, value: JsonObject) -> types.TextResourceContents:
    text = json.dumps(value, ensure_ascii=False)
    return types.TextResourceContents(uri=uri, mime_type="application/json", text=text)


def _video_resource(job: Job) -> types.Resource:
    prompt = " ".join(job.prompt.split())[:80]
    return types.Resource(uri=content_uri(job.id), name=f"{job.id}.mp4", title=prompt or job.id, mime_type="video/mp4")
