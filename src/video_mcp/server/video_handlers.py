"""The tools that make, watch and fetch videos; loaded with the jobs room, when one of them is first called."""

from __future__ import annotations

import base64
import time
from functools import partial
from typing import assert_never

import mcp_types as types
from pydantic import JsonValue

from video_mcp.errors import ConfirmationDeclined, ConfirmationNeeded, VideoMCPError
from video_mcp.jobs.job import Job
from video_mcp.jobs.progress import Progress
from video_mcp.jobs.service import VideoService
from video_mcp.jobs.wait import ReportProgress
from video_mcp.server.arguments import FetchArguments, StatusArguments, parse, split_controls
from video_mcp.server.context import ServerContext, ToolCall, ToolResult
from video_mcp.server.elicitation import input_required
from video_mcp.server.result_text import bounded, error_text, job_text, list_text
from video_mcp.server.results import VideoJob, content_uri, error_result, job_answer, summary
from video_mcp.server.tools import result
from video_mcp.types import JsonObject

_DUPLICATE = (
    "An equal video exists or is being made; this is that one, and nothing new was paid. allow_duplicate pays again."
)


async def create_video(context: ServerContext, call: ToolCall) -> ToolResult:
    """Make a video, or say what would be sent, or ask the user first."""
    controls, arguments = split_controls(call.arguments)
    service = await context.service()
    if controls.dry_run:
        plan = await service.plan(arguments)
        warnings = [finding.message for finding in plan.request.warnings]
        cost = [f"Estimated cost: {plan.cost}."] if plan.cost is not None else ["No price is known for it."]
        lines = [f"Nothing was sent. {plan.request.spec.id}, {plan.request.mode}.", *cost, *warnings]
        shown: JsonObject = {"would_send": plan.body, "warnings": [*warnings]}
        if plan.cost is not None:
            shown["estimated_cost"] = str(plan.cost)
        return result(bounded("\n".join(lines), 1000), shown)
    wait = context.settings.wait_seconds if controls.wait_seconds is None else controls.wait_seconds
    create = partial(
        service.create,
        arguments,
        wait_seconds=wait,
        report=_reporter(call),
        allow_duplicate=controls.allow_duplicate,
    )
    try:
        ordered = await create()
    except ConfirmationNeeded as needed:
        confirmation = await call.confirm(needed.message, needed.token)
        match confirmation:
            case "accepted":
                ordered = await create(confirmation_token=needed.token)
            case "declined":
                raise ConfirmationDeclined("The user said no; nothing was sent and nothing is charged.") from None
            case "input_required":
                return input_required(needed.message, needed.token)
            case "unsupported":
                raise
            case _:
                assert_never(confirmation)
    return _job_result(service, ordered.job, call, failed_is_error=True, is_duplicate=ordered.is_duplicate)


async def get_video_status(context: ServerContext, call: ToolCall) -> types.CallToolResult:
    """Answer one video, waiting if told to, or list the newest ones."""
    arguments = parse(StatusArguments, call.arguments)
    service = await context.service()
    if arguments.video_id is None:
        now = time.time()
        videos = [summary(job, now=now) for job in await service.newest(arguments.limit)]
        listed: list[JsonValue] = [video.as_json() for video in videos]
        return result(list_text(videos), {"videos": listed})
    job = await service.status(arguments.video_id, wait_seconds=arguments.wait_seconds, report=_reporter(call))
    return _job_result(service, job, call, failed_is_error=False)


async def fetch_video(context: ServerContext, call: ToolCall) -> types.CallToolResult:
    """Answer a finished video's file, with a copy of it and a preview where they are wanted."""
    arguments = parse(FetchArguments, call.arguments)
    service = await context.service()
    job = await service.get(arguments.video_id)
    try:
        return await _fetch(context, service, arguments, call)
    except VideoMCPError as error:
        answer = error_result(error, await service.get(job.id))
        return result(error_text(answer), answer.as_json(), is_error=True)


async def _fetch(
    context: ServerContext, service: VideoService, arguments: FetchArguments, call: ToolCall
) -> types.CallToolResult:
    wait = context.settings.wait_seconds if arguments.wait_seconds is None else arguments.wait_seconds
    job = await service.fetch(arguments.video_id, wait_seconds=wait, report=_reporter(call))
    if job.status != "completed":
        return _job_result(service, job, call, failed_is_error=True)
    saved = None
    if arguments.save_as is not None:
        saved = str(service.shown_path(await service.save_as(job, arguments.save_as, overwrite=arguments.overwrite)))
    answer = _job_result(service, job, call, failed_is_error=True, saved=saved)
    if arguments.preview == "none":
        return answer
    picture = await service.preview(job, arguments.preview)
    image = types.ImageContent(type="image", data=base64.b64encode(picture).decode(), mime_type="image/jpeg")
    return answer.model_copy(update={"content": [*answer.content, image]})


def _reporter(call: ToolCall) -> ReportProgress:
    async def report(progress: Progress) -> None:
        await call.report_progress(progress.percent, 100.0, progress.message)

    return report


def _job_result(
    service: VideoService,
    job: Job,
    call: ToolCall,
    *,
    failed_is_error: bool,
    saved: str | None = None,
    is_duplicate: bool = False,
) -> types.CallToolResult:
    path = service.path_of(job)
    shown = service.shown_path(path) if path is not None else None
    answer = job_answer(job, path=shown, now=time.time())
    if saved is not None and answer.file is not None:
        answer = answer.model_copy(update={"file": answer.file.model_copy(update={"path": saved})})
    if is_duplicate:
        answer = answer.model_copy(update={"duplicate_of": job.id, "warnings": [_DUPLICATE, *(answer.warnings or [])]})
    links = _links(answer, path.as_uri() if path is not None and call.is_local else None) if call.takes_links else []
    is_error = failed_is_error and answer.status in {"failed", "unknown"}
    return result(job_text(answer), answer.as_json(), *links, is_error=is_error)


def _links(answer: VideoJob, file_uri: str | None) -> list[types.ContentBlock]:
    if answer.file is None:
        return []
    uris = [content_uri(answer.video_id), *([file_uri] if file_uri else [])]
    return [
        types.ResourceLink(
            type="resource_link", uri=uri, name=f"{answer.video_id}.mp4", mime_type="video/mp4", size=answer.file.bytes
        )
        for uri in uris
    ]
