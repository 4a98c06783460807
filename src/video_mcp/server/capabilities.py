"""What the server says of itself and promises: who it is, what stays the same, and only changes that it tells of."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import mcp_types as types
from mcp.server.caching import CacheableMethod, CacheHint
from mcp.server.context import HandlerResult, ServerRequestContext
from mcp.server.extension import Extension, MethodBinding, RequestHandler, compose_tool_call_handler
from mcp.server.lowlevel import NotificationOptions, Server
from mcp.shared.exceptions import MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from video_mcp.server.context import ServerContext

DESCRIPTION = "AI video through your own gateway: one call, one finished file; never paid twice, never lost."

# The same for every client as long as the process runs; an upgrade is noticed within this time.
CONSTANT = CacheHint(ttl_ms=600_000, scope="public")
CACHE_HINTS: Mapping[CacheableMethod, CacheHint] = MappingProxyType(
    {
        "server/discover": CONSTANT,
        "tools/list": CONSTANT,
        "prompts/list": CONSTANT,
        "resources/templates/list": CONSTANT,
    }
)


class VideoServer(Server[ServerContext]):
    """A server whose list of resources changes, and whose tools and prompts never do.

    The SDK promises changes of every list to clients of the 2026 era, and of none to those of the 2025 era. Without a
    connection that lasts, a client of the 2025 era can hear of nothing.
    """

    is_stateless: bool = False

    def get_capabilities(
        self,
        notification_options: NotificationOptions | None = None,
        experimental_capabilities: dict[str, dict[str, Any]] | None = None,
        extensions: dict[str, dict[str, Any]] | None = None,
        *,
        protocol_version: str | None = None,
    ) -> types.ServerCapabilities:
        """Return the capabilities, with `listChanged` for resources alone."""
        promised = super().get_capabilities(
            notification_options, experimental_capabilities, extensions, protocol_version=protocol_version
        )
        hears = not self.is_stateless or protocol_version in MODERN_PROTOCOL_VERSIONS
        return promised.model_copy(
            update={
                "tools": types.ToolsCapability(list_changed=False),
                "prompts": types.PromptsCapability(list_changed=False),
                "resources": types.ResourcesCapability(list_changed=hears, subscribe=hears),
            }
        )


def extend(server: Server[ServerContext], extension: Extension, call_tool: RequestHandler) -> None:
    """Let an extension serve its methods, in the versions that know them, and wrap the calls of tools."""
    for binding in extension.methods():
        server.add_request_handler(binding.method, binding.params_type, _in_its_versions(binding))
    wrapped = compose_tool_call_handler([extension], call_tool)
    server.add_request_handler("tools/call", types.CallToolRequestParams, wrapped)
    server.extensions[extension.identifier] = extension.settings()


def _in_its_versions(binding: MethodBinding) -> RequestHandler:
    async def handle(context: ServerRequestContext[Any, Any], params: Any) -> HandlerResult:  # noqa: ANN401 - the binding's own type
        if binding.protocol_versions is not None and context.protocol_version not in binding.protocol_versions:
            raise MCPError(code=types.METHOD_NOT_FOUND, message="Method not found", data=binding.method)
        return await binding.handler(context, params)

    return handle
