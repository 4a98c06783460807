"""What the body of an answer states: an error with its message and code, a refusal, or that all went well."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from pydantic import JsonValue

from video_mcp.gateway.protocol.json_values import at, first_text, object_in, text_in
from video_mcp.gateway.protocol.sanitize import plain_code, request_id_in, sanitized
from video_mcp.gateway.upstream import HTTPResponse
from video_mcp.types import JsonObject

_SUCCESS_CODES = frozenset({"success", "succeed", "ok", "0", "200", "201", "202"})
_MAY_EXIST_CODES = frozenset(
    {"unmarshal_response_body_failed", "unmarshal_response_failed", "read_response_body_failed", "invalid_response"}
)
"""new-api sends these when the vendor has answered and it could not read the response: a job may have begun."""
_MESSAGES = (
    ("error", "message"),
    ("error", "msg"),
    ("error", "detail"),
    ("error",),
    ("message",),
    ("msg",),
    ("detail",),
    ("detail", 0, "msg"),
    ("detail", 0),
    ("error", "code"),
    ("code",),
)
_CODES = (("error", "code"), ("code",))
# A vendor's JSON comes as text inside the gateway's, and a gateway behind a gateway nests it again.
_MOST_NESTED = 3
_NO_CHANNEL = ("(distributor)", "no available channel", "无可用渠道")
"""How new-api's distributor says model_not_found; older versions leave the code out."""
# LiteLLM and others print Python's form of an object.
_PYTHON_MESSAGE = re.compile(r"""['"]message['"]\s*:\s*(['"])(.*?)\1""", re.DOTALL)
_PYTHON_CHARS = 10_000


@dataclass(frozen=True, slots=True)
class StatedError:
    """What an error says of itself, fit to be shown."""

    message: str
    code: str | None
    request_id: str | None


def stated_error_of(response: HTTPResponse) -> StatedError:
    """Return what a body states, whatever its shape: JSON, JSON inside a text, or a text."""
    text = response.body.decode("utf-8", "replace")
    message, code = _message_and_code(text)
    request_id = response.request_id or request_id_in(message)
    return StatedError(sanitized(message, key=response.key), plain_code(code, key=response.key), request_id)


def states_refusal(body: JsonValue) -> bool:
    """Tell whether a body says no, whatever its HTTP status: `success: false`, or a code of trouble."""
    top = object_in(body)
    code = text_in(top.get("code"))
    return top.get("success") is False or (code is not None and code.lower() not in _SUCCESS_CODES)


def confirms(body: JsonValue) -> bool:
    """Tell whether a body says in so many words that all went well."""
    top = object_in(body)
    code = text_in(top.get("code"))
    return top.get("success") is True or (code is not None and code.lower() in _SUCCESS_CODES)


def may_exist(response: HTTPResponse) -> bool:
    """Tell whether an error's code says that a job may have begun all the same."""
    return stated_error_of(response).code in _MAY_EXIST_CODES


def names_refusal(response: HTTPResponse) -> bool:
    """Tell whether a 503 names a refusal: nothing was handed to a vendor."""
    stated = stated_error_of(response)
    code = (stated.code or "").lower()
    return code == "model_not_found" or "overload" in code or names_no_channel(stated)


def names_no_channel(stated: StatedError) -> bool:
    """Tell whether new-api has no channel for the model."""
    return any(words in stated.message.lower() for words in _NO_CHANNEL)


def _message_and_code(text: str, depth: int = 0) -> tuple[str, str | None]:
    body = _object_inside(text)
    if body is None:
        return text, None
    message = first_text(at(body, path) for path in _MESSAGES) or ""
    code = first_text(at(body, path) for path in _CODES)
    if "{" in message and depth < _MOST_NESTED:
        inner, inner_code = _message_and_code(message, depth + 1)
        is_better = inner_code is not None and not inner_code.isdigit()
        return inner or message, inner_code if is_better else code
    return message, code


def _object_inside(text: str) -> JsonObject | None:
    """Return the JSON object that a text is or holds, as LiteLLM writes it behind the name of an exception."""
    text = text.removeprefix("\ufeff")
    start = text.find("{")
    if text.lstrip().startswith("["):
        start = text.index("[")
    if start < 0:
        return None
    try:
        found: JsonValue = json.JSONDecoder().raw_decode(text[start:])[0]
    except (ValueError, RecursionError):
        message = _PYTHON_MESSAGE.search(text[start : start + _PYTHON_CHARS])
        return {"message": message[2]} if message is not None and start > 0 else None
    return object_in(found)
