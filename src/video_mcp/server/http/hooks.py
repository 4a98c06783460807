"""Where a gateway calls back: what it posts is read and dropped, and the job is polled now."""

from __future__ import annotations

import json
from typing import cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from video_mcp.errors import VideoMCPError
from video_mcp.server.context import ServerContext
from video_mcp.server.http.access import read_body
from video_mcp.server.http.answers import refusal

_MOST_BYTES = 64 * 1024
_LONGEST_CHALLENGE = 256


def hook_routes(context: ServerContext) -> list[Route]:
    """Return `/hooks/...`."""

    async def hear(request: Request) -> Response:
        video_id, signature = request.path_params["video_id"], request.path_params["signature"]
        try:
            callbacks = (await context.service()).callbacks
            if not callbacks.is_valid(video_id, signature):
                return refusal(404, "unknown", "There is no such address.")
            body = await read_body(request.receive, _MOST_BYTES)
            await callbacks.poke(video_id)
        except VideoMCPError:  # polling finds out anyway, and the sender may try again
            return refusal(503, "unavailable", "Try again later.")
        return JSONResponse(_challenge_in(body or b""))

    return [Route("/hooks/{video_id}/{signature}", hear, methods=["POST"])]


def _challenge_in(body: bytes) -> dict[str, str]:
    """Return the word by which some senders try an address before they use it; they expect it back."""
    try:
        parsed: object = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    challenge = cast("dict[str, object]", parsed).get("challenge") if isinstance(parsed, dict) else None
    is_word = isinstance(challenge, str) and len(challenge) <= _LONGEST_CHALLENGE
    return {"challenge": challenge} if is_word and isinstance(challenge, str) else {}
