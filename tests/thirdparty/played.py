"""A server of our own factory that plays the conformance suite's fixtures with our own tools.

The suite calls tools that no other server has. Here each of them is a name for a call of `create_video`, so that the
suite checks our own progress, tasks and questions.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import anyio
import mcp_types as types
from mcp.server.context import HandlerResult, ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.types import Receive, Scope, Send

from video_mcp.server.app import build_server
from video_mcp.server.callers import PRINCIPAL_KEY
from video_mcp.server.context import ServerContext, open_context
from video_mcp.server.elicitation import CONFIRM
from video_mcp.server.http.serve import bound_socket, uvicorn_server
from video_mcp.server.on_demand import RequestsOnDemand
from video_mcp.server.subscriptions import Subscriptions
from video_mcp.server.tasks import UpdateTaskParams
from video_mcp.settings import Settings, load_settings
from video_mcp.simulator import SimulatorConfig, run_simulator
from video_mcp.types import LOCAL_PRINCIPAL

# Long enough for a task to be followed, cancelled and answered while its video renders.
RENDERING = SimulatorConfig(render_seconds=1.0, max_side=64, poll_after_ms=50)
CHEAP: Mapping[str, object] = MappingProxyType({"model": "sora-2", "seconds": 4, "allow_duplicate": True})
EXPENSIVE: Mapping[str, object] = MappingProxyType({**CHEAP, "seconds": 20})
"""A call that the user has to agree to, as it costs more than a dollar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A call of `create_video` that plays a tool of the suite; `key` is what the suite calls our question."""

    arguments: Mapping[str, object]
    prompt: str = "A paper boat"
    key: str = CONFIRM


PARTS: Mapping[str, Part] = MappingProxyType(
    {
        "test_tool_with_progress": Part(arguments=CHEAP),
        "test_input_required_result_elicitation": Part(arguments=EXPENSIVE, key="user_name"),
        "test_input_required_result_request_state": Part(arguments=EXPENSIVE),
        "test_input_required_result_tampered_state": Part(arguments=EXPENSIVE),
        "slow_compute": Part(arguments=CHEAP),
        "failing_job": Part(arguments=CHEAP, prompt="[fail] A paper boat"),
        "confirm_delete": Part(arguments=EXPENSIVE),
    }
)


def play(server: Server[ServerContext]) -> None:
    """Let a server answer the suite's tools with its own."""
    own = server.get_request_handler("tools/call")
    update = server.get_request_handler("tasks/update")
    assert own is not None
    assert update is not None

    async def call(context: ServerRequestContext[Any, Any], params: types.CallToolRequestParams) -> HandlerResult:
        if params.name == "greet":
            return _greeting(params)
        part = PARTS.get(params.name)
        if part is None:
            return await own.handler(context, params)
        arguments = {**part.arguments, "prompt": part.prompt}
        renamed = {"name": "create_video", "arguments": arguments, "input_responses": _answers(params, part.key)}
        return _with_key(await own.handler(context, params.model_copy(update=renamed)), part.key)

    async def updated(context: ServerRequestContext[Any, Any], params: UpdateTaskParams) -> HandlerResult:
        ticked = {key: {**given, "content": {"agree": True}} for key, given in params.input_responses.items()}
        return await update.handler(context, params.model_copy(update={"input_responses": ticked}))

    server.add_request_handler("tools/call", types.CallToolRequestParams, call)
    server.add_request_handler("tasks/update", UpdateTaskParams, updated)


def _greeting(params: types.CallToolRequestParams) -> types.CallToolResult:
    """Return the one answer that is not ours: of a tool that never waits."""
    text = f"Hello, {(params.arguments or {})['name']}!"
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)])


def _answers(params: types.CallToolRequestParams, key: str) -> Mapping[str, object] | None:
    """Return the suite's answers under our own key, each form with our own box ticked."""
    answer = (params.input_responses or {}).get(key)
    if not isinstance(answer, types.ElicitResult):
        return params.input_responses
    return {CONFIRM: answer.model_copy(update={"content": {"agree": True}})}


def _with_key(result: HandlerResult, key: str) -> HandlerResult:
    if not isinstance(result, types.InputRequiredResult):
        return result
    return result.model_copy(update={"input_requests": {key: (result.input_requests or {})[CONFIRM]}})


@asynccontextmanager
async def a_played_site(folder: Path) -> AsyncGenerator[str]:
    """Serve the suite's fixtures over HTTP, and yield the address."""
    async with run_simulator(RENDERING) as simulator:
        settings = load_settings(
            base_url=simulator.base_url,
            api_key=simulator.api_key,
            home=folder / "home",
            output_dir=folder / "videos",
            confirm="over:1",
        )
        async with _served(settings) as url:
            yield url


@asynccontextmanager
async def _served(settings: Settings) -> AsyncGenerator[str]:
    requests = RequestsOnDemand()
    subscriptions = Subscriptions(requests.require_resource)
    opening = open_context(settings, subscriptions.job_changed, follow=subscriptions.follow)
    async with opening as context, anyio.create_task_group() as tasks:

        @asynccontextmanager
        async def already_open(_server: object) -> AsyncGenerator[ServerContext]:
            yield context

        server = build_server(settings, requests, subscriptions, already_open, is_stateless=True)
        play(server)
        manager = StreamableHTTPSessionManager(server, stateless=True)

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope[PRINCIPAL_KEY] = LOCAL_PRINCIPAL
            await manager.handle_request(scope, receive, send)

        with bound_socket("127.0.0.1", 0) as bound:
            async with manager.run():
                listener = uvicorn_server(app)
                tasks.start_soon(partial(listener.serve, sockets=[bound]))
                yield f"http://127.0.0.1:{bound.getsockname()[1]}/mcp"
                listener.should_exit = listener.force_exit = True
        tasks.cancel_scope.cancel()
