"""Messages over HTTP that cannot be read: each is answered with an error, with its id where one can be read."""

from __future__ import annotations

import json
import logging

import mcp_types as types
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from pydantic import ValidationError
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from video_mcp.server.http.access import read_body, replayed, too_large
from video_mcp.server.unreadable import error_answer, lost_request_answer, reason_of

logger = logging.getLogger(__name__)


class ReadableBodies:
    """Serves messages that can be read; the SDK would answer others without their id, or not at all."""

    def __init__(self, app: ASGIApp, *, max_body_bytes: int) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one message, or answer why it cannot be read; what is no POST holds none."""
        if scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        body = await read_body(receive, self._max_body_bytes)
        if body is None:
            await too_large()(scope, receive, send)
            return
        answer = unreadable_answer(body, protocol_version=Headers(scope=scope).get("mcp-protocol-version"))
        if answer is None:
            await self._app(scope, replayed(body, receive), send)
            return
        content = answer.model_dump_json(by_alias=True, exclude_unset=True)
        await Response(content, status_code=400, media_type="application/json")(scope, receive, send)


def unreadable_answer(body: bytes, *, protocol_version: str | None) -> types.JSONRPCError | None:
    """Return what a body that the SDK cannot read is answered with, and log it; None for one that it can."""
    is_handshake_era = protocol_version is None or protocol_version in HANDSHAKE_PROTOCOL_VERSIONS
    try:
        message = _parsed(body) if is_handshake_era else _parsed_leniently(body)
    except ValidationError as error:
        answer = error_answer(error) or _without_id(error)
    else:
        answer = lost_request_answer(message)
    if answer is not None:
        logger.warning("a client's request was refused: %s", answer.error.message)
    return answer


def _parsed(body: bytes) -> types.JSONRPCMessage:
    return types.jsonrpc_message_adapter.validate_json(body, by_name=False)


def _parsed_leniently(body: bytes) -> types.JSONRPCMessage:
    """Parse a body as the SDK does since 2026: half a character in a text is read, and refused by its name later."""
    try:
        decoded: object = json.loads(body)
    except (ValueError, RecursionError):
        return _parsed(body)
    return types.jsonrpc_message_adapter.validate_python(decoded, by_name=False)


def _without_id(error: ValidationError) -> types.JSONRPCError:
    stated = types.ErrorData(code=types.INVALID_REQUEST, message=f"The message cannot be read: {reason_of(error)}.")
    return types.JSONRPCError(jsonrpc="2.0", id=None, error=stated)
