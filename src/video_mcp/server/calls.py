"""What happens when a tool is called."""

from __future__ import annotations

import base64
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, assert_never, cast

import mcp_types as types
from pydantic import JsonValue

from video_mcp.errors import (
    ConfigurationError,
    ConfirmationDeclined,
    ConfirmationNeeded,
    Finding,
    InvalidRequest,
    JobError,
    VideoMCPError,
)
from video_mcp.families.base import JsonObject
from video_mcp.server.answers import (
    VideoJob,
    as_text,
    bounded,
    content_uri,
    job_answer,
    summaries_as_text,
    summary,
)
from video_mcp.server.arguments import (
    FetchArguments,
    ListArguments,
    StatusArguments,
    parse,
    split_controls,
)
from video_mcp.server.edge import Edge
from video_mcp.server.models import list_models
from video_mcp.server.person import Person, question_to_bring
from video_mcp.server.tools import ToolName, result

if TYPE_CHECKING:
    from video_mcp.jobs.job import Job
    from video_mcp.jobs.progress import Progress
    from video_mcp.jobs.service import VideoService

Report = Callable[[float, float, str], Awaitable[None]]
logger = logging.getLogger(__name__)

_MOST_ALLOWED = 12
_DUPLICATE = (
    "An equal video exists or is being made; this is that one, and nothing new was paid. allow_duplicate pays again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """One call: its arguments, where its progress goes, who can be asked, and whether the client shares our disk."""

    arguments: Mapping[str, JsonValue]
    report: Report
    person: Person
    local: bool


ToolAnswer = types.CallToolResult | types.InputRequiredResult


async def call_tool(edge: Edge, name: ToolName, call: ToolCall) -> ToolAnswer:
    """Run a tool; a domain error is an answer, and of any other error only its kind is told."""
    try:
        match name:
            case "create_video":
                return await _create_video(edge, call)
            case "get_video_status":
                return await _get_video_status(edge, call)
            case "fetch_video":
                return await _fetch_video(edge, call)
            case "list_models":
                return await _list_models(edge, call)
            case _:
                assert_never(name)
    except VideoMCPError as error:
        return _refused(error)
    except Exception as error:
        logger.exception("%s failed", name)
        message = f"Something unexpected went wrong in video-mcp ({type(error).__name__})."
        advice = "Its log on stderr tells more; get_video_status shows whether a video was begun."
        return result(f"{message} {advice}", {"error": {"code": "internal", "message": message, "advice": advice}},
                      is_error=True)  # fmt: skip


async def _create_video(edge: Edge, call: ToolCall) -> ToolAnswer:
    controls, arguments = split_controls(call.arguments)
    service = await edge.service()
    if controls.dry_run:
        plan = await service.plan(arguments)
        warnings = [finding.message for finding in plan.request.warnings]
        cost = [f"Estimated cost: {plan.cost}."] if plan.cost is not None else ["No price is known for it."]
        lines = [f"Nothing was sent. {plan.request.spec.id}, {plan.request.mode}.", *cost, *warnings]
        shown: JsonObject = {"would_send": plan.body, "warnings": [*warnings]}
        if plan.cost is not None:
            shown["estimated_cost"] = str(plan.cost)
        return result(bounded("\n".join(lines)), shown)
    wait = edge.settings.wait_seconds if controls.wait_seconds is None else controls.wait_seconds
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


async def _get_video_status(edge: Edge, call: ToolCall) -> types.CallToolResult:
    arguments = parse(StatusArguments, call.arguments)
    service = await edge.service()
    if arguments.video_id is None:
        now = time.time()
        videos = [summary(job, now=now) for job in await service.newest(arguments.limit)]
        listed: list[JsonValue] = [video.model_dump(mode="json") for video in videos]
        return result(summaries_as_text(videos), {"videos": listed})
    job = await service.status(arguments.video_id, wait_seconds=arguments.wait_seconds, report=_reporter(call))
    return _answer(service, job, call, failed_is_error=False)


async def _fetch_video(edge: Edge, call: ToolCall) -> types.CallToolResult:
    arguments = parse(FetchArguments, call.arguments)
    service = await edge.service()
    wait = edge.settings.wait_seconds if arguments.wait_seconds is None else arguments.wait_seconds
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


async def _list_models(edge: Edge, call: ToolCall) -> types.CallToolResult:
    arguments = parse(ListArguments, call.arguments)
    usable = await (await edge.service()).usable_models() if not edge.settings.missing() else None
    text, structured = list_models(edge.catalog, arguments, usable)
    return result(text, structured)


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


def _refused(error: VideoMCPError) -> types.CallToolResult:
    facts: JsonObject = {"code": error.code, "message": error.message}
    advice = _advice(error)
    if advice is not None:
        facts["advice"] = advice
    if isinstance(error, InvalidRequest):
        facts["findings"] = [_finding(finding) for finding in error.findings]
    structured: JsonObject = {"error": facts, "charged": error.charged}
    if isinstance(error, ConfirmationNeeded):
        structured["confirmation_token"] = error.token
    if isinstance(error, JobError):
        structured["video_id"] = error.video_id
    return result(bounded(f"{error.message} {advice or ''}".strip(), 4000), structured, is_error=True)


def _advice(error: VideoMCPError) -> str | None:
    if isinstance(error, ConfigurationError):
        return "Set it in the server's environment in your client's configuration, then restart the client."
    return error.advice


def _finding(finding: Finding) -> JsonObject:
    """Return a finding as structure; a long list of allowed values is in the message and in list_models."""
    shown: JsonObject = {"field": finding.field, "message": finding.message}
    if finding.value is not None:
        shown["value"] = finding.value
    if 0 < len(finding.allowed) <= _MOST_ALLOWED:
        shown["allowed"] = [*finding.allowed]
    if finding.nearest is not None:
        shown["nearest"] = finding.nearest
    if finding.models:
        shown["models"] = [*finding.models]
    return shown
