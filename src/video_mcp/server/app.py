"""The MCP server: what it is called, what it serves, and its life."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from pathlib import Path

import anyio
import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from pydantic import JsonValue

from video_mcp import version
from video_mcp.families.catalog import default_catalog
from video_mcp.plain_text import printable
from video_mcp.server import player
from video_mcp.server.callers import principal_of
from video_mcp.server.capabilities import CACHE_HINTS, DESCRIPTION, VideoServer, extend
from video_mcp.server.context import ServerContext, open_context
from video_mcp.server.icons import server_icon
from video_mcp.server.logs import configure_logging
from video_mcp.server.on_demand import RequestsOnDemand
from video_mcp.server.signals import INTERRUPTION, TERMINATION, ending_on
from video_mcp.server.subscriptions import Subscriptions
from video_mcp.server.task_streams import with_tasks
from video_mcp.server.tasks import Tasks
from video_mcp.server.tools import definitions
from video_mcp.settings import Settings, read_settings
from video_mcp.types import WEBSITE_URL

Context = ServerRequestContext[ServerContext]

_INSTRUCTIONS = (
    "Makes AI videos. create_video costs money once per call and waits about 45 seconds; when the video is not ready "
    "by then, call get_video_status with its video_id until it is, and never create it again. A started video cannot "
    "be cancelled or changed; it can be waited for, fetched, looked at (preview), continued (image: "
    "video://ID/last-frame) and joined with others. Every video is kept: get_video_status without an id lists them. "
    "list_models has models and prices."
)


def create_server(settings: Settings) -> Server[ServerContext]:
    """Return a server that serves both protocol eras; it opens the ledger when it is first needed."""
    requests = RequestsOnDemand()
    subscriptions = Subscriptions(requests.require_resource)

    @asynccontextmanager
    async def lifespan(_server: Server[ServerContext]) -> AsyncGenerator[ServerContext]:
        async with open_context(settings, subscriptions.job_changed, follow=subscriptions.follow) as opened:
            yield opened

    return build_server(settings, requests, subscriptions, lifespan)


def build_server(
    settings: Settings,
    requests: RequestsOnDemand,
    subscriptions: Subscriptions,
    lifespan: Callable[[Server[ServerContext]], AbstractAsyncContextManager[ServerContext]],
    *,
    is_stateless: bool = False,
) -> Server[ServerContext]:
    """Return a server whose state `lifespan` opens; `is_stateless` says that it keeps no connection of a client's."""
    tasks = Tasks(requests, principal_of=principal_of, now=time.time)
    tools = _tools_of(settings)
    call_tool = requests.handler(lambda to: to.call_tool)

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
        on_call_tool=call_tool,
        on_list_resources=requests.handler(lambda to: to.list_resources),
        on_list_resource_templates=requests.handler(lambda to: to.list_templates),
        on_read_resource=requests.handler(lambda to: to.read_resource),
        on_subscribe_resource=subscriptions.subscribe,
        on_unsubscribe_resource=subscriptions.unsubscribe,
        on_subscriptions_listen=with_tasks(subscriptions.listen, tasks.state),
        on_list_prompts=requests.handler(lambda to: to.list_prompts),
        on_get_prompt=requests.handler(lambda to: to.get_prompt),
        on_completion=requests.handler(lambda to: to.complete),
    )
    server.is_stateless = is_stateless
    extend(server, tasks, call_tool)
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
