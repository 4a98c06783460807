"""What happens when a tool is called."""

from __future__ import annotations

import logging
from typing import assert_never

import mcp_types as types
from mcp.shared.exceptions import MCPError

from video_mcp.errors import VideoMCPError
from video_mcp.jobs.task import Task
from video_mcp.server.arguments import ListArguments, parse
from video_mcp.server.context import ServerContext, ToolResult
from video_mcp.server.error_results import error_result
from video_mcp.server.model_listing import list_models
from video_mcp.server.result_text import error_text
from video_mcp.server.tool_call import ToolCall
from video_mcp.server.tools import ToolName, result

logger = logging.getLogger(__name__)


async def call_tool(context: ServerContext, name: ToolName, call: ToolCall) -> ToolResult:
    """Run a tool; an error is an answer too, and an unexpected one tells only its kind."""
    try:
        return await _dispatch(context, name, call)
    except MCPError:  # a message that breaks the protocol, and not a call that went wrong
        raise
    except Exception as error:
        return _failed(context, name, error)


def _failed(context: ServerContext, name: ToolName, error: Exception) -> types.CallToolResult:
    if not isinstance(error, VideoMCPError):
        logger.error("%s failed", name, exc_info=error)
    answer = error_result(error, may_have_submitted=name == "create_video")
    if context.telemetry is not None:
        context.telemetry.call_failed(name, answer.error.code)
    return result(error_text(answer), answer.as_json(), is_error=True)


async def task_result(context: ServerContext, task: Task, call: ToolCall) -> types.CallToolResult:
    """Return what the call of a task would have answered, had it waited until now."""
    tool = "create_video" if task.tool == "create_video" else "fetch_video"
    try:
        from video_mcp.server import video_handlers  # noqa: PLC0415 - the jobs room loads when it is first needed

        if tool == "create_video":
            return await video_handlers.created_video(context, call, task.video_id, is_duplicate=task.is_duplicate)
        return await video_handlers.fetch_video(context, call)
    except Exception as error:
        return _failed(context, tool, error)


async def _dispatch(context: ServerContext, name: ToolName, call: ToolCall) -> ToolResult:
    if name == "list_models":
        return await _list_models(context, call)
    from video_mcp.server import video_handlers  # noqa: PLC0415 - the jobs room loads when it is first needed

    match name:
        case "create_video":
            return await video_handlers.create_video(context, call)
        case "get_video_status":
            return await video_handlers.get_video_status(context, call)
        case "fetch_video":
            return await video_handlers.fetch_video(context, call)
        case _:
            assert_never(name)


async def _list_models(context: ServerContext, call: ToolCall) -> types.CallToolResult:
    arguments = parse(ListArguments, call.arguments)
    has_gateway = not context.settings.problems()
    usable = await (await context.service()).usable_models() if has_gateway else None
    text, structured = list_models(await context.current_catalog(), arguments, usable)
    return result(text, structured)
