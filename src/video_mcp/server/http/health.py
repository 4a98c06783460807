"""Whether the process lives, and whether it can serve: what an orchestrator asks."""

from __future__ import annotations

import logging
from collections.abc import Callable

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from video_mcp.server.context import ServerContext

_READY_SECONDS = 5.0

logger = logging.getLogger(__name__)


def health_routes(context: ServerContext, is_draining: Callable[[], bool]) -> list[Route]:
    """Return `/healthz` and `/readyz`."""

    async def alive(_request: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def ready(_request: Request) -> Response:
        reason = "draining" if is_draining() else await _not_ready(context)
        if reason is not None:
            return JSONResponse({"status": "not ready", "reason": reason}, status_code=503)
        return JSONResponse({"status": "ready"})

    return [Route("/healthz", alive, methods=["GET"]), Route("/readyz", ready, methods=["GET"])]


async def _not_ready(context: ServerContext) -> str | None:
    """Return in a word why no video can be made; the details are in the log and in `video-mcp doctor`."""
    if context.settings.problems():
        return "configuration"
    try:
        with anyio.fail_after(_READY_SECONDS):
            await (await context.service()).list(1)
    except Exception as error:
        logger.warning("not ready: %s", error if str(error) else type(error).__name__)
        return "ledger"
    return None
