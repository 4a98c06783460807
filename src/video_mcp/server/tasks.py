"""The Tasks extension: a client that declares it gets a task where a call would wait.

A task is a view of a job: the ledger holds the state of both, so that they live on after a restart and on every
replica. A call that needs the user's yes is a task too, which has no job until `tasks/update` brings the answer.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import mcp_types as types
from mcp.server.context import CallNext, HandlerResult
from mcp.server.extension import Extension, MethodBinding
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from video_mcp.jobs.task import Task
from video_mcp.server.callers import caller_context
from video_mcp.server.context import ToolResult
from video_mcp.server.elicitation import CONFIRM, GivenAnswers, confirmation_of
from video_mcp.server.task_messages import (
    EXTENSION_ID,
    Context,
    Waiting,
    answer_of,
    awaiting_user,
    cancelled,
    completed,
    declares_tasks,
    input_required,
    is_open,
    is_waiting,
    may_be_kept,
    require_extension,
    require_header,
    starting,
    unknown_task,
    working,
)
from video_mcp.types import JsonObject

if TYPE_CHECKING:
    from video_mcp.jobs.job import Job
    from video_mcp.jobs.store.tasks import TaskStore

# Inputs may have to be read or fetched before the job is on disk.
_ANSWERING_SECONDS = 120.0

PrincipalOf = Callable[[Context], str]


class TaskCalls(Protocol):
    """What a task's call does: `answer` it once its job has ended, or `submit` it with the user's answers."""

    async def answer(self, context: Context, task: Task) -> types.CallToolResult:
        """Return what the call would have answered, had it waited until now."""
        ...

    async def submit(self, context: Context, task: Task, user: GivenAnswers) -> ToolResult:
        """Run the call; a new job is called as the task says."""
        ...


class TaskParams(types.RequestParams):
    """The parameters of `tasks/get` and `tasks/cancel`."""

    task_id: str


class UpdateTaskParams(TaskParams):
    """The parameters of `tasks/update`."""

    input_responses: dict[str, Any]


class Tasks(Extension):
    """Turns a waiting call into a task, which only the principal of the call sees."""

    identifier = EXTENSION_ID

    def __init__(self, calls: TaskCalls, *, principal_of: PrincipalOf, now: Callable[[], float]) -> None:
        self._calls = calls
        self._principal_of = principal_of
        self._now = now

    def methods(self) -> Sequence[MethodBinding]:
        """Return the methods of the 2026 era that a task is followed with."""
        versions = frozenset(MODERN_PROTOCOL_VERSIONS)
        return (
            MethodBinding("tasks/get", TaskParams, self._get, versions),
            MethodBinding("tasks/cancel", TaskParams, self._cancel, versions),
            MethodBinding("tasks/update", UpdateTaskParams, self._update, versions),
        )

    async def intercept_tool_call(
        self, params: types.CallToolRequestParams, ctx: Context, call_next: CallNext
    ) -> HandlerResult:
        """Answer a task where the call would wait for a job or for the user, and otherwise what the call answers."""
        name, given = params.name, dict(params.arguments or {})
        if not (declares_tasks(ctx) and is_waiting(name)) or given.get("wait_seconds") in (0, "0"):
            return await call_next(ctx)
        # The handler is bound to these very parameters: without a wait, it answers as soon as the job is on disk.
        params.arguments = {**given, "wait_seconds": 0}
        result = await call_next(ctx)
        if isinstance(result, types.InputRequiredResult):
            asks_first = name == "create_video" and params.request_state is None and may_be_kept(given)
            return await self._asking(ctx, given, result) if asks_first else result
        if isinstance(result, types.CallToolResult) and is_open(result):
            return await self._following(ctx, name, given, result)
        return result

    async def _following(
        self, context: Context, name: Waiting, given: JsonObject, result: types.CallToolResult
    ) -> JsonObject:
        """Return the task of a call whose job goes on."""
        kept = {key: value for key, value in given.items() if key != "wait_seconds"} if name == "fetch_video" else {}
        task = _with_video(self._new_task(context, name, kept, video_id=""), result)
        await (await _store(context)).add(task)
        job = await (await caller_context(context).service()).get(task.video_id)
        return {**working(task, job, now=self._now()), "resultType": "task"}

    async def _asking(self, context: Context, given: JsonObject, result: types.InputRequiredResult) -> JsonObject:
        """Return the task of a call that the user has to agree to; its job, once there is one, has a known id."""
        service = await caller_context(context).service()
        task = self._new_task(context, "create_video", given, video_id=service.reserve_id())
        task = replace(task, question=_question(result))
        await service.tasks.add(task)
        return {**awaiting_user(task), "resultType": "task"}

    def _new_task(self, context: Context, name: Waiting, arguments: JsonObject, *, video_id: str) -> Task:
        now = self._now()
        return Task(
            id=f"task_{secrets.token_urlsafe(24)}",
            principal=self._principal_of(context),
            tool=name,
            arguments=arguments,
            video_id=video_id,
            created_at=now,
            updated_at=now,
        )

    async def _get(self, context: Context, params: TaskParams) -> JsonObject:
        require_extension(context)
        require_header(context, params.task_id)
        return await self.state(context, params.task_id)

    async def state(self, context: Context, task_id: str) -> JsonObject:
        """Return a task as it is now.

        Raises:
            MCPError: There is no such task for this caller.
        """
        task, job = await self._of_caller(context, task_id)
        if task.cancelled_at is not None:
            return cancelled(task, job)
        if job is None:
            return self._without_job(task)
        if job.is_open:
            return working(task, job, now=self._now())
        result = await self._calls.answer(context, task)
        if is_open(result):  # a film of several videos waits for the next one
            return await self._followed_further(context, task, result)
        return completed(task, result.model_dump(by_alias=True, mode="json", exclude_none=True), job)

    def _without_job(self, task: Task) -> JsonObject:
        if task.result is not None:
            return completed(task, task.result)
        if task.question is None:
            raise unknown_task()
        return starting(task) if self._is_being_answered(task) else input_required(task)

    def _is_being_answered(self, task: Task) -> bool:
        """Return whether a process runs the call with a yes; one that has not ended in time has died."""
        return _text(task) in task.accepted and self._now() - task.updated_at < _ANSWERING_SECONDS

    async def _followed_further(self, context: Context, task: Task, result: types.CallToolResult) -> JsonObject:
        service = await caller_context(context).service()
        task = _with_video(task, result)
        await service.tasks.save(task)
        return working(task, await service.get(task.video_id), now=self._now())

    async def _cancel(self, context: Context, params: TaskParams) -> JsonObject:
        """End the waiting; a video that was begun goes on, as nothing can stop it at the gateway."""
        task, job = await self._found(context, params)
        if task.result is None and task.cancelled_at is None and (job is None or job.is_open):
            await (await _store(context)).save(replace(task, cancelled_at=self._now(), updated_at=self._now()))
        return {}

    async def _update(self, context: Context, params: UpdateTaskParams) -> JsonObject:
        """Take the user's answer to the question that is open; other answers change nothing."""
        task, job = await self._found(context, params)
        response = _response(params.input_responses.get(CONFIRM))
        is_asked = task.question is not None and task.result is None and task.cancelled_at is None and job is None
        if response is not None and is_asked and not self._is_being_answered(task):
            await self._answered(context, task, response)
        return {}

    async def _answered(self, context: Context, task: Task, response: types.ElicitResult) -> None:
        """Run the call with the answer; of several answers, in whichever process, the first to be written runs it."""
        question = _text(task)
        agrees = confirmation_of(response) == "accepted"
        accepted = (*task.accepted, question) if agrees else task.accepted
        task = replace(task, accepted=accepted, updated_at=self._now())
        service = await caller_context(context).service()
        if not await service.tasks.save(task):
            return
        task = replace(task, revision=task.revision + 1)
        result = await self._calls.submit(context, task, GivenAnswers(accepted, None if agrees else question))
        if isinstance(result, types.InputRequiredResult):
            after = replace(task, question=_question(result))
        elif _video_of(result) is not None:
            after = _with_video(replace(task, question=None), result)
        elif await service.known(task.video_id) is None:
            shown = result.model_dump(by_alias=True, mode="json", exclude_none=True)
            after = replace(task, question=None, result=shown)
        else:
            return
        await service.tasks.save(after)

    async def _found(self, context: Context, params: TaskParams) -> tuple[Task, Job | None]:
        require_extension(context)
        require_header(context, params.task_id)
        return await self._of_caller(context, params.task_id)

    async def _of_caller(self, context: Context, task_id: str) -> tuple[Task, Job | None]:
        service = await caller_context(context).service()
        task = await service.tasks.get(task_id, principal=self._principal_of(context))
        if task is None or not is_waiting(task.tool):
            raise unknown_task()
        return task, await service.known(task.video_id)


async def _store(context: Context) -> TaskStore:
    return (await caller_context(context).service()).tasks


def _video_of(result: types.CallToolResult) -> str | None:
    """Return the video of an answer about a job."""
    answer = answer_of(result)
    video_id = answer.get("video_id") if "status" in answer else None
    return video_id if isinstance(video_id, str) else None


def _with_video(task: Task, result: types.CallToolResult) -> Task:
    is_duplicate = "duplicate_of" in answer_of(result)
    return replace(task, video_id=_video_of(result) or task.video_id, is_duplicate=is_duplicate)


def _question(result: types.InputRequiredResult) -> JsonObject:
    requests = result.input_requests or {}
    return {key: value.model_dump(by_alias=True, mode="json", exclude_none=True) for key, value in requests.items()}


def _text(task: Task) -> str:
    """Return the question that a task waits to have answered."""
    request = types.ElicitRequest.model_validate((task.question or {})[CONFIRM])
    return request.params.message


def _response(given: object) -> types.ElicitResult | None:
    try:
        return types.ElicitResult.model_validate(given)
    except ValueError:
        return None
