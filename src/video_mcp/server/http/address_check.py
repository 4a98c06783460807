"""The check of every request's Host and Origin, before anything else of it is looked at."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from video_mcp.server.http.addresses import AllowedAddresses, is_ip_address, parse_host
from video_mcp.server.http.answers import refusal

PROBE_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
"""Where an orchestrator looks, by the address of one replica."""


class AddressCheck:
    """Refuses what a browser sends that was led here by another site's name; covers every route."""

    def __init__(self, app: ASGIApp, allowed: AllowedAddresses) -> None:
        self._app = app
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request that names this server; answer 421 or 403 to others."""
        headers = Headers(scope=scope)
        if not self._serves_host(scope["path"], headers.get("host")):
            message = "This server is not called so; name the host in VIDEO_MCP_ALLOWED_HOSTS or VIDEO_MCP_PUBLIC_URL."
            await refusal(421, "wrong_host", message)(scope, receive, send)
        elif not self._allowed.serves_origin(headers.get("origin")):
            message = "Pages of this origin may not call; name it in VIDEO_MCP_ALLOWED_ORIGINS."
            await refusal(403, "wrong_origin", message)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _serves_host(self, path: str, header: str | None) -> bool:
        host = parse_host(header or "") if path in PROBE_PATHS else None
        return (host is not None and is_ip_address(host.name)) or self._allowed.serves_host(header)
