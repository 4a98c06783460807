"""Loading what answers requests when the first one comes: a client that starts the server need not wait for it."""

from __future__ import annotations

import importlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import anyio.to_thread
from mcp.server.context import ServerRequestContext

from video_mcp.server.context import ServerContext

if TYPE_CHECKING:
    import mcp_types as types

    from video_mcp.jobs.task import Task
    from video_mcp.server.context import ToolResult
    from video_mcp.server.elicitation import GivenAnswers
    from video_mcp.server.requests import Requests

Context = ServerRequestContext[ServerContext]
Params = TypeVar("Params")
Result = TypeVar("Result")

_ANSWERING = "video_mcp.server.requests"


class RequestsOnDemand:
    """What answers requests, loaded off the loop by the first of them."""

    def __init__(self) -> None:
        self._requests: Requests | None = None

    async def loaded(self) -> Requests:
        """Return what answers requests."""
        if self._requests is None:
            await anyio.to_thread.run_sync(importlib.import_module, _ANSWERING)
            from video_mcp.server.requests import Requests  # noqa: PLC0415 - see above

            self._requests = Requests()
        return self._requests

    def handler(
        self, chosen: Callable[[Requests], Callable[[Context, Params], Awaitable[Result]]]
    ) -> Callable[[Context, Params], Awaitable[Result]]:
        """Return a handler that gives its requests to the one that is `chosen`."""

        async def handle(context: Context, params: Params) -> Result:
            return await chosen(await self.loaded())(context, params)

        return handle

    async def answer(self, context: Context, task: Task) -> types.CallToolResult:
        """Return what the call of a task would have answered, had it waited until now."""
        return await (await self.loaded()).answer_task(context, task)

    async def submit(self, context: Context, task: Task, user: GivenAnswers) -> ToolResult:
        """Run the call of a task that waited for its user."""
        return await (await self.loaded()).submit_task(context, task, user)

    async def require_resource(self, context: ServerContext, uri: str) -> None:
        """Return when an address names a resource.

        Raises:
            MCPError: It names none.
        """
        await (await self.loaded()).require_resource(context, uri)
