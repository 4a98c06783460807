"""Answers read: a video, a list of models, or the exact error.

A create has three outcomes, and the difference is money: a video; a refusal that the gateway states itself,
so nothing was begun (GatewayRejected); anything else, after which a video may exist (GatewayProtocolError).
"""

from __future__ import annotations

from pydantic import JsonValue

from video_mcp.errors import GatewayError
from video_mcp.gateway.protocol.json_values import json_or_none, object_in, text_in
from video_mcp.gateway.protocol.rejections import (
    is_broken,
    is_page,
    may_exist,
    names_refusal,
    parsed,
    protocol_error,
    rejection,
    states_refusal,
    wait_hint,
)
from video_mcp.gateway.protocol.video import (
    has_failed,
    request_id_as_id,
    stated_id,
    status_word,
    video_in,
)
from video_mcp.gateway.upstream import HTTPAnswer, UpstreamVideo


def read_created(answer: HTTPAnswer) -> UpstreamVideo:
    """Return the video that a create began; its id is never None.

    Raises:
        GatewayRejected: If the gateway states itself that it refuses: nothing was begun.
        GatewayProtocolError: If the answer tells neither: a video may exist.
    """
    if not _is_success(answer):
        raise _not_created(answer)
    body = parsed(answer)
    if _is_created(body):
        return video_in(body, default="queued", poll_after_seconds=wait_hint(answer))
    if states_refusal(body) and not may_exist(answer):
        raise rejection(answer)
    raise protocol_error(answer, " without the id of a video")


def read_polled(answer: HTTPAnswer) -> UpstreamVideo:
    """Return the video that a status answer tells of, also of a failed one inside an HTTP error.

    Raises:
        GatewayRejected: If the gateway states an error of its own.
        GatewayProtocolError: If the answer is a web page, no JSON, or tells of no video.
    """
    if not _is_success(answer):
        return _failed_video(answer)
    body = parsed(answer)
    refused, word, named = states_refusal(body), status_word(body), stated_id(body) is not None
    if (word is not None and (named or not refused)) or (named and not refused):
        return video_in(body, default="running", poll_after_seconds=wait_hint(answer))
    raise rejection(answer) if refused else protocol_error(answer, " and tells of no video")


def read_models(answer: HTTPAnswer) -> tuple[str, ...]:
    """Return the ids of the models that the key may use.

    Raises:
        GatewayRejected: If the gateway states an error.
        GatewayProtocolError: If the answer is no list of models.
    """
    if not _is_success(answer):
        raise _error_of(answer)
    body = parsed(answer)
    if states_refusal(body):
        raise rejection(answer)
    listed = body.get("data", body) if isinstance(body, dict) else body
    if listed is not None and not isinstance(listed, list):
        raise protocol_error(answer, " without a list of models")
    ids = (text_in(entry if isinstance(entry, str) else object_in(entry).get("id")) for entry in listed or [])
    return tuple(dict.fromkeys(model for model in ids if model is not None))


def link_in(answer: HTTPAnswer) -> str | None:
    """Return the link that some gateways' /content answers with, as JSON, instead of the bytes."""
    link = video_in(json_or_none(answer.body), default="completed", poll_after_seconds=None).video_url
    return None if link is None or link.startswith("data:") else link


def _is_success(answer: HTTPAnswer) -> bool:
    return 200 <= answer.status_code < 300


def _is_created(body: JsonValue) -> bool:
    if object_in(body).get("success") is False:
        return False
    return stated_id(body) is not None or (not states_refusal(body) and request_id_as_id(body) is not None)


def _not_created(answer: HTTPAnswer) -> GatewayError:
    if may_exist(answer):
        return protocol_error(answer)
    refused = 400 <= answer.status_code < 500
    overloaded = answer.status_code == 503 and names_refusal(answer)
    return rejection(answer) if refused or overloaded else protocol_error(answer)


def _failed_video(answer: HTTPAnswer) -> UpstreamVideo:
    # vLLM-Omni answers 400 to 599 for a failed job, with the whole video as the body.
    body = json_or_none(answer.body)
    if answer.status_code >= 400 and stated_id(body) is not None and has_failed(body):
        return video_in(body, default="failed", poll_after_seconds=None)
    raise _error_of(answer)


def _error_of(answer: HTTPAnswer) -> GatewayError:
    if answer.status_code < 400 or is_page(answer) or is_broken(answer):
        return protocol_error(answer)
    return rejection(answer)
