"""Answers that carry no video: what was stated, and which error that is."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from pydantic import JsonValue

from video_mcp.errors import GatewayProtocolError, GatewayRejected
from video_mcp.gateway.protocol.json_values import (
    at,
    first_text,
    json_or_none,
    number_in,
    object_in,
    parse_json,
    text_in,
)
from video_mcp.gateway.protocol.sanitize import request_id_in, sanitized, sentence
from video_mcp.gateway.upstream import HTTPResponse

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

_ADVICE_BY_CODE = {
    "model_not_found": "Choose another model: list_models shows what this gateway serves.",
    "task_not_exist": "The gateway knows no such video for this key.",
}
_TOP_UP = "Top up the account or raise the key's quota at the gateway."
_ADVICE_BY_STATUS = {
    401: "Check VIDEO_MCP_API_KEY: the key may be wrong, expired or out of quota.",
    402: _TOP_UP,
    403: "This key may not do that: check which models it may use.",
    404: "Check VIDEO_MCP_BASE_URL; the gateway knows no such path or video.",
    413: "Send smaller media, or https URLs instead of files.",
    429: "Wait a little, then try again.",
}
_BLANK = b"\xef\xbb\xbf \t\r\n"
"""White space and the byte order mark."""

_WRONG_PLACE = "Check that VIDEO_MCP_BASE_URL is the address of the API and not of a website."


@dataclass(frozen=True, slots=True)
class _ErrorBody:
    message: str
    code: str | None
    request_id: str | None


def rejection(response: HTTPResponse) -> GatewayRejected:
    """Return the error for a response in which the gateway says no, whatever its body looks like."""
    stated = _error_body(response)
    intro = "The gateway refused" if response.status_code < 400 else f"The gateway answered {response.status_code}"
    return GatewayRejected(
        sentence(f"{intro}: {stated.message}"),
        status_code=response.status_code,
        upstream_code=stated.code,
        retry_after_seconds=retry_after(response),
        advice=_advice(response.status_code, stated),
        request_id=stated.request_id,
    )


def protocol_error(response: HTTPResponse, what: str = "") -> GatewayProtocolError:
    """Return the error for a response that is none; `what` says why when the body does not."""
    stated = _error_body(response)
    page = is_page(response)
    if page:
        what = f" with a web page instead of JSON: {stated.message}"
    lost = response.status_code < 400 and (page or response.status_code >= 300)
    return GatewayProtocolError(
        sentence(f"The gateway answered {response.status_code}{what or f': {stated.message}'}"),
        status_code=response.status_code,
        advice=_WRONG_PLACE if lost else None,
        request_id=stated.request_id,
    )


def parsed(response: HTTPResponse) -> JsonValue:
    """Return a response's JSON.

    Raises:
        GatewayProtocolError: If the body is none.
    """
    try:
        return parse_json(response.body)
    except ValueError:
        raise protocol_error(response, " with a body that is no JSON") from None


def is_page(response: HTTPResponse) -> bool:
    """Tell whether a body is a web page: a proxy in front responses so, never the gateway itself."""
    first = response.body.lstrip(_BLANK)[:1]
    declared = "html" in response.headers.get("content-type", "").lower()
    return first == b"<" or (declared and first not in {b"", b"{", b"["})


def is_broken(response: HTTPResponse) -> bool:
    """Tell whether a body begins like JSON and is none."""
    return response.body.lstrip(_BLANK)[:1] in {b"{", b"["} and json_or_none(response.body) is None


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
    return _error_body(response).code in _MAY_EXIST_CODES


def names_refusal(response: HTTPResponse) -> bool:
    """Tell whether a 503 names a refusal: nothing was handed to a vendor."""
    stated = _error_body(response)
    code = (stated.code or "").lower()
    return code == "model_not_found" or "overload" in code or _names_no_channel(stated)


def retry_after(response: HTTPResponse) -> float | None:
    """Return how long the gateway asks to wait; a date counts from the response's own `Date`."""
    milliseconds = number_in(response.headers.get("openai-poll-after-ms"))
    if milliseconds is not None:
        return max(0.0, milliseconds / 1000)
    retry_after = response.headers.get("retry-after")
    seconds = number_in(retry_after)
    if seconds is None:
        seconds = _seconds_between(response.headers.get("date"), retry_after)
    return None if seconds is None else max(0.0, seconds)


def _seconds_between(earlier: str | None, later: str | None) -> float | None:
    if earlier is None or later is None:
        return None
    try:
        # A naive pair, or an aware one, can be subtracted; a mixed pair is a TypeError.
        return (parsedate_to_datetime(later) - parsedate_to_datetime(earlier)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None


def _error_body(response: HTTPResponse) -> _ErrorBody:
    text = response.body.decode("utf-8", "replace")
    message, code = _message_and_code(text)
    request_id = response.request_id or request_id_in(message)
    return _ErrorBody(sanitized(message) or _reason(response.status_code), code, request_id)


def _message_and_code(text: str, depth: int = 0) -> tuple[str, str | None]:
    try:
        body = object_in(parse_json(text))
    except ValueError:
        return text, None
    message = first_text(at(body, path) for path in _MESSAGES) or ""
    code = first_text(at(body, path) for path in _CODES)
    if message.startswith("{") and depth < _MOST_NESTED:
        message = _message_and_code(message, depth + 1)[0] or message
    return message, code


def _reason(status_code: int) -> str:
    try:
        return HTTPStatus(status_code).phrase
    except ValueError:
        return "no reason given"


def _advice(status_code: int, stated: _ErrorBody) -> str | None:
    code = (stated.code or "").lower()
    if status_code == 503 and _names_no_channel(stated):
        code = "model_not_found"
    if code in _ADVICE_BY_CODE:
        return _ADVICE_BY_CODE[code]
    if "quota" in code or "balance" in code:
        return _TOP_UP
    if "overload" in code:
        return _ADVICE_BY_STATUS[429]
    return _ADVICE_BY_STATUS.get(status_code)


def _names_no_channel(stated: _ErrorBody) -> bool:
    return any(words in stated.message.lower() for words in _NO_CHANNEL)
