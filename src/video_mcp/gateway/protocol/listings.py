"""What a server lists: the account's videos, and what its models take."""

from __future__ import annotations

from pydantic import JsonValue

from video_mcp.gateway.protocol.json_values import object_in, text_in
from video_mcp.gateway.protocol.rejections import parsed, protocol_error, rejection
from video_mcp.gateway.protocol.stated_errors import states_refusal
from video_mcp.gateway.protocol.video import video_in
from video_mcp.gateway.upstream import HTTPResponse, ListedVideo
from video_mcp.types import JsonObject


def read_catalog(response: HTTPResponse) -> tuple[JsonObject, ...]:
    """Return the entries of a list of what a server's models take.

    Raises:
        GatewayRejected: If the server states an error.
        GatewayProtocolError: If the response is no list.
    """
    return tuple(entry for entry in _entries(response, "models") if isinstance(entry, dict))


def read_listing(response: HTTPResponse) -> tuple[ListedVideo, ...]:
    """Return the videos that a server lists; an entry without an id or a time is left out.

    Raises:
        GatewayRejected: If the server states an error.
        GatewayProtocolError: If the response is no list.
    """
    found: list[ListedVideo] = []
    for entry in _entries(response, "videos"):
        video = video_in(entry, default="running", poll_after_seconds=None)
        if video.id is not None and video.created_at is not None:
            prompt = text_in(object_in(entry).get("prompt"))
            found.append(ListedVideo(id=video.id, model=video.model, created_at=video.created_at, prompt=prompt))
    return tuple(found)


def _entries(response: HTTPResponse, what: str) -> list[JsonValue]:
    if not 200 <= response.status_code < 300:
        raise rejection(response)
    body = parsed(response)
    if states_refusal(body):
        raise rejection(response)
    entries = object_in(body).get("data") if isinstance(body, dict) else body
    if not isinstance(entries, list):
        raise protocol_error(response, f" without a list of {what}")
    return entries
