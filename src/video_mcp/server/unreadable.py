"""Messages that are no JSON-RPC: each is answered with an error, with its id where one can be read."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol, Self, cast

import mcp_types as types
from mcp.shared.message import SessionMessage
from pydantic import ValidationError

logger = logging.getLogger(__name__)

_LONGEST_ID = 200
_LONGEST_REASON = 300
_WRONG_ID = "the id of a request is a string or an integer"


class _ReadStream(Protocol):
    async def receive(self) -> SessionMessage | Exception: ...
    async def aclose(self) -> None: ...
    async def __anext__(self) -> SessionMessage | Exception: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> bool | None: ...


class _WriteStream(Protocol):
    async def send(self, item: SessionMessage, /) -> None: ...


class ReadableMessages:
    """A read stream without what cannot be read; that is answered on `write` at once."""

    def __init__(self, read: _ReadStream, write: _WriteStream) -> None:
        self._read = read
        self._write = write

    @property
    def last_context(self) -> Any:  # noqa: ANN401 - the SDK's own, handed on
        """The context that the last message was sent in."""
        return getattr(self._read, "last_context", None)

    async def receive(self) -> SessionMessage | Exception:
        """Return the next message that can be read."""
        while not await self._is_readable(item := await self._read.receive()):
            pass
        return item

    async def _is_readable(self, item: SessionMessage | Exception) -> bool:
        """Tell whether a message can be read; if not, answer it."""
        if isinstance(item, Exception):
            answer, reason = error_answer(item), reason_of(item)
        else:
            answer = lost_request_answer(item.message)
            if answer is None:
                return True
            reason = _WRONG_ID
        logger.warning("a message of the client's could not be read: %s", reason)
        if answer is not None:
            await self._write.send(SessionMessage(answer))
        return False

    async def aclose(self) -> None:
        """Close the stream."""
        await self._read.aclose()

    def __aiter__(self) -> ReadableMessages:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        while not await self._is_readable(item := await self._read.__anext__()):
            pass
        return item

    async def __aenter__(self) -> ReadableMessages:
        await self._read.__aenter__()
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> bool | None:
        return await self._read.__aexit__(exc_type, exc_val, exc_tb)


def error_answer(error: Exception) -> types.JSONRPCError | None:
    """Return what a message that cannot be read is answered with; None for one that wants no answer."""
    message: object = _message_of(error)
    is_json = not any(found["type"] == "json_invalid" for found in _errors(error))
    if isinstance(message, dict) and ("id" not in message or "method" not in message) and "jsonrpc" in message:
        return None  # a notification, or an answer of the client's
    code = types.INVALID_REQUEST if is_json else types.PARSE_ERROR
    stated = types.ErrorData(code=code, message=f"The message cannot be read: {reason_of(error)}.")
    return types.JSONRPCError(jsonrpc="2.0", id=_id_in(cast("object", message)), error=stated)


def lost_request_answer(message: types.JSONRPCMessage) -> types.JSONRPCError | None:
    """Return what a request with an id of a wrong kind, such as 1.5, is answered with; None for any other message.

    The SDK reads it as a notification and drops the id; no notification of MCP has the name of a request.
    """
    if not isinstance(message, types.JSONRPCNotification) or message.method.startswith(("notifications/", "$/")):
        return None
    stated = types.ErrorData(code=types.INVALID_REQUEST, message=f"The message cannot be read: {_WRONG_ID}.")
    return types.JSONRPCError(jsonrpc="2.0", id=None, error=stated)


def reason_of(error: Exception) -> str:
    """Return why a message cannot be read; it repeats nothing of the message."""
    found = _errors(error)
    if not found:
        return type(error).__name__
    if found[0]["type"] == "json_invalid":
        return str(found[0]["msg"])[:_LONGEST_REASON]
    place = ".".join(str(part) for part in found[0]["loc"][1:])
    reason = str(found[0]["msg"]).lower()
    return (f"{place}: {reason}" if place else reason)[:_LONGEST_REASON]


def _errors(error: Exception) -> list[Mapping[str, Any]]:
    if not isinstance(error, ValidationError):
        return []
    return cast("list[Mapping[str, Any]]", error.errors(include_url=False, include_context=False))


def _message_of(error: Exception) -> object:
    """Return the message as far as it can be read: its text parsed without the SDK's limits, or the parsed object."""
    for found in _errors(error):
        given: object = found["input"]
        if found["type"] == "json_invalid" and isinstance(given, str | bytes):
            return _parsed(given)
        if found["type"] in {"missing", "model_type"}:
            return given
    return None


def _parsed(text: str | bytes) -> object:
    try:
        return json.loads(text, parse_int=_short_integer)
    except (ValueError, RecursionError):
        return None


def _short_integer(digits: str) -> int:
    return int(digits) if len(digits) < _LONGEST_ID else 0


def _id_in(message: object) -> int | str | None:
    """Return a message's id if it can be written back."""
    found = cast("dict[str, object]", message).get("id") if isinstance(message, dict) else None
    if isinstance(found, bool) or not isinstance(found, int | str):
        return None
    is_writable = isinstance(found, int) or (len(found) <= _LONGEST_ID and found.isprintable())
    return found if is_writable else None
