"""`notifications/tasks`: a stream of the 2026 era that names tasks hears of each change of their status.

The states are read from the ledger once a second, so that a change by any process is heard of.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, cast

import anyio
import mcp_types as types
from mcp.server.session import ServerSession
from mcp.shared.exceptions import MCPError
from mcp.shared.subscriptions import SUBSCRIPTION_ID_META_KEY

from video_mcp.server.task_messages import Context, declares_tasks
from video_mcp.types import JsonObject

_LOOK_SECONDS = 1.0
_MOST_TASKS = 100

TaskState = Callable[[Context, str], Awaitable[JsonObject]]
"""What `tasks/get` answers of a task; raises MCPError where there is none for this caller."""

Listen = Callable[[Context, types.SubscriptionsListenRequestParams], Awaitable[types.SubscriptionsListenResult]]


class TaskNotification(types.Notification[dict[str, Any], Literal["notifications/tasks"]]):
    """What a stream hears of a task: the task as `tasks/get` shows it."""

    method: Literal["notifications/tasks"] = "notifications/tasks"
    params: dict[str, Any]


def with_tasks(listen: Listen, state_of: TaskState) -> Listen:
    """Return a handler of `subscriptions/listen` that serves the extension's `taskIds` beside what `listen` serves."""

    async def handle(
        context: Context, params: types.SubscriptionsListenRequestParams
    ) -> types.SubscriptionsListenResult:
        wanted = _task_ids(params.notifications) if declares_tasks(context) else ()
        known = {task_id: state for task_id in wanted if (state := await _state(context, task_id, state_of))}
        if not known:
            return await listen(context, params)
        stream = _TaskStream(context, known, state_of)
        result = types.SubscriptionsListenResult()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(stream.follow)
            result = await listen(replace(context, session=cast("ServerSession", stream)), params)
            tasks.cancel_scope.cancel()
        return result

    return handle


class _TaskStream:
    """The session of one stream: its acknowledgement names the tasks, and their changes come after it."""

    def __init__(self, context: Context, known: Mapping[str, JsonObject], state_of: TaskState) -> None:
        self._context = context
        self._known = dict(known)
        self._state_of = state_of
        self._acknowledged = anyio.Event()

    async def send_notification(
        self, notification: types.ServerNotification, related_request_id: types.RequestId | None = None
    ) -> None:
        """Send what the stream's own handler sends."""
        if isinstance(notification, types.SubscriptionsAcknowledgedNotification):
            honored = notification.params.notifications.model_copy(update={"taskIds": list(self._known)})
            params = notification.params.model_copy(update={"notifications": honored})
            notification = notification.model_copy(update={"params": params})
        await self._context.session.send_notification(notification, related_request_id=related_request_id)
        self._acknowledged.set()

    async def follow(self) -> None:
        """Send each change of a task's status, until the task has ended."""
        await self._acknowledged.wait()
        open_ids = [task_id for task_id, state in self._known.items() if _is_open(state)]
        while open_ids:
            await anyio.sleep(_LOOK_SECONDS)
            for task_id in open_ids:
                await self._look(task_id)
            open_ids = [task_id for task_id in open_ids if _is_open(self._known[task_id])]

    async def _look(self, task_id: str) -> None:
        state = await _state(self._context, task_id, self._state_of)
        if state is None or _told(state) == _told(self._known[task_id]):
            return
        self._known[task_id] = state
        stamped = {**state, "_meta": {SUBSCRIPTION_ID_META_KEY: self._context.request_id}}
        notification = cast("types.ServerNotification", TaskNotification(params=stamped))
        await self._context.session.send_notification(notification, related_request_id=self._context.request_id)


def _task_ids(wanted: types.SubscriptionFilter) -> Sequence[str]:
    given = (wanted.model_extra or {}).get("taskIds")
    ids = cast("list[object]", given) if isinstance(given, list) else []
    return [task_id for task_id in ids if isinstance(task_id, str)][:_MOST_TASKS]


async def _state(context: Context, task_id: str, state_of: TaskState) -> JsonObject | None:
    """Return a task's state; None for an id that was not given out to this caller."""
    try:
        return await state_of(context, task_id)
    except MCPError:
        return None


def _told(state: JsonObject) -> tuple[object, object]:
    """Return what makes a state another one: its status, or another question."""
    return state["status"], state.get("inputRequests")


def _is_open(state: JsonObject) -> bool:
    return state["status"] in {"working", "input_required"}
