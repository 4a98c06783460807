"""Confirmation by the user before money is spent, in both protocol eras.

In the 2025 era the client is asked while the call runs; in the 2026 era the call ends with the question, and the client
repeats the call with the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import mcp_types as types
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext

    from video_mcp.server.context import ServerContext

Confirmation = Literal["accepted", "declined", "input_required", "unsupported"]

_KEY = "confirm"
_SCHEMA: types.ElicitRequestedSchema = {
    "type": "object",
    "properties": {"agree": {"type": "boolean", "title": "Make this video and pay for it"}},
    "required": ["agree"],
}


async def confirm(
    context: ServerRequestContext[ServerContext], params: types.CallToolRequestParams, question: str, token: str
) -> Confirmation:
    """Ask the user through their client; `input_required` when the client has to repeat the call with the answer."""
    capabilities = context.session.client_capabilities
    if capabilities is None or capabilities.elicitation is None:
        return "unsupported"
    if context.protocol_version in MODERN_PROTOCOL_VERSIONS:
        response = (params.input_responses or {}).get(_KEY)
        if not isinstance(response, types.ElicitResult) or params.request_state != token:
            return "input_required"
        return _confirmation(response)
    return _confirmation(await context.session.elicit_form(question, _SCHEMA, context.request_id))


def input_required(question: str, token: str) -> types.InputRequiredResult:
    """Return the result that makes a 2026-era client ask the user and call again."""
    request = types.ElicitRequest(params=types.ElicitRequestFormParams(message=question, requested_schema=_SCHEMA))
    return types.InputRequiredResult(input_requests={_KEY: request}, request_state=token)


def _confirmation(response: types.ElicitResult) -> Confirmation:
    accepted = response.action == "accept" and (response.content or {}).get("agree") is True
    return "accepted" if accepted else "declined"
