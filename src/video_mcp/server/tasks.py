"""The Tasks extension: a client that declares it gets a task where a call would wait.

A task is a view of a job: the ledger holds its state, so that it lives on after a restart and on every replica.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, TypeGuard, get_args

import mcp_types as types
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.extension import Extension, MethodBinding
from mcp.shared.exceptions import MCPError
from mcp_types import HEADER_MISMATCH, MISSING_REQUIRED_CLIENT_CAPABILITY
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from video_mcp.errors import JobNotFound, VideoMCPError
from video_mcp.jobs.job import Job
from video_mcp.jobs.progress import describe
from video_mcp.server.callers import caller_context
from video_mcp.server.context import ServerContext
from video_mcp.server.task_ids import TaskReference, read_task_id, task_id_of
from video_mcp.types import JsonObject

EXTENSION_ID = "io.modelcontextprotocol/tasks"
_POLL_INTERVAL_MS = 5000
_MOST_CANCELLED = 10_000

Context = ServerRequestContext[ServerContext]
Waiting = Literal["create_video", "fetch_video"]
RunTask = Callable[[Context, TaskReference], Awaitable[types.CallToolResult]]
Now = Callable[[], float]


class TaskParams(types.RequestParams):
    """The parameters of `tasks/get` and `tasks/cancel`."""

    task_id: str


class UpdateTaskParams(TaskParams):
    """The parameters of `tasks/update`."""

    input_responses: dict[str, Any]


class Tasks(Extension):
    """Turns a waiting call into a task; `run` answers what the call would have answered at the job's end."""

    identifier = EXTENSION_ID

    def __init__(self, run: RunTask, *, now: Now) -> None:
        self._run = run
        self._now = now
        self._cancelled: dict[str, float] = {}

    def methods(self) -> Sequence[MethodBinding]:
        """Return the methods of the 2026 era that a task is asked with."""
        versions = frozenset(MODERN_PROTOCOL_VERSIONS)
        return (
            MethodBinding("tasks/get", TaskParams, self._get, versions),
            MethodBinding("tasks/cancel", TaskParams, self._cancel, versions),
            MethodBinding("tasks/update", UpdateTaskParams, self._update, versions),
        )

    async def intercept_tool_call(
        self, params: types.CallToolRequestParams, ctx: Context, call_next: CallNext
    ) -> HandlerResult:
        """Answer a task where the call would wait for an open job, and otherwise what the call answers."""
        if not (_declares_tasks(ctx) and _waits(params.name)) or (params.arguments or {}).get("wait_seconds") == 0:
            return await call_next(ctx)
        given = dict(params.arguments or {})
        # The handler is bound to these very parameters: without a wait, it answers as soon as the job is on disk.
        params.arguments = {**given, "wait_seconds": 0}
        result = await call_next(ctx)
        reference = _open_job(params.name, given, result)
        if reference is None:
            return result
        job = await (await caller_context(ctx).service()).get(reference.video_id)
        return {**self._working(ctx, reference, job), "resultType": "task"}

    async def _get(self, context: Context, params: TaskParams) -> JsonObject:
        reference, job = await self._found(context, params)
        if params.task_id in self._cancelled:
            return {**self._facts(context, reference, job), "status": "cancelled", "statusMessage": _cannot_stop(job)}
        if job.is_open:
            return self._working(context, reference, job)
        result = await self._run(context, reference)
        shown: JsonObject = result.model_dump(by_alias=True, mode="json", exclude_none=True)
        return {**self._facts(context, reference, job), "status": "completed", "result": shown}

    async def _cancel(self, context: Context, params: TaskParams) -> JsonObject:
        """End the waiting; the video goes on, as nothing can stop it at the gateway."""
        _reference, job = await self._found(context, params)
        if job.is_open:
            self._cancelled[params.task_id] = self._now()
            if len(self._cancelled) > _MOST_CANCELLED:
                del self._cancelled[next(iter(self._cancelled))]
        return {}

    async def _update(self, context: Context, params: UpdateTaskParams) -> JsonObject:
        """Take note of answers; a task has no questions, as they are asked before there is one."""
        await self._found(context, params)
        return {}

    async def _found(self, context: Context, params: TaskParams) -> tuple[TaskReference, Job]:
        _require_extension(context)
        _require_header(context, params.task_id)
        reference = read_task_id(params.task_id, _secret(context))
        if reference is not None:
            try:
                return reference, await (await caller_context(context).service()).get(reference.video_id)
            except JobNotFound:
                pass  # another's task is as unknown as one that never was
            except VideoMCPError as error:
                raise MCPError(code=types.INVALID_PARAMS, message=str(error)) from error
        message = "There is no such task; get_video_status without an id lists every video."
        raise MCPError(code=types.INVALID_PARAMS, message=message)

    def _working(self, context: Context, reference: TaskReference, job: Job) -> JsonObject:
        message = describe(job, now=self._now())
        return {**self._facts(context, reference, job), "status": "working", "statusMessage": message}

    def _facts(self, context: Context, reference: TaskReference, job: Job) -> JsonObject:
        return {
            "taskId": task_id_of(reference, _secret(context)),
            "createdAt": _timestamp(job.created_at),
            "lastUpdatedAt": _timestamp(job.updated_at),
            "ttlMs": None,
            "pollIntervalMs": _POLL_INTERVAL_MS,
        }


def _waits(name: str) -> TypeGuard[Waiting]:
    return name in get_args(Waiting)


def _open_job(name: str, given: JsonObject, result: object) -> TaskReference | None:
    """Return the task of an answer that says that a job goes on."""
    answer = result.structured_content if isinstance(result, types.CallToolResult) else None
    if not _waits(name) or answer is None or answer.get("status") not in {"queued", "in_progress"}:
        return None
    kept = {key: value for key, value in given.items() if key != "wait_seconds"} if name == "fetch_video" else {}
    return TaskReference(tool=name, video_id=answer["video_id"], is_duplicate="duplicate_of" in answer, arguments=kept)


def _declares_tasks(context: Context) -> bool:
    capabilities = context.session.client_capabilities
    declared = capabilities.extensions if capabilities is not None else None
    return context.protocol_version in MODERN_PROTOCOL_VERSIONS and EXTENSION_ID in (declared or {})


def _require_extension(context: Context) -> None:
    if _declares_tasks(context):
        return
    needed = types.ClientCapabilities(extensions={EXTENSION_ID: {}})
    raise MCPError(
        code=MISSING_REQUIRED_CLIENT_CAPABILITY,
        message=f"The client does not declare {EXTENSION_ID}.",
        data={"requiredCapabilities": needed.model_dump(by_alias=True, mode="json", exclude_none=True)},
    )


def _require_header(context: Context, task_id: str) -> None:
    """Hold the header that proxies route by against the request itself."""
    headers = getattr(context.request, "headers", None)
    if headers is not None and headers.get("mcp-name") != task_id:
        raise MCPError(code=HEADER_MISMATCH, message="The header Mcp-Name and params.taskId differ.")


def _secret(context: Context) -> str:
    """Return what all replicas share and nobody else knows: the gateway's key."""
    key = context.lifespan_context.settings.api_key
    return key.get_secret_value() if key is not None else ""


def _cannot_stop(job: Job) -> str:
    return (
        f"The waiting has ended. The gateway cannot be stopped: video {job.id} goes on and costs what it costs; "
        f"get_video_status with video_id {job.id} shows it."
    )


def _timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
