"""What a task looks like on the wire, and what a request about one must bring. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, TypeGuard, get_args

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import HEADER_MISMATCH, MISSING_REQUIRED_CLIENT_CAPABILITY
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from video_mcp.jobs.task import Task
from video_mcp.json_texts import texts_in
from video_mcp.server.context import ServerContext
from video_mcp.types import JsonObject

if TYPE_CHECKING:
    from video_mcp.jobs.job import Job

EXTENSION_ID = "io.modelcontextprotocol/tasks"
_POLL_INTERVAL_MS = 5000
_MOST_KEPT_CHARACTERS = 64_000

Context = ServerRequestContext[ServerContext]
Waiting = Literal["create_video", "fetch_video"]


def working(task: Task, job: Job, *, now: float) -> JsonObject:
    """Return a task whose job goes on."""
    from video_mcp.jobs.progress import describe  # noqa: PLC0415 - loads with the first job

    return {**_facts(task, job), "status": "working", "statusMessage": describe(job, now=now)}


def awaiting_user(task: Task) -> JsonObject:
    """Return a task whose user has to agree first, as it is created; the question is read with `tasks/get`."""
    message = "The user has to agree first; nothing was sent. tasks/update takes the answer."
    return {**_facts(task), "status": "input_required", "statusMessage": message}


def input_required(task: Task) -> JsonObject:
    """Return a task whose user has to agree first, with the question."""
    return {**awaiting_user(task), "inputRequests": task.question}


def starting(task: Task) -> JsonObject:
    """Return a task whose user has agreed and whose job is about to be written."""
    return {**_facts(task), "status": "working", "statusMessage": "The user has agreed; the video is about to begin."}


def completed(task: Task, result: JsonObject, job: Job | None = None) -> JsonObject:
    """Return a task that has ended with its call's result; an error is a result too."""
    return {**_facts(task, job), "status": "completed", "result": result}


def cancelled(task: Task, job: Job | None) -> JsonObject:
    """Return a task without a waiter, and what that means for its video."""
    message = "The user was not waited for: nothing was sent and nothing is charged."
    if job is not None:
        message = (
            f"The waiting has ended. The gateway cannot be stopped: video {job.id} goes on and costs what it costs; "
            f"get_video_status with video_id {job.id} shows it."
        )
    return {**_facts(task), "status": "cancelled", "statusMessage": message}


def _facts(task: Task, job: Job | None = None) -> JsonObject:
    updated_at = max(task.updated_at, job.updated_at if job is not None else 0.0)
    return {
        "taskId": task.id,
        "createdAt": _timestamp(task.created_at),
        "lastUpdatedAt": _timestamp(updated_at),
        "ttlMs": None,
        "pollIntervalMs": _POLL_INTERVAL_MS,
    }


def _timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def is_waiting(name: str) -> TypeGuard[Waiting]:
    """Return whether a tool is one that waits for a job."""
    return name in get_args(Waiting)


def is_open(result: types.CallToolResult) -> bool:
    """Return whether an answer says that its job goes on."""
    return answer_of(result).get("status") in {"queued", "in_progress"}


def answer_of(result: types.CallToolResult) -> JsonObject:
    """Return the facts of an answer; none where a call gives only text."""
    answer: JsonObject = result.structured_content or {}
    return answer


def may_be_kept(arguments: JsonObject) -> bool:
    """Return whether a call may wait for its user in the ledger: media as text and signed links do not go there."""
    texts = list(texts_in(arguments))
    if sum(len(text) for text in texts) > _MOST_KEPT_CHARACTERS:
        return False
    return not any("data:" in text or ("://" in text and ("?" in text or "@" in text)) for text in texts)


def unknown_task() -> MCPError:
    """Return the error about an id that was not given out, or not to this principal."""
    message = "There is no such task; get_video_status without an id lists every video."
    return MCPError(code=types.INVALID_PARAMS, message=message)


def declares_tasks(context: Context) -> bool:
    """Return whether this request's client declares the extension."""
    capabilities = context.session.client_capabilities
    declared = capabilities.extensions if capabilities is not None else None
    return context.protocol_version in MODERN_PROTOCOL_VERSIONS and EXTENSION_ID in (declared or {})


def require_extension(context: Context) -> None:
    """Refuse a client that does not declare the extension.

    Raises:
        MCPError: It does not.
    """
    if declares_tasks(context):
        return
    needed = types.ClientCapabilities(extensions={EXTENSION_ID: {}})
    raise MCPError(
        code=MISSING_REQUIRED_CLIENT_CAPABILITY,
        message=f"The client does not declare {EXTENSION_ID}.",
        data={"requiredCapabilities": needed.model_dump(by_alias=True, mode="json", exclude_none=True)},
    )


def require_header(context: Context, task_id: str) -> None:
    """Hold the header that proxies route by against the request itself.

    Raises:
        MCPError: They differ.
    """
    headers = getattr(context.request, "headers", None)
    if headers is not None and headers.get("mcp-name") != task_id:
        raise MCPError(code=HEADER_MISMATCH, message="The header Mcp-Name and params.taskId differ.")
