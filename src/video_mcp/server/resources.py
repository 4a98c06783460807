"""Reading resources: finished videos, jobs as JSON, the catalogue."""

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
from video_mcp.families.validation.model_ids import find_model
from video_mcp.jobs.job import Completed, Job
from video_mcp.server.capabilities import CONSTANT
from video_mcp.server.context import ServerContext
from video_mcp.server.model_listing import catalog_json, model_json
from video_mcp.server.player import PLAYER_URI, player_contents
from video_mcp.server.resource_list import CATALOG_URI
from video_mcp.server.results import job_answer
from video_mcp.types import JsonObject

if TYPE_CHECKING:
    from video_mcp.jobs.previews import PreviewKind

# On stdio one frame of 10 MiB ends the connection of TypeScript clients; older HTTP clients end at 1 MiB of base64.
_MOST_BYTES_LOCAL = 5 * 1024**2
_MOST_BYTES_HTTP = 700 * 1024
_VIDEO = re.compile(r"^video://(?P<video_id>[^/]+)(/(?P<part>content|poster|storyboard))?$")
_MODEL = re.compile(r"^models://(?P<model>[^/]+)$")


async def require_resource(context: ServerContext, uri: str) -> None:
    """Return when an address names a resource, or a video that will have one.

    Raises:
        MCPError: If it names none.
    """
    try:
        if uri in {CATALOG_URI, PLAYER_URI}:
            return
        if model := _MODEL.match(uri):
            find_model(await context.current_catalog(), model["model"])
            return
        if video := _VIDEO.match(uri):
            await (await context.service()).get(video["video_id"])
            return
    except VideoMCPError as error:
        raise MCPError(code=types.INVALID_PARAMS, message=str(error), data={"uri": uri}) from error
    raise MCPError(code=types.INVALID_PARAMS, message=f"There is no resource {uri}.", data={"uri": uri})


async def read_resource(context: ServerContext, uri: str, *, is_local: bool) -> types.ReadResourceResult:
    """Return what a resource holds; `is_local` says that the client is on this machine's stdio.

    Raises:
        MCPError: If there is no such resource, or it is too large to be read this way.
    """
    try:
        if uri == PLAYER_URI:
            return _constant(player_contents())
        if uri == CATALOG_URI:
            return _of_catalog(context, _as_json(uri, catalog_json(await context.current_catalog())))
        if model := _MODEL.match(uri):
            return _of_catalog(context, _as_json(uri, model_json(await context.current_catalog(), model["model"])))
        if video := _VIDEO.match(uri):
            contents = await _of_video(context, uri, video["video_id"], video["part"], is_local=is_local)
            return types.ReadResourceResult(contents=[contents])
    except (JobNotFound, InvalidRequest) as error:
        raise MCPError(code=types.INVALID_PARAMS, message=str(error), data={"uri": uri}) from error
    except VideoMCPError as error:
        raise MCPError(code=types.INTERNAL_ERROR, message=str(error), data={"uri": uri}) from error
    raise MCPError(code=types.INVALID_PARAMS, message=f"There is no resource {uri}.", data={"uri": uri})


def _of_catalog(context: ServerContext, contents: types.TextResourceContents) -> types.ReadResourceResult:
    """Return a part of the catalogue; one that the server in use lists itself may change."""
    if context.has_live_catalog:
        return types.ReadResourceResult(contents=[contents])
    return _constant(contents)


def _constant(contents: types.TextResourceContents) -> types.ReadResourceResult:
    """Return what stays the same as long as the process runs."""
    return types.ReadResourceResult(contents=[contents], ttl_ms=CONSTANT.ttl_ms, cache_scope=CONSTANT.scope)


async def _of_video(
    context: ServerContext, uri: str, video_id: str, part: str | None, *, is_local: bool
) -> types.TextResourceContents | types.BlobResourceContents:
    match part:
        case "content":
            return await _content(context, uri, video_id, is_local=is_local)
        case "poster" | "storyboard":
            return await _preview(context, uri, video_id, part)
        case _:
            return await _job(context, uri, video_id)


async def _job(context: ServerContext, uri: str, video_id: str) -> types.TextResourceContents:
    service = await context.service()
    job = await service.get(video_id)
    path = service.files.path_of(job)
    shown = service.files.host_path(path) if path else None
    file_state = await service.files.state(job)
    link = await service.download_link(job)
    answer = job_answer(job, path=shown, now=time.time(), link=link, file_state=file_state, with_upstream_id=True)
    return _as_json(uri, answer.as_json())


async def _content(context: ServerContext, uri: str, video_id: str, *, is_local: bool) -> types.BlobResourceContents:
    service = await context.service()
    job = await service.get(video_id)
    most = context.settings.resource_max_bytes
    most = (_MOST_BYTES_LOCAL if is_local else _MOST_BYTES_HTTP) if most is None else most
    stored = service.files.stored(job)
    if stored is not None and stored.size_bytes > most:
        link = await service.download_link(job)
        place = {"path": str(service.files.host_path(stored.path))} if link is None else {"download_url": link.url}
        message = (
            f"The video has {stored.size_bytes} bytes, more than the {most} that are read this way. "
            f"It lies at {next(iter(place.values()))}; fetch_video with video_id {video_id} "
            + ("copies it where you want it." if link is None else "gives a new link when this one has expired.")
        )
        data = {"uri": uri, **place, "bytes": stored.size_bytes}
        raise MCPError(code=types.INTERNAL_ERROR, message=message, data=data)
    content = await service.files.read(job)
    encoded = await anyio.to_thread.run_sync(lambda: base64.b64encode(content).decode())
    return types.BlobResourceContents(uri=uri, mime_type=_media_type(job), blob=encoded)


def _media_type(job: Job) -> str:
    return job.state.file.media_type if isinstance(job.state, Completed) else "video/mp4"


async def _preview(context: ServerContext, uri: str, video_id: str, kind: PreviewKind) -> types.BlobResourceContents:
    service = await context.service()
    picture = await service.files.preview(await service.get(video_id), kind)
    return types.BlobResourceContents(uri=uri, mime_type="image/jpeg", blob=base64.b64encode(picture).decode())


def _as_json(uri: str, value: JsonObject) -> types.TextResourceContents:
    text = json.dumps(value, ensure_ascii=False)
    return types.TextResourceContents(uri=uri, mime_type="application/json", text=text)
