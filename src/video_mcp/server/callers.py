"""Whose call it is: what the HTTP side has found out about a request, as the handlers read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp.server.context import ServerRequestContext

from video_mcp.server.context import CallerContext, ServerContext
from video_mcp.types import LOCAL_PRINCIPAL, Principal

if TYPE_CHECKING:
    from video_mcp.jobs.files import LinkTo

PRINCIPAL_KEY = "video_mcp.principal"
"""Where a request's scope names its principal."""

LINKS_KEY = "video_mcp.links"
"""Where a request's scope holds what makes addresses of files for its caller."""


def principal_of(context: ServerRequestContext[Any, Any]) -> Principal:
    """Return whose call it is; on stdio it is the one user's.

    Raises:
        KeyError: A request came past the check of who may call.
    """
    if context.request is None:
        return LOCAL_PRINCIPAL
    return context.request.scope[PRINCIPAL_KEY]


def caller_context(context: ServerRequestContext[ServerContext]) -> ServerContext:
    """Return the server's state as whoever calls sees it: over HTTP with addresses in place of paths."""
    if context.request is None:
        return context.lifespan_context
    links: LinkTo | None = context.request.scope.get(LINKS_KEY)
    return CallerContext(context.lifespan_context, principal_of(context), links)
