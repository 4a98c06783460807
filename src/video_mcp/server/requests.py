"""What a client's requests are answered with. Loads all that answers them, so it loads with the first of them."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError

from video_mcp.families.messages import short_text
from video_mcp.jobs.task import Task
from video_mcp.server import completions, prompts, resource_list, resources
from video_mcp.server.arguments import CANNOT_CANCEL, asks_to_cancel
from video_mcp.server.callers import caller_context
from video_mcp.server.context import ServerContext, ToolResult
from video_mcp.server.elicitation import Elicitor, GivenAnswers
from video_mcp.server.handlers import call_tool, task_result
from video_mcp.server.tool_call import ToolCall
from video_mcp.server.tools import ToolName

Context = ServerRequestContext[ServerContext]

_RESOURCE_LINKS_SINCE = "2025-06-18"


class Requests:
    """Answers every request that needs more than what a server says of itself."""

    async def call_tool(self, context: Context, params: types.CallToolRequestParams) -> ToolResult:
        """Return a tool's answer; an error is one too."""
        return await call_tool(caller_context(context), _tool_name(params.name), _tool_call(context, params))

    async def answer_task(self, context: Context, task: Task) -> types.CallToolResult:
        """Return what the call of a task would have answered, had it waited until now."""
        return await task_result(caller_context(context), task, _task_call(context, task))

    async def submit_task(self, context: Context, task: Task, user: GivenAnswers) -> ToolResult:
        """Run the call of a task that waited for its user."""
        call = replace(_task_call(context, task), user=user, video_id=task.video_id)
        return await call_tool(caller_context(context), "create_video", call)

    async def require_resource(self, context: ServerContext, uri: str) -> None:
        """Return when an address names a resource.

        Raises:
            MCPError: It names none.
        """
        await resources.require_resource(context, uri)

    async def list_resources(
        self, context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        """Return one page of the resources."""
        cursor = params.cursor if params is not None else None
        return await resource_list.list_resources(caller_context(context), cursor)

    async def list_templates(
        self, _context: Context, _params: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        """Return the templates of those resources that are not listed."""
        return types.ListResourceTemplatesResult(resource_templates=resource_list.TEMPLATES)

    async def read_resource(
        self, context: Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        """Return what a resource holds."""
        is_local = context.request is None
        return await resources.read_resource(caller_context(context), str(params.uri), is_local=is_local)

    async def list_prompts(
        self, _context: Context, _params: types.PaginatedRequestParams | None
    ) -> types.ListPromptsResult:
        """Return every prompt."""
        return types.ListPromptsResult(prompts=prompts.listed_prompts())

    async def get_prompt(self, context: Context, params: types.GetPromptRequestParams) -> types.GetPromptResult:
        """Return a prompt's message."""
        return await prompts.get_prompt(caller_context(context), params.name, params.arguments or {})

    async def complete(self, context: Context, params: types.CompleteRequestParams) -> types.CompleteResult:
        """Return the values of an argument."""
        return await completions.complete(caller_context(context), params)


def _task_call(context: Context, task: Task) -> ToolCall:
    arguments = {**task.arguments, "wait_seconds": 0}
    return _tool_call(context, types.CallToolRequestParams(name=task.tool, arguments=arguments))


def _tool_call(context: Context, params: types.CallToolRequestParams) -> ToolCall:
    return ToolCall(
        arguments=params.arguments or {},
        report_progress=context.session.report_progress,
        user=Elicitor(context, params),
        is_local=context.request is None,
        takes_links=context.protocol_version >= _RESOURCE_LINKS_SINCE,
    )


def _tool_name(name: str) -> ToolName:
    known: tuple[ToolName, ...] = get_args(ToolName)
    for tool in known:
        if tool == name:
            return tool
    why = f" {CANNOT_CANCEL}" if asks_to_cancel(name) else ""
    message = f"There is no tool {short_text(name)}; there are {', '.join(known)}.{why}"
    raise MCPError(code=types.INVALID_PARAMS, message=message)
