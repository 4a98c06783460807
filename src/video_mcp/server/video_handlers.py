"""The tools that make, watch and fetch videos; loaded with the jobs room, when one of them is first called."""

from __future__ import annotations

import base64
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import assert_never, cast

import mcp_types as types
from pydantic import JsonValue

from video_mcp.errors import ConfirmationDeclined, ConfirmationNeeded
from video_mcp.jobs.job import Job
from video_mcp.jobs.progress import Progress
from video_mcp.jobs.service import VideoService
from video_mcp.server.answers import VideoJob, as_text, bounded, content_uri, summaries_as_text
from video_mcp.server.arguments import FetchArguments, StatusArguments, parse, split_controls
from video_mcp.server.context import ServerContext
from video_mcp.server.elicitation import question_to_bring
from video_mcp.server.results import job_answer, summary
from video_mcp.server.tool_call import ToolAnswer, ToolCall
from video_mcp.server.tools import result
from video_mcp.types import JsonObject

_DUPLICATE = (
    "An equal video exists or is being made; this is that one, and nothing new was paid. allow_duplicate pays again."
)


async def create_video(context: ServerContext, call: ToolCall) -> ToolAnswer:
    """Make a video, or say what would be sent, or ask the person first."""
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
        return result(bounded("\n".join(lines)), shown)
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
        reply = await call.person.agrees(needed.message, token=needed.token)
        match reply:
            case "yes":
                ordered = await create(confirmation_token=needed.token)
            case "no":
                raise ConfirmationDeclined("The person said no; nothing was sent and nothing is charged.") from None
            case "ask_by_round_trip":
                return question_to_bring(needed.message, token=needed.token)
            case "cannot_ask":
                raise
            case _:
                assert_never(reply)
    return _answer(service, ordered.job, call, failed_is_error=True, is_duplicate=ordered.is_duplicate)


async def get_video_status(context: ServerContext, call: ToolCall) -> types.CallToolResult:
    """Tell of one video, waiting if told to, or list the newest ones."""
    arguments = parse(StatusArguments, call.arguments)
    service = await context.service()
    if arguments.video_id is None:
        now = time.time()
        videos = [summary(job, now=now) for job in await service.newest(arguments.limit)]
        listed: list[JsonValue] = [video.model_dump(mode="json") for video in videos]
        return result(summaries_as_text(videos), {"videos": listed})
    job = await service.status(arguments.video_id, wait_seconds=arguments.wait_seconds, report=_reporter(call))
    return _answer(service, job, call, failed_is_error=False)


async def fetch_video(context: ServerContext, call: ToolCall) -> types.CallToolResult:
    """Give a finished video's file, a copy of it and a look at it."""
    arguments = parse(FetchArguments, call.arguments)
    service = await context.service()
    wait = context.settings.wait_seconds if arguments.wait_seconds is None else arguments.wait_seconds
    job = await service.fetch(arguments.video_id, wait_seconds=wait, report=_reporter(call))
    saved = None
    if arguments.save_as is not None:
        saved = str(service.shown_path(await service.save_as(job, arguments.save_as, overwrite=arguments.overwrite)))
    answer = _answer(service, job, call, failed_is_error=True, saved=saved)
    if arguments.preview == "none" or job.status != "completed":
        return answer
    picture = await service.preview(job, arguments.preview)
    image = types.ImageContent(type="image", data=base64.b64encode(picture).decode(), mime_type="image/jpeg")
    return answer.model_copy(update={"content": [*answer.content, image]})


def _reporter(call: ToolCall) -> Callable[[Progress], Awaitable[None]]:
    async def report(progress: Progress) -> None:
        await call.report(progress.percent, 100.0, progress.message)

    return report


def _answer(
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
    structured = cast("JsonObject", answer.model_dump(mode="json", exclude_none=True))
    links = _links(answer, path.as_uri() if path is not None and call.local else None)
    is_error = failed_is_error and answer.status in {"failed", "unknown"}
    return result(as_text(answer), structured, *links, is_error=is_error)


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
