"""The tools that make, watch and fetch videos; loaded with the jobs room, when one of them is first called."""

from __future__ import annotations

import base64
import hashlib
import time
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath
from typing import assert_never

import mcp_types as types

from video_mcp.errors import ConfirmationDeclined, ConfirmationNeeded, InputOutsideFolders, InputRefused, OutputRefused
from video_mcp.jobs.job import Job
from video_mcp.jobs.previews import PreviewKind, preview_path
from video_mcp.jobs.progress import Progress
from video_mcp.jobs.request import CreateRequest, PreparedVideo
from video_mcp.jobs.service import VideoService
from video_mcp.jobs.submit import Submitted
from video_mcp.jobs.wait import ReportProgress
from video_mcp.media.stored_file import FileState
from video_mcp.server.answer_models import PreviewAnswer, VideoJob, VideoList
from video_mcp.server.arguments import CreateArguments, FetchArguments, StatusArguments, parse, parse_create
from video_mcp.server.context import ServerContext, ToolResult
from video_mcp.server.elicitation import Question
from video_mcp.server.result_text import bounded, job_text, list_text
from video_mcp.server.results import content_uri, film_answer, job_answer, spending_answer, summary
from video_mcp.server.tool_call import ToolCall
from video_mcp.server.tools import result
from video_mcp.types import JsonObject

_DUPLICATE = (
    "An equal video exists or is being made; this is that one, and nothing new was paid. allow_duplicate pays again."
)


async def create_video(context: ServerContext, call: ToolCall) -> ToolResult:
    """Make a video, or say what would be sent, or ask the user first."""
    arguments = parse_create(call.arguments)
    service = await context.service()
    prepared = await _prepare(service, replace(arguments.request, reads_files=call.is_local), call)
    if isinstance(prepared, types.InputRequiredResult):
        return prepared
    if arguments.dry_run:
        return _dry_run_answer(prepared)
    submitted = await _submit(service, arguments, prepared, call)
    if isinstance(submitted, types.InputRequiredResult):
        return submitted
    # The agent has to tell the user that they must decide; only then is it worth waiting.
    wait_seconds = 0.0 if submitted.job.awaits_approval else context.wait_seconds(arguments.wait_seconds)
    job = await service.wait(submitted.job.id, wait_seconds=wait_seconds, report=_reporter(call), until_accepted=True)
    return await _job_result(service, job, call, failed_is_error=True, is_duplicate=submitted.is_duplicate)


async def _prepare(
    service: VideoService, request: CreateRequest, call: ToolCall
) -> PreparedVideo | types.InputRequiredResult:
    """Prepare a request; ask the user about each file outside of the input folders, for this call alone."""
    while True:
        try:
            return await service.prepare(request)
        except InputOutsideFolders as outside:
            question = _file_question(outside.path)
            confirmation = await call.user.confirm(question)
            match confirmation:
                case "accepted":
                    request = replace(request, permitted_files=request.permitted_files | {outside.path})
                case "declined":
                    message = f"The user did not allow {outside.path} to be read; nothing was sent."
                    raise InputRefused(message, advice=outside.advice) from None
                case "input_required":
                    return call.user.input_required(question)
                case "unsupported":
                    raise
                case _:
                    assert_never(confirmation)


def _file_question(path: Path) -> Question:
    return Question(
        text=f"May {path} be read and sent to the video gateway? It is outside of the input folders.",
        agreement="Read this file once and send it",
        token=hashlib.sha256(f"read:{path}".encode("utf-8", "surrogateescape")).hexdigest(),
    )


async def created_video(
    context: ServerContext, call: ToolCall, video_id: str, *, is_duplicate: bool
) -> types.CallToolResult:
    """Answer a job as the call that created it would have, had it waited until now."""
    service = await context.service()
    return await _job_result(
        service, await service.get(video_id), call, failed_is_error=True, is_duplicate=is_duplicate
    )


def _dry_run_answer(prepared: PreparedVideo) -> types.CallToolResult:
    request = prepared.request
    warnings = [finding.message for finding in request.warnings]
    cost = [f"Estimated cost: {prepared.cost}."] if prepared.cost is not None else ["No price is known for it."]
    lines = [f"Nothing was sent. {request.spec.id}, {request.mode}.", *cost, *warnings]
    shown: JsonObject = {"would_send": prepared.would_send(), "warnings": [*warnings]}
    if prepared.cost is not None:
        shown |= {"estimated_cost": str(prepared.cost), "estimated_cost_usd": round(prepared.cost.usd, 4)}
    return result(bounded("\n".join(lines), 1000), shown)


async def _submit(
    service: VideoService, arguments: CreateArguments, prepared: PreparedVideo, call: ToolCall
) -> Submitted | types.InputRequiredResult:
    """Submit what was prepared; where the user has to agree first, ask them and submit the same again."""
    submit = partial(
        service.submit,
        prepared,
        allow_duplicate=arguments.allow_duplicate,
        max_cost_usd=arguments.max_cost_usd,
        video_id=call.video_id,
    )
    try:
        return await submit(confirmation_token=arguments.confirmation_token)
    except ConfirmationNeeded as needed:
        question = Question(text=needed.message, agreement="Make this video and pay for it", token=needed.token)
        confirmation = await call.user.confirm(question)
        match confirmation:
            case "accepted":
                return await submit(confirmation_token=needed.token)
            case "declined":
                await service.decline(prepared, allow_duplicate=arguments.allow_duplicate)
                raise ConfirmationDeclined("The user said no; nothing was sent and nothing is charged.") from None
            case "input_required":
                return call.user.input_required(question)
            case "unsupported" if needed.agent_may_confirm:
                raise
            case "unsupported":
                return await service.request_approval(prepared, allow_duplicate=arguments.allow_duplicate)
            case _:
                assert_never(confirmation)


async def get_video_status(context: ServerContext, call: ToolCall) -> types.CallToolResult:
    """Answer one video, waiting for its end; without an id list the newest, waiting for the first end if told to."""
    arguments = parse(StatusArguments, call.arguments)
    service = await context.service()
    if arguments.video_id is None:
        return await _list(service, arguments, call)
    job, file_state = await service.finished(arguments.video_id) or (None, None)
    if job is None:
        wait_seconds = context.wait_seconds(arguments.wait_seconds)
        job = await service.wait(arguments.video_id, wait_seconds=wait_seconds, report=_reporter(call))
    return await _job_result(service, job, call, failed_is_error=False, file_state=file_state, with_upstream_id=True)


async def _list(service: VideoService, arguments: StatusArguments, call: ToolCall) -> types.CallToolResult:
    ended = None
    if arguments.wait_seconds:
        ended = await service.wait_any(wait_seconds=arguments.wait_seconds, report=_reporter(call))
    now = time.time()
    videos = [
        summary(job, path=_shown_path(service, job) if call.is_local else None, now=now)
        for job in await service.list(arguments.limit)
    ]
    spending = spending_answer(*await service.spending())
    answer = VideoList(ended_video_id=ended.id if ended is not None else None, videos=videos, spending=spending)
    return result(list_text(answer), answer.as_json())


async def fetch_video(context: ServerContext, call: ToolCall) -> types.CallToolResult:
    """Answer a finished video's file, with a copy of it and a preview where they are wanted."""
    arguments = parse(FetchArguments, call.arguments)
    if arguments.save_as is not None and not call.is_local:
        message = "This server does not write to a place of its caller's choice, as callers do not share its disk."
        raise OutputRefused(message, advice="Leave save_as out, and download the video.")
    service = await context.service()
    wait_seconds = context.wait_seconds(arguments.wait_seconds)
    if arguments.join:
        return await _join(service, arguments, call, wait_seconds)
    job = await service.fetch(arguments.video_id, wait_seconds=wait_seconds, report=_reporter(call))
    if job.status != "completed":
        return await _job_result(service, job, call, failed_is_error=True)
    saved = None
    if arguments.save_as is not None:
        saved = await service.files.save_as(job, arguments.save_as, overwrite=arguments.overwrite)
    if arguments.preview == "none":
        return await _job_result(service, job, call, failed_is_error=True, saved=saved)
    picture = await service.files.preview(job, arguments.preview)
    image = types.ImageContent(type="image", data=base64.b64encode(picture).decode(), mime_type="image/jpeg")
    answer = await _job_result(service, job, call, failed_is_error=True, saved=saved, preview=arguments.preview)
    return answer.model_copy(update={"content": [*answer.content, image]})


async def _join(
    service: VideoService, arguments: FetchArguments, call: ToolCall, wait_seconds: float
) -> types.CallToolResult:
    """Answer a film of several videos, or the one that is not finished yet."""
    ids = (arguments.video_id, *arguments.join)
    film = await service.join(ids, wait_seconds=wait_seconds, report=_reporter(call))
    if isinstance(film, Job):
        return await _job_result(service, film, call, failed_is_error=True)
    path = film.stored.path
    if arguments.save_as is not None:
        path = await service.files.save_film(film, arguments.save_as, overwrite=arguments.overwrite)
    link = await service.film_link(film)
    first = job_answer(await service.get(arguments.video_id), path=path, now=time.time())
    answer = film_answer(first, film, path=service.files.host_path(path), shots=len(ids), link=link)
    if arguments.preview == "none":
        return result(job_text(answer), answer.as_json())
    picture = await service.files.preview_film(film, arguments.preview)
    beside = service.files.host_path(preview_path(film.stored.path, arguments.preview))
    shown = PreviewAnswer(kind=arguments.preview, path=str(beside) if link is None else None)
    answer = answer.model_copy(update={"preview": shown})
    image = types.ImageContent(type="image", data=base64.b64encode(picture).decode(), mime_type="image/jpeg")
    return result(job_text(answer), answer.as_json(), image)


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
    file_state: FileState | None = None,
    saved: Path | None = None,
    preview: PreviewKind | None = None,
    is_duplicate: bool = False,
    with_upstream_id: bool = False,
) -> types.CallToolResult:
    files = service.files
    path = files.path_of(job)
    shown_path = saved if saved is not None else path if call.is_local else None
    shown = files.host_path(shown_path) if shown_path is not None else None
    file_state = file_state or await files.state(job)
    link = await service.download_link(job) if saved is None else None
    answer = job_answer(
        job, path=shown, now=time.time(), link=link, file_state=file_state, with_upstream_id=with_upstream_id
    )
    if preview is not None:
        shown_preview = _preview_answer(service, job, preview, is_here=link is None and call.is_local)
        answer = answer.model_copy(update={"preview": shown_preview})
    if is_duplicate:
        answer = answer.model_copy(update={"duplicate_of": job.id, "warnings": [_DUPLICATE, *(answer.warnings or [])]})
    is_shared = path is not None and link is None and call.is_local and file_state != "gone"
    links = _links(answer, path, files.host_uri(path) if path and is_shared else None) if call.takes_links else []
    is_error = failed_is_error and answer.status in {"failed", "unknown"}
    return result(job_text(answer), answer.as_json(), *links, is_error=is_error)


def _shown_path(service: VideoService, job: Job) -> PurePath | None:
    path = service.files.path_of(job)
    return service.files.host_path(path) if path is not None else None


def _preview_answer(service: VideoService, job: Job, kind: PreviewKind, *, is_here: bool) -> PreviewAnswer | None:
    path = service.files.preview_path(job, kind)
    if path is None:
        return None
    shown = str(service.files.host_path(path)) if is_here else None
    return PreviewAnswer(kind=kind, path=shown, resource_uri=f"video://{job.id}/{kind}")


def _links(answer: VideoJob, path: PurePath | None, file_uri: str | None) -> list[types.ContentBlock]:
    if answer.file is None or path is None:
        return []
    uris = [content_uri(answer.video_id), *([file_uri] if file_uri else [])]
    return [
        types.ResourceLink(
            type="resource_link",
            uri=uri,
            name=f"{answer.video_id}{path.suffix}",
            mime_type=answer.file.media_type,
            size=answer.file.bytes,
        )
        for uri in uris
    ]
