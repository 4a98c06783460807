"""The MCP server: what it is called, what it serves, and its life."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import get_args

import anyio
import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from pydantic import JsonValue

from video_mcp import version
from video_mcp.families.catalog import default_catalog
from video_mcp.families.messages import short_text
from video_mcp.jobs.task import Task
from video_mcp.plain_text import printable
from video_mcp.server import completions, player, prompts, resource_list, resources
from video_mcp.server.arguments import CANNOT_CANCEL, asks_to_cancel
from video_mcp.server.callers import caller_context, principal_of
from video_mcp.server.capabilities import CACHE_HINTS, DESCRIPTION, VideoServer, extend
from video_mcp.server.context import ServerContext, ToolCall, ToolResult, open_context
from video_mcp.server.elicitation import Elicitor, GivenAnswers
from video_mcp.server.handlers import call_tool, task_result
from video_mcp.server.icons import server_icon
from video_mcp.server.logs import configure_logging
from video_mcp.server.signals import INTERRUPTION, TERMINATION, ending_on
from video_mcp.server.subscriptions import Subscriptions
from video_mcp.server.task_streams import with_tasks
from video_mcp.server.tasks import Tasks
from video_mcp.server.tools import ToolName, definitions
from video_mcp.settings import Settings, read_settings
from video_mcp.types import WEBSITE_URL

Context = ServerRequestContext[ServerContext]

_RESOURCE_LINKS_SINCE = "2025-06-18"

_INSTRUCTIONS = (
    "Makes AI videos. create_video costs money once per call and waits about 45 seconds; when the video is not ready "
    "by then, call get_video_status with its video_id until it is, and never create it again. A started video cannot "
    "be cancelled or changed; it can be waited for, fetched, looked at (preview), continued (image: "
    "video://ID/last-frame) and joined with others. Every video is kept: get_video_status without an id lists them. "
    "list_models has models and prices."
)


def new_subscriptions() -> Subscriptions:
    """Return the subscribers of one process: none so far."""
    return Subscriptions(resources.require_resource)


def create_server(settings: Settings) -> Server[ServerContext]:
    """Return a server that serves both protocol eras; it opens the ledger when it is first needed."""
    subscriptions = new_subscriptions()

    @asynccontextmanager
    async def lifespan(_server: Server[ServerContext]) -> AsyncGenerator[ServerContext]:
        async with open_context(settings, subscriptions.job_changed, follow=subscriptions.follow) as opened:
            yield opened

    return build_server(settings, subscriptions, lifespan)


def build_server(
    settings: Settings,
    subscriptions: Subscriptions,
    lifespan: Callable[[Server[ServerContext]], AbstractAsyncContextManager[ServerContext]],
    *,
    is_stateless: bool = False,
) -> Server[ServerContext]:
    """Return a server whose state `lifespan` opens; `is_stateless` says that it keeps no connection of a client's."""
    tasks = Tasks(_TaskCalls(), principal_of=principal_of, now=time.time)
    tools = _tools_of(settings)

    async def list_tools(_context: Context, _params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[*tools()])

    server = VideoServer(
        "video-mcp",
        title="AI video",
        description=DESCRIPTION,
        website_url=WEBSITE_URL,
        icons=[server_icon()],
        version=version(),
        cache_hints=CACHE_HINTS,
        instructions=_INSTRUCTIONS,
        lifespan=lifespan,
        get_tool_input_schema=_input_schemas(tools),
        on_list_tools=list_tools,
        on_call_tool=_call_tool,
        on_list_resources=_list_resources,
        on_list_resource_templates=_list_templates,
        on_read_resource=_read_resource,
        on_subscribe_resource=subscriptions.subscribe,
        on_unsubscribe_resource=subscriptions.unsubscribe,
        on_subscriptions_listen=with_tasks(subscriptions.listen, tasks.state),
        on_list_prompts=prompts.list_prompts,
        on_get_prompt=prompts.get_prompt,
        on_completion=completions.complete,
    )
    server.is_stateless = is_stateless
    extend(server, tasks, _call_tool)
    server.extensions[player.EXTENSION_ID] = {}
    server.add_notification_handler("notifications/initialized", types.NotificationParams, subscriptions.connected)
    return server


def serve(*, input_dirs: Sequence[Path] = (), log_file: Path | None = None) -> int:
    """Serve on stdio until the client leaves; returns the exit code.

    `input_dirs` are read from in place of those of the settings; the log goes to `log_file` instead of stderr.

    Settings that cannot work are told on stderr, every problem a line, and by every call: a client shows its user
    what a tool answers, and hardly ever why a server did not start.
    """
    settings = read_settings()
    settings = settings.model_copy(update={"input_dirs": tuple(input_dirs)}) if input_dirs else settings
    sys.stderr.write("".join(f"video-mcp: {printable(problem)}\n" for problem in settings.problems()))
    configure_logging(settings, log_file)
    anyio.run(serve_stdio, settings)
    return 0


async def serve_stdio(settings: Settings) -> None:
    """Serve one client over standard input and output until it leaves."""
    from mcp.server.stdio import stdio_server  # noqa: PLC0415 - other transports do not need it

    from video_mcp.server.unreadable import ReadableMessages  # noqa: PLC0415 - other transports do not need it

    server = create_server(settings)
    async with stdio_server() as (read, write):
        async with ending_on((*TERMINATION, INTERRUPTION)) as ending:
            await server.run(ReadableMessages(read, write), write, server.create_initialization_options())
        if ending.received is not None:
            # The service is closed and all is recorded; the thread that reads stdin cannot be interrupted.
            logging.shutdown()
            os._exit(128 + ending.received)


def _tools_of(settings: Settings) -> Callable[[], Sequence[types.Tool]]:
    """Return what gives the tools, derived once for a server: nothing of them changes while it runs."""

    @cache
    def tools() -> Sequence[types.Tool]:
        return definitions(default_catalog(settings.extra_models), settings.wait_seconds)

    return tools


def _input_schemas(tools: Callable[[], Sequence[types.Tool]]) -> Callable[[str], Mapping[str, JsonValue] | None]:
    """Return what the SDK holds a call's headers against; without it, it would list the tools before each call."""

    @cache
    def schemas() -> Mapping[str, Mapping[str, JsonValue]]:
        return {tool.name: tool.input_schema for tool in tools()}

    return lambda name: schemas().get(name)


async def _call_tool(context: Context, params: types.CallToolRequestParams) -> ToolResult:
    return await call_tool(caller_context(context), _tool_name(params.name), _tool_call(context, params))


class _TaskCalls:
    async def answer(self, context: Context, task: Task) -> types.CallToolResult:
        """Return what the call would have answered, had it waited until now."""
        return await task_result(caller_context(context), task, _task_call(context, task))

    async def submit(self, context: Context, task: Task, user: GivenAnswers) -> ToolResult:
        """Run the call that waited for its user."""
        call = replace(_task_call(context, task), user=user, video_id=task.video_id)
        return await call_tool(caller_context(context), "create_video", call)


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


async def _list_resources(context: Context, params: types.PaginatedRequestParams | None) -> types.ListResourcesResult:
    return await resource_list.list_resources(caller_context(context), params.cursor if params is not None else None)


async def _list_templates(
    _context: Context, _params: types.PaginatedRequestParams | None
) -> types.ListResourceTemplatesResult:
    return types.ListResourceTemplatesResult(resource_templates=resource_list.TEMPLATES)


async def _read_resource(context: Context, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
    is_local = context.request is None
    return await resources.read_resource(caller_context(context), str(params.uri), is_local=is_local)
