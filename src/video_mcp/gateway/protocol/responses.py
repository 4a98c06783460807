"""Responses parsed: a video, a list of models or prices, or the exact error.

A create has three outcomes, and the difference is money: a video; a refusal that the gateway states itself,
so nothing was begun (GatewayRejected); anything else, after which a video may exist (GatewayProtocolError).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from email.utils import parsedate_to_datetime

from pydantic import JsonValue

from video_mcp.errors import GatewayError
from video_mcp.gateway.protocol.bodies import is_broken, is_page
from video_mcp.gateway.protocol.charges import charged_usd
from video_mcp.gateway.protocol.json_values import json_or_none, number_in, object_in, text_in
from video_mcp.gateway.protocol.rejections import parsed, protocol_error, rejection
from video_mcp.gateway.protocol.stated_errors import may_exist, names_refusal, states_refusal
from video_mcp.gateway.protocol.status_words import status_of
from video_mcp.gateway.protocol.video import (
    has_failed,
    request_id_as_id,
    stated_id,
    states_end,
    status_word,
    video_in,
)
from video_mcp.gateway.protocol.waits import retry_after
from video_mcp.gateway.upstream import ChargePlace, HTTPResponse, UpstreamVideo

# new-api: 1 is a price for each call in dollars, 0 is by tokens, which says nothing of a video.
_PRICED_BY_CALL = 1


def read_created(response: HTTPResponse, *, charges: Sequence[ChargePlace] = ()) -> UpstreamVideo:
    """Return the video that a create began; its id is never None.

    Raises:
        GatewayRejected: If the gateway states itself that it refuses: nothing was begun.
        GatewayProtocolError: If the response tells neither: a video may exist.
    """
    if not _is_success(response):
        raise _not_created(response)
    body = parsed(response)
    if _is_created(body):
        video = video_in(body, default="queued", poll_after_seconds=retry_after(response), key=response.key)
        return replace(video, charged_usd=charged_usd(response, body, charges)) if charges else video
    if states_refusal(body) and not may_exist(response):
        raise rejection(response)
    raise protocol_error(response, " without the id of a video")


def read_polled(response: HTTPResponse, *, charges: Sequence[ChargePlace] = ()) -> UpstreamVideo:
    """Return the video that a status response tells of, also of a failed one inside an HTTP error.

    Raises:
        GatewayRejected: If the gateway states an error of its own.
        GatewayProtocolError: If the response is a web page, no JSON, or tells of no video.
    """
    if not _is_success(response):
        return _failed_video(response)
    body = parsed(response)
    refused, word, named = states_refusal(body), status_word(body), stated_id(body) is not None
    is_about_video = named or not refused if word is not None else named and not refused
    if is_about_video or (word is None and states_end(body, is_named=named)):
        video = video_in(body, default="running", poll_after_seconds=retry_after(response), key=response.key)
        is_charged = charges and video.status == "completed"
        return replace(video, charged_usd=charged_usd(response, body, charges)) if is_charged else video
    raise (
        rejection(response)
        if refused or object_in(body).get("error")
        else protocol_error(response, " and tells of no video")
    )


def read_models(response: HTTPResponse) -> tuple[str, ...]:
    """Return the ids of the models that the key may use.

    Raises:
        GatewayRejected: If the gateway states an error.
        GatewayProtocolError: If the response is no list of models.
    """
    if not _is_success(response):
        raise _error_of(response)
    body = parsed(response)
    if states_refusal(body):
        raise rejection(response)
    listed = body.get("data", body) if isinstance(body, dict) else body
    if listed is not None and not isinstance(listed, list):
        raise protocol_error(response, " without a list of models")
    ids = (text_in(entry if isinstance(entry, str) else object_in(entry).get("id")) for entry in listed or [])
    return tuple(dict.fromkeys(model for model in ids if model is not None))


def read_prices(response: HTTPResponse) -> Mapping[str, float]:
    """Return new-api's price of one call in dollars, by model id; models priced otherwise are left out.

    Raises:
        GatewayRejected: If the gateway states an error.
        GatewayProtocolError: If the response is no price list.
    """
    if not _is_success(response):
        raise rejection(response)
    body = object_in(parsed(response))
    listed = body.get("data")
    if not isinstance(listed, list):
        raise protocol_error(response, " without a price list")
    ratio = number_in(object_in(body.get("group_ratio")).get("default"))
    factor = ratio if ratio is not None and ratio > 0 else 1.0
    priced = ((model, price * factor) for model, price in map(_priced, listed) if model)
    return {model: price for model, price in priced if model and 0 < price < math.inf}


def link_in(response: HTTPResponse) -> str | None:
    """Return the link that some gateways' /content responses with, as JSON, instead of the bytes."""
    return video_in(json_or_none(response.body), default="completed", poll_after_seconds=None).video_url


def is_unready(response: HTTPResponse) -> bool:
    """Tell whether a body in place of the bytes says that the video is still being made."""
    word = status_word(json_or_none(response.body))
    return word is not None and status_of(word) in {"queued", "running"}


def gateway_time(response: HTTPResponse) -> float | None:
    """Return the Unix time of a response's Date header; None when it has none that can be read."""
    try:
        return parsedate_to_datetime(response.headers.get("date", "")).timestamp()
    except (ValueError, OverflowError):
        return None


def _is_success(response: HTTPResponse) -> bool:
    return 200 <= response.status_code < 300


def _is_created(body: JsonValue) -> bool:
    if object_in(body).get("success") is False:
        return False
    return stated_id(body) is not None or (not states_refusal(body) and request_id_as_id(body) is not None)


def _not_created(response: HTTPResponse) -> GatewayError:
    if may_exist(response):
        return protocol_error(response)
    refused = 400 <= response.status_code < 500
    overloaded = response.status_code == 503 and names_refusal(response)
    return rejection(response) if refused or overloaded else protocol_error(response)


def _failed_video(response: HTTPResponse) -> UpstreamVideo:
    # vLLM-Omni responses 400 to 599 for a failed job, with the whole video as the body.
    body = json_or_none(response.body)
    if response.status_code >= 400 and stated_id(body) is not None and has_failed(body):
        return video_in(body, default="failed", poll_after_seconds=None, key=response.key)
    raise _error_of(response)


def _error_of(response: HTTPResponse) -> GatewayError:
    if response.status_code < 400 or is_page(response) or is_broken(response):
        return protocol_error(response)
    return rejection(response)


def _priced(entry: JsonValue) -> tuple[str | None, float]:
    facts = object_in(entry)
    if number_in(facts.get("quota_type")) != _PRICED_BY_CALL:
        return None, 0.0
    return text_in(facts.get("model_name")), number_in(facts.get("model_price")) or 0.0
