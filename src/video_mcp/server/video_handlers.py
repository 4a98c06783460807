"""The tools that make, watch and fetch videos; loaded with the jobs room, when one of them is first called."""

from __future__ import annotations

import base64
import time
from functools import partial
from pathlib import PurePath
from typing import assert_never

import mcp_types as types
from pydantic import JsonValue

from video_mcp.errors import ConfirmationDeclined, ConfirmationNeeded
from video_mcp.jobs.job import Job
from video_mcp.jobs.progress import Progress
from video_mcp.jobs.request import PreparedVideo
from video_mcp.jobs.service import VideoService
from video_mcp.jobs.submit import Submitted
from video_mcp.jobs.wait import ReportProgress
from video_mcp.server.arguments import CreateArguments, FetchArguments, StatusArguments, parse, parse_create
from video_mcp.server.context import ServerContext, ToolCall, ToolResult
from video_mcp.server.elicitation import input_required
from video_mcp.server.result_text import bounded, job_text, list_text
from video_mcp.server.results import VideoJob, content_uri, job_answer, summary
from video_mcp.server.tools import result
from video_mcp.types import JsonObject

_DUPLICATE = (
    "An equal video exists or is being made; this is that one, and nothing new was paid. allow_duplicate pays again."
)


async def create_video(context: ServerContext, call: ToolCall) -> ToolResult:
    """Make a video, or say what would be sent, or ask the user first."""
    arguments = parse_create(call.arguments)
    service = await context.service()
    prepared = await service.prepare(arguments.request)
    if arguments.dry_run:
        return _dry_run_answer(prepared)
    submitted = await _submit(service, arguments, prepared, call)
    if isinstance(submitted, types.InputRequiredResult):
        return submitted
    wait_seconds = context.settings.wait_seconds if arguments.wait_seconds is None else arguments.wait_seconds
    job = await service.wait(submitted.job.id, wait_seconds=wait_seconds, report=_reporter(call), until_accepted=True)
    return await _job_result(service, job, call, failed_is_error=True, is_duplicate=submitted.is_duplicate)


def _dry_run_answer(prepared: PreparedVideo) -> types.CallToolResult:
    request = prepared.request
    warnings = [finding.message for finding in request.warnings]
    cost = [f"Estimated cost: {prepared.cost}."] if prepared.cost is not None else ["No price is known for it."]
    lines = [f"Nothing was sent. {request.spec.id}, {request.mode}.", *cost, *warnings]
    shown: JsonObject = {"would_send": prepared.would_send(), "warnings": [*warnings]}
    if prepared.cost is not None:
        shown["estimated_cost"] = str(prepared.cost)
    return result(bounded("\n".join(lines), 1000), shown)


async def _submit(
    service: VideoService, arguments: CreateArguments, prepared: PreparedVideo, call: ToolCall
) -> Submitted | types.InputRequiredResult:
    """Submit what was prepared; where the user has to agree first, ask them and submit the same again."""
    submit = partial(service.submit, prepared, allow_duplicate=arguments.allow_duplicate)
    try:
        return await submit(confirmation_token=arguments.confirmation_token)
    except ConfirmationNeeded as needed:
        confirmation = await call.confirm(needed.message, needed.token)
        match confirmation:
            case "accepted":
                return await submit(confirmation_token=needed.token)
            case "declined":
                raise ConfirmationDeclined("The user said no; nothing was sent and nothing is charged.") from None
            case "input_required":
                return input_required(needed.message, needed.token)
            case "unsupported":
                raise
            case _:
                assert_never(confirmation)


async def get_video_status(context: ServerContext, call: ToolCall) -> types.CallToolResult:
    """Answer one video, waiting if told to, or list the newest ones."""
    arguments = parse(StatusArguments, call.arguments)
    service = await context.service()
    if arguments.video_id is None:
        now = time.time()
        videos = [summary(job, now=now) for job in await service.list(arguments.limit)]
        listed: list[JsonValue] = [video.as_json() for video in videos]
        return result(list_text(videos), {"videos": listed})
    job = await service.wait(arguments.video_id, wait_seconds=arguments.wait_seconds, report=_reporter(call))
    return await _job_result(service, job, call, failed_is_error=False)


async def fetch_video(context: ServerContext, call: ToolCall) -> types.CallToolResult:
    """Answer a finished video's file, with a copy of it and a preview where they are wanted."""
    arguments = parse(FetchArguments, call.arguments)
    service = await context.service()
    wait = context.settings.wait_seconds if arguments.wait_seconds is None else arguments.wait_seconds
    job = await service.fetch(arguments.video_id, wait_seconds=wait, report=_reporter(call))
    if job.status != "completed":
        return await _job_result(service, job, call, failed_is_error=True)
    saved = None
    if arguments.save_as is not None:
        saved = str(service.shown_path(await service.save_as(job, arguments.save_as, overwrite=arguments.overwrite)))
    answer = await _job_result(service, job, call, failed_is_error=True, saved=saved)
    if arguments.preview == "none":
        return answer
    picture = await service.preview(job, arguments.preview)
    image = types.ImageContent(type="image", data=base64.b64encode(picture).decode(), mime_type="image/jpeg")
    return answer.model_copy(update={"content": [*answer.content, image]})


def _reporter(call: ToolCall) -> ReportProgress:
    async def report(progress: Progress) -> None:
        await call.report_progress(progress.percent, 100.0, progress.message)

    return report


async def _job_result(
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
    answer = job_answer(job, path=shown, now=time.time(), file_state=await service.file_state(job))
    if saved is not None and answer.file is not None:
        answer = answer.model_copy(update={"file": answer.file.model_copy(update={"path": saved})})
    if is_duplicate:
        answer = answer.model_copy(update={"duplicate_of": job.id, "warnings": [_DUPLICATE, *(answer.warnings or [])]})
    links = (
        _links(answer, service.shown_uri(path) if path is not None and call.is_local else None)
        if call.takes_links
        else []
    )
    is_error = failed_is_error and answer.status in {"failed", "unknown"}
    return result(job_text(answer), answer.as_json(), *links, is_error=is_error)


def _links(answer: VideoJob, file_uri: str | None) -> list[types.ContentBlock]:
    if answer.file is None:
        return []
    uris = [content_uri(answer.video_id), *([file_uri] if file_uri else [])]
    return [
        types.ResourceLink(
            type="resource_link",
            uri=uri,
            name=f"{answer.video_id}{PurePath(answer.file.path).suffix}",
            mime_type=answer.file.media_type,
            size=answer.file.bytes,
        )
        for uri in uris
    ]
