"""Questions to the user before money is spent or a file is read, in both protocol eras.

In the 2025 era the client gets the question while the call runs; in the 2026 era the call ends with the question, and
the client repeats the call with the answer. A call may need several answers: those of earlier rounds come back in its
state.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import mcp_types as types
from mcp.shared.exceptions import MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext

    from video_mcp.server.context import ServerContext

Confirmation = Literal["accepted", "declined", "input_required", "unsupported"]

CONFIRM = "confirm"
"""The key under which a question of the 2026 era is sent and answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The question to the user; `agreement` says what a yes means, and `token` tells one question from another."""

    text: str
    agreement: str
    token: str

    @property
    def form(self) -> types.ElicitRequestedSchema:
        """The form with the one box to tick."""
        return {
            "type": "object",
            "properties": {"agree": {"type": "boolean", "title": self.agreement}},
            "required": ["agree"],
        }


class User(Protocol):
    """The user of one call, who can answer a question."""

    async def confirm(self, question: Question) -> Confirmation:
        """Return the user's answer; `input_required` when it comes in another request."""
        ...

    def input_required(self, question: Question) -> types.InputRequiredResult:
        """Return the result of a call that ends with a question."""
        ...


class Elicitor:
    """Asks the user of one call through their client."""

    def __init__(self, context: ServerRequestContext[ServerContext], params: types.CallToolRequestParams) -> None:
        self._context = context
        self._params = params
        self._accepted: list[str] = []

    async def confirm(self, question: Question) -> Confirmation:
        """Return the user's answer; `input_required` when the client has to repeat the call with it."""
        capabilities = self._context.session.client_capabilities
        if capabilities is None or capabilities.elicitation is None:
            return "unsupported"
        if self._context.protocol_version in MODERN_PROTOCOL_VERSIONS:
            return self._answer_of_earlier_round(question)
        response = await self._context.session.elicit_form(question.text, question.form, self._context.request_id)
        return confirmation_of(response)

    def input_required(self, question: Question) -> types.InputRequiredResult:
        """Return the result that makes a 2026-era client ask the user and call again."""
        state = signed_state([*self._accepted, question.token], self._context.lifespan_context.secret)
        return types.InputRequiredResult(input_requests={CONFIRM: _request(question)}, request_state=state)

    def _answer_of_earlier_round(self, question: Question) -> Confirmation:
        given = self._params.request_state
        *accepted, latest = tokens_of(given, self._context.lifespan_context.secret) if given is not None else [""]
        if question.token in accepted:
            self._accepted.append(question.token)
            return "accepted"
        response = (self._params.input_responses or {}).get(CONFIRM)
        if latest != question.token or not isinstance(response, types.ElicitResult):
            return "input_required"
        confirmation = confirmation_of(response)
        if confirmation == "accepted":
            self._accepted.append(question.token)
        return confirmation


def signed_state(tokens: Sequence[str], secret: bytes) -> str:
    """Return the state of a call that ends with a question: the questions that were accepted, and the open one."""
    signature = hmac.digest(secret, " ".join(tokens).encode(), hashlib.sha256).hex()
    return " ".join([*tokens, signature])


def tokens_of(state: str, secret: bytes) -> list[str]:
    """Return the questions that a state names.

    Raises:
        MCPError: The state was changed, or comes from another server.
    """
    *tokens, _signature = state.split(" ")
    if not tokens or not hmac.compare_digest(signed_state(tokens, secret).encode(), state.encode()):
        message = "This requestState was not issued by this server. Repeat the call without it; nothing was sent."
        raise MCPError(code=types.INVALID_PARAMS, message=message)
    return tokens


class GivenAnswers:
    """A user who has answered before the call runs: `accepted` questions with yes, and perhaps one with no.

    Questions are told apart by their text: it is what the user has agreed to, whichever process asks it again.
    """

    def __init__(self, accepted: Collection[str], declined: str | None = None) -> None:
        self._accepted = accepted
        self._declined = declined

    async def confirm(self, question: Question) -> Confirmation:
        """Return the answer that was given; `input_required` when there is none."""
        if question.text in self._accepted:
            return "accepted"
        return "declined" if question.text == self._declined else "input_required"

    def input_required(self, question: Question) -> types.InputRequiredResult:
        """Return the result that carries the next question."""
        return types.InputRequiredResult(input_requests={CONFIRM: _request(question)})


def _request(question: Question) -> types.ElicitRequest:
    params = types.ElicitRequestFormParams(message=question.text, requested_schema=question.form)
    return types.ElicitRequest(params=params)


def confirmation_of(response: types.ElicitResult) -> Confirmation:
    """Return what a client's answer says: a yes is an accepted form whose box is ticked."""
    accepted = response.action == "accept" and (response.content or {}).get("agree") is True
    return "accepted" if accepted else "declined"
