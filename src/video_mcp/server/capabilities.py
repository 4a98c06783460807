"""What the server promises: only the changes that it tells of."""

from __future__ import annotations

from typing import Any

import mcp_types as types
from mcp.server.lowlevel import NotificationOptions, Server

from video_mcp.server.context import ServerContext


class VideoServer(Server[ServerContext]):
    """A server whose list of resources changes, and whose tools and prompts never do.

    The SDK promises changes of every list to clients of the 2026 era, and of none to those of the 2025 era.
    """

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
        return promised.model_copy(
            update={
                "tools": types.ToolsCapability(list_changed=False),
                "prompts": types.PromptsCapability(list_changed=False),
                "resources": types.ResourcesCapability(list_changed=True, subscribe=True),
            }
        )
