"""Answers that carry no video: what was stated, and which error that is."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from pydantic import JsonValue

from video_mcp.errors import GatewayProtocolError, GatewayRejected
from video_mcp.gateway.protocol.json_values import (
    at,
    first_number,
    first_text,
    json_or_none,
    number_in,
    object_in,
    parse_beginning,
    parse_json,
    text_in,
)
from video_mcp.gateway.protocol.sanitize import plain_code, quoted, request_id_in, sanitized
from video_mcp.gateway.protocol.status_words import is_refusal_word
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

_CHANGE_PROMPT = "Change the prompt or the input: the model's filter does not let it pass."
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
_LET_THROUGH = (
    "Ask the gateway's operator for an address that programs may use, and set VIDEO_MCP_BASE_URL to it; "
    "a VPN or a shared address is often what brings the challenge up."
)
_PLAIN_TO_TLS = re.compile(r"(?i)http request (was sent )?to (an )?https (port|server)")
_CHALLENGE_BYTES = 20_000
_CHALLENGE_MARKS = (
    *(
        "just a moment",
        "challenge-platform",
        "cf-chl",
        "cf_chl",
        "checking your browser",
        "attention required! | cloudflare",
    ),
    *(
        "captcha",
        "enable javascript and cookies",
        "ddos-guard",
        "ddos protection",
        "awswaf",
        "_incapsula_",
        "perimeterx",
    ),
    *("verify you are human", "are you a robot", "sucuri website firewall", "access denied | "),
)
_WAIT_MILLISECONDS = ("openai-poll-after-ms", "retry-after-ms", "llm_provider-retry-after-ms")
_WAIT_SECONDS = ("retry-after", "llm_provider-retry-after", "x-ratelimit-reset-after", "ratelimit-reset")
# LiteLLM and others print Python's form of an object.
_PYTHON_MESSAGE = re.compile(r"""['"]message['"]\s*:\s*(['"])(.*?)\1""", re.DOTALL)
_PYTHON_CHARS = 10_000
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
    if is_challenge(response):
        return GatewayRejected(_challenge(response), status_code=response.status_code, advice=_LET_THROUGH)
    stated = _error_body(response)
    intro = "The gateway refused" if response.status_code < 400 else f"The gateway answered {response.status_code}"
    wait_seconds = retry_after(response)
    return GatewayRejected(
        _with_quotation(intro, stated, response),
        status_code=response.status_code,
        upstream_code=stated.code,
        retry_after_seconds=wait_seconds,
        advice=_advice(response.status_code, stated, wait_seconds),
        request_id=stated.request_id,
    )


def protocol_error(response: HTTPResponse, what: str = "") -> GatewayProtocolError:
    """Return the error for a response that is none; `what` says why when the body does not."""
    if is_challenge(response):
        return GatewayProtocolError(_challenge(response), status_code=response.status_code, advice=_LET_THROUGH)
    stated = _error_body(response)
    page = is_page(response)
    intro = f"The gateway answered {response.status_code}"
    if page:
        what = f" with a web page instead of JSON: {quoted(stated.message)}" if stated.message else " with a web page"
    lost = response.status_code < 400 and (page or response.status_code >= 300)
    return GatewayProtocolError(
        f"{intro}{what}".removesuffix(".") + ("" if what.endswith('"') else ".")
        if what
        else _with_quotation(intro, stated, response),
        status_code=response.status_code,
        advice=_WRONG_PLACE if lost else None,
        request_id=stated.request_id,
    )


def _with_quotation(intro: str, stated: _ErrorBody, response: HTTPResponse) -> str:
    return f"{intro}: {quoted(stated.message)}" if stated.message else f"{intro}: {_reason(response.status_code)}."


def is_challenge(response: HTTPResponse) -> bool:
    """Tell whether a page that only browsers pass stands in front of the API."""
    if response.headers.get("cf-mitigated", "").lower() == "challenge":
        return True
    text = response.body[:_CHALLENGE_BYTES].decode("utf-8", "replace").lower()
    return is_page(response) and any(mark in text for mark in _CHALLENGE_MARKS)


def _challenge(response: HTTPResponse) -> str:
    return f"A challenge page that only browsers pass stands in front of the gateway (HTTP {response.status_code})."


def parsed(response: HTTPResponse) -> JsonValue:
    """Return a response's JSON.

    Raises:
        GatewayProtocolError: If the body is none.
    """
    try:
        return parse_beginning(response.body) if response.is_truncated else parse_json(response.body)
    except ValueError:
        raise protocol_error(response, " with a body that is no JSON") from None


def is_page(response: HTTPResponse) -> bool:
    """Tell whether a body is a web page: a proxy in front responses so, never the gateway itself."""
    first = response.body.lstrip(_BLANK)[:1]
    declared = "html" in response.headers.get("content-type", "").lower()
    return first == b"<" or (declared and first not in {b"", b"{", b"["})


def is_broken(response: HTTPResponse) -> bool:
    """Tell whether a body begins like JSON and is none."""
    if response.is_truncated:
        return False
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
    """Return how long the gateway asks to wait, in seconds; a date counts from the response's own `Date`."""
    headers = response.headers
    milliseconds = first_number(headers.get(name) for name in _WAIT_MILLISECONDS)
    if milliseconds is not None:
        return milliseconds / 1000
    for name in _WAIT_SECONDS:
        value = headers.get(name)
        seconds = number_in(value)
        if seconds is None:
            seconds = _seconds_between(headers.get("date"), value)
        if seconds is not None:
            return max(0.0, seconds)
    return _wait_in_body(json_or_none(response.body)) if response.status_code in {429, 503} else None


def _wait_in_body(body: JsonValue) -> float | None:
    """Return the wait that a body states: `retry_after: 30`, or Google's `retryDelay: "34s"`."""
    details = at(body, ("error", "details"))
    places = [body, at(body, ("error",)), *(details if isinstance(details, list) else [])]
    for place in places:
        facts = object_in(place)
        for name in ("retry_after", "retry_after_seconds", "retryAfter", "retryDelay"):
            value = facts.get(name)
            seconds = number_in(value.strip().removesuffix("s") if isinstance(value, str) else value)
            if seconds is not None and seconds >= 0:
                return seconds
    return None


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
    return _ErrorBody(sanitized(message, key=response.key), plain_code(code, key=response.key), request_id)


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


def _reason(status_code: int) -> str:
    try:
        return HTTPStatus(status_code).phrase
    except ValueError:
        return "no reason given"


def _advice(status_code: int, stated: _ErrorBody, wait_seconds: float | None) -> str | None:
    code = (stated.code or "").lower()
    if status_code == 503 and _names_no_channel(stated):
        code = "model_not_found"
    if code in _ADVICE_BY_CODE:
        return _ADVICE_BY_CODE[code]
    if "quota" in code or "balance" in code:
        return _TOP_UP
    if status_code == 400 and _PLAIN_TO_TLS.search(stated.message):
        return "Write https: in VIDEO_MCP_BASE_URL."
    if status_code == 400 and is_refusal_word(code):
        return _CHANGE_PROMPT
    if status_code == 429 or "overload" in code or (status_code == 503 and wait_seconds):
        return f"Try again in {spelled(wait_seconds)}." if wait_seconds else _ADVICE_BY_STATUS[429]
    return _ADVICE_BY_STATUS.get(status_code)


def spelled(seconds: float) -> str:
    """Return a wait as people say it: `45 seconds`, `60 minutes`, `3 hours`."""
    if seconds < 120:
        count, unit = math.ceil(seconds), "second"
    elif seconds < 2 * 3600:
        count, unit = math.ceil(seconds / 60), "minute"
    else:
        count, unit = math.ceil(seconds / 3600), "hour"
    return f"{count} {unit}" + ("" if count == 1 else "s")


def _names_no_channel(stated: _ErrorBody) -> bool:
    return any(words in stated.message.lower() for words in _NO_CHANNEL)
