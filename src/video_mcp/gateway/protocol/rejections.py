"""Answers that carry no video: which error each of them is."""

from __future__ import annotations

from http import HTTPStatus

from pydantic import JsonValue

from video_mcp.errors import GatewayProtocolError, GatewayRejected
from video_mcp.gateway.protocol.advice import advice
from video_mcp.gateway.protocol.bodies import is_challenge, is_page
from video_mcp.gateway.protocol.json_values import parse_beginning, parse_json
from video_mcp.gateway.protocol.places import is_for_want_of_a_place
from video_mcp.gateway.protocol.sanitize import quoted
from video_mcp.gateway.protocol.stated_errors import StatedError, stated_error_of
from video_mcp.gateway.protocol.waits import retry_after
from video_mcp.gateway.upstream import HTTPResponse

_LET_THROUGH = (
    "Ask the gateway's operator for an address that programs may use, and set VIDEO_MCP_BASE_URL to it; "
    "a VPN or a shared address is often what brings the challenge up."
)
_WRONG_PLACE = "Check that VIDEO_MCP_BASE_URL is the address of the API and not of a website."


def rejection(response: HTTPResponse) -> GatewayRejected:
    """Return the error for a response in which the gateway says no, whatever its body looks like."""
    if is_challenge(response):
        return GatewayRejected(_challenge(response), status_code=response.status_code, advice=_LET_THROUGH)
    stated = stated_error_of(response)
    intro = "The gateway refused" if response.status_code < 400 else f"The gateway answered {response.status_code}"
    wait_seconds = retry_after(response)
    return GatewayRejected(
        _with_quotation(intro, stated, response),
        status_code=response.status_code,
        upstream_code=stated.code,
        retry_after_seconds=wait_seconds,
        advice=advice(response.status_code, stated, wait_seconds),
        request_id=stated.request_id,
        is_for_want_of_a_place=is_for_want_of_a_place(response.status_code, stated),
    )


def protocol_error(response: HTTPResponse, what: str = "") -> GatewayProtocolError:
    """Return the error for a response that is none; `what` says why when the body does not."""
    if is_challenge(response):
        return GatewayProtocolError(_challenge(response), status_code=response.status_code, advice=_LET_THROUGH)
    stated = stated_error_of(response)
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


def parsed(response: HTTPResponse) -> JsonValue:
    """Return a response's JSON.

    Raises:
        GatewayProtocolError: If the body is none.
    """
    try:
        return parse_beginning(response.body) if response.is_truncated else parse_json(response.body)
    except ValueError:
        raise protocol_error(response, " with a body that is not JSON") from None


def _with_quotation(intro: str, stated: StatedError, response: HTTPResponse) -> str:
    return f"{intro}: {quoted(stated.message)}" if stated.message else f"{intro}: {_reason(response.status_code)}."


def _challenge(response: HTTPResponse) -> str:
    return f"A challenge page that only browsers pass stands in front of the gateway (HTTP {response.status_code})."


def _reason(status_code: int) -> str:
    try:
        return HTTPStatus(status_code).phrase
    except ValueError:
        return "no reason given"
