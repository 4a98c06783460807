"""The HTTP application: MCP in both protocol eras, and what an orchestrator asks."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from video_mcp.environment import network_variables
from video_mcp.errors import ConfigurationError
from video_mcp.gateway.documents import document_fetcher
from video_mcp.gateway.network import open_network
from video_mcp.gateway.transport import open_clients
from video_mcp.server.app import build_server
from video_mcp.server.context import ServerContext, open_context
from video_mcp.server.http.access import Access, AccessPolicy
from video_mcp.server.http.address_check import AddressCheck
from video_mcp.server.http.addresses import AllowedAddresses, allowed_addresses
from video_mcp.server.http.authorization import access_policy, metadata_routes
from video_mcp.server.http.cross_origin import with_cross_origin
from video_mcp.server.http.drain import Drain
from video_mcp.server.http.files import FileLinks, WithLinks, file_routes
from video_mcp.server.http.health import health_routes
from video_mcp.server.http.hooks import hook_routes
from video_mcp.server.http.messages import ReadableBodies
from video_mcp.server.http.scrape import metrics_routes, new_metrics, new_telemetry
from video_mcp.server.http.uploads import remove_expired_inputs, upload_routes
from video_mcp.server.on_demand import RequestsOnDemand
from video_mcp.server.subscriptions import Subscriptions
from video_mcp.settings import Settings

MCP_PATH = "/mcp"
_DOCUMENT_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HTTPServer:
    """A server that is open: its ASGI application, and how it is ended."""

    app: ASGIApp
    drain: Drain
    context: ServerContext
    subscriptions: Subscriptions

    async def finish(self, *, at_most_seconds: float) -> None:
        """Take no more waits, answer those under way, end the streams."""
        await self.drain.finish(self._end_waits, at_most_seconds=at_most_seconds)

    def _end_waits(self) -> None:
        self.context.end_waits()
        self.subscriptions.close()


@asynccontextmanager
async def open_http_server(settings: Settings, *, bind_host: str) -> AsyncGenerator[HTTPServer]:
    """Open a server for the life of a process; jobs of earlier processes go on at once.

    Raises:
        ConfigurationError: The settings of its addresses cannot work.
    """
    allowed = _allowed(settings, bind_host)
    network = open_network(network_variables())
    async with open_clients(timeout_seconds=_DOCUMENT_SECONDS, user_agent="video-mcp", network=network) as clients:
        policy = await access_policy(settings, document_fetcher(clients.api))
        async with _opened(settings, policy, allowed) as opened:
            yield opened


@asynccontextmanager
async def _opened(settings: Settings, policy: AccessPolicy, allowed: AllowedAddresses) -> AsyncGenerator[HTTPServer]:
    requests = RequestsOnDemand()
    subscriptions, metrics = Subscriptions(requests.require_resource), new_metrics(settings)
    telemetry = new_telemetry(metrics)
    async with (
        open_context(
            settings,
            subscriptions.job_changed,
            follow=subscriptions.follow,
            telemetry=telemetry,
            serves_files=True,
        ) as context,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(remove_expired_inputs, context)

        @asynccontextmanager
        async def already_open(_server: object) -> AsyncGenerator[ServerContext]:
            yield context

        manager = StreamableHTTPSessionManager(
            build_server(settings, requests, subscriptions, already_open, is_stateless=True),
            stateless=True,
            security_settings=TransportSecuritySettings(enable_dns_rebinding_protection=False),
            max_request_body_size=settings.max_request_bytes,
        )
        async with manager.run():
            links = FileLinks(context=context, seconds=settings.link_seconds)
            readable = ReadableBodies(MCPEndpoint(manager), max_body_bytes=settings.max_request_bytes)
            linked = WithLinks(readable, links, public_url=settings.public_url)
            endpoint = Access(linked, policy, max_body_bytes=settings.max_request_bytes)
            routes = [
                Route(MCP_PATH, endpoint),
                *health_routes(context, lambda: drain.is_draining),
                *metrics_routes(context, metrics, is_open=settings.open_metrics),
                *hook_routes(context),
                *upload_routes(context, policy),
            ]
            drain = Drain(Starlette(routes=[*routes, *file_routes(context, links), *metadata_routes(settings)]))
            yield HTTPServer(
                app=AddressCheck(with_cross_origin(drain), allowed),
                drain=drain,
                context=context,
                subscriptions=subscriptions,
            )
        tasks.cancel_scope.cancel()


class MCPEndpoint:
    """Serves POST alone: without sessions there is no stream to open and none to delete."""

    def __init__(self, manager: StreamableHTTPSessionManager) -> None:
        self._manager = manager

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one message."""
        if scope["method"] != "POST":
            await Response(status_code=405, headers={"Allow": "POST"})(scope, receive, send)
            return
        await self._manager.handle_request(scope, receive, send)


def _allowed(settings: Settings, bind_host: str) -> AllowedAddresses:
    try:
        return allowed_addresses(
            bind_host=bind_host,
            public_url=settings.public_url,
            hosts=settings.allowed_hosts,
            origins=settings.allowed_origins,
        )
    except ValueError as error:
        raise ConfigurationError([f"VIDEO_MCP_ALLOWED_HOSTS or VIDEO_MCP_ALLOWED_ORIGINS: {error}"]) from error
