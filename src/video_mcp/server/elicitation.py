"""Asking the person before money is spent, in both protocol eras."""

from __future__ import annotations

from typing import Literal

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from video_mcp.server.context import ServerContext

Reply = Literal["yes", "no", "ask_by_round_trip", "cannot_ask"]

_KEY = "confirm"
_SCHEMA: types.ElicitRequestedSchema = {
    "type": "object",
    "properties": {"agree": {"type": "boolean", "title": "Make this video and pay for it"}},
    "required": ["agree"],
}


class Person:
    """The person behind a call, as far as their client lets them be asked.

    In the 2025 era the client is asked while the call runs; in the 2026 era the call ends with the question and the
    client repeats it with the answer.
    """

    def __init__(self, context: ServerRequestContext[ServerContext], params: types.CallToolRequestParams) -> None:
        self._context = context
        self._params = params

    async def agrees(self, question: str, *, token: str) -> Reply:
        """Return what the person says to a question, or how they could be asked."""
        capabilities = self._context.session.client_capabilities
        if capabilities is None or capabilities.elicitation is None:
            return "cannot_ask"
        if self._context.protocol_version in MODERN_PROTOCOL_VERSIONS:
            return self._reply_brought(token)
        answer = await self._context.session.elicit_form(question, _SCHEMA, self._context.request_id)
        return _reply_in(answer)

    def _reply_brought(self, token: str) -> Reply:
        answer = (self._params.input_responses or {}).get(_KEY)
        if not isinstance(answer, types.ElicitResult) or self._params.request_state != token:
            return "ask_by_round_trip"
        return _reply_in(answer)


def question_to_bring(question: str, *, token: str) -> types.InputRequiredResult:
    """Return the answer that makes a 2026-era client ask the person and call again."""
    request = types.ElicitRequest(params=types.ElicitRequestFormParams(message=question, requested_schema=_SCHEMA))
    return types.InputRequiredResult(input_requests={_KEY: request}, request_state=token)


def _reply_in(answer: types.ElicitResult) -> Reply:
    return "yes" if answer.action == "accept" and (answer.content or {}).get("agree") is True else "no"
