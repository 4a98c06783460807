"""Answers as values, in the gateway's own shapes. Nothing is sent here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from video_mcp.simulator.jobs import Job, JobView
from video_mcp.simulator.rule_types import Violation
from video_mcp.simulator.values import JsonValue
from video_mcp.types import JsonObject

Headers: TypeAlias = "dict[str, str]"

HTML_PAGE = (
    "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head>"
    "<body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body></html>\n"
)

EXPIRED_XML = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
)


@dataclass(frozen=True, slots=True)
class JsonAnswer:
    """A status and a JSON body."""

    status_code: int
    body: JsonValue
    headers: Headers = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class TextAnswer:
    """A status and a body that is not JSON; an empty body has no Content-Type."""

    status_code: int
    text: str
    content_type: str = "text/html; charset=utf-8"
    headers: Headers = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """A video's bytes, whole or in part as the request's Range asks.

    Attributes:
        path: The file.
        etag: Its entity tag, with quotes.
        cut: End the connection in the middle of the promised bytes.
        stall_seconds: How long to wait in the middle.
        honour_range: Whether Range means anything here.
        state_length: Whether to promise a Content-Length; chunked otherwise.
    """

    path: Path
    etag: str
    cut: bool = False
    stall_seconds: float = 0.0
    honour_range: bool = True
    state_length: bool = True


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The connection ends instead: closed in order (FIN) or reset (RST)."""

    how: Literal["closed", "reset"]


Answer: TypeAlias = "JsonAnswer | TextAnswer | FileAnswer | NoAnswer"


def middleware_error(status_code: int, message: str, code: str, request_id: str) -> JsonAnswer:
    """Shape A: what the gateway's outer layers answer."""
    text = f"{message} (request id: {request_id})"
    return JsonAnswer(status_code, {"error": {"message": text, "type": "new_api_error", "code": code}})


def task_error(status_code: int, code: str, message: str) -> JsonAnswer:
    """Shape B: what the layer answers that talks to vendors."""
    return JsonAnswer(status_code, {"code": code, "message": message, "data": None})


def refusal(violation: Violation) -> JsonAnswer:
    """Answer for a request that the gateway, or through it the vendor, refuses."""
    if violation.vendor_code is None:
        return task_error(400, violation.code, violation.message)
    # The gateway passes a vendor's body on as text: JSON inside a JSON string.
    vendors = {"error": {"code": violation.vendor_code, "message": violation.message}}
    return task_error(400, violation.code, json.dumps(vendors, ensure_ascii=False))


def content_error(status_code: int, message: str) -> JsonAnswer:
    """Shape C: what the content endpoint answers; it has no code."""
    return JsonAnswer(status_code, {"error": {"message": message, "type": "invalid_request_error"}})


def invalid_url(method: str, path: str) -> JsonAnswer:
    """Answer for a path that the gateway does not have."""
    error: JsonObject = {
        "message": f"Invalid URL ({method} {path})",
        "type": "invalid_request_error",
        "param": "",
        "code": "",
    }
    return JsonAnswer(404, {"error": error})


def unauthorized(request_id: str) -> JsonAnswer:
    """One message for every bad key: missing, unknown, disabled, expired or used up."""
    return middleware_error(401, "Invalid token", "", request_id)


def model_not_found(model: str, request_id: str) -> JsonAnswer:
    """A 503 that no retry heals: the model does not exist here."""
    message = f"No available channel for model {model} under group default (distributor)"
    return middleware_error(503, message, "model_not_found", request_id)


def video(job: Job, state: JobView, link: str | None) -> JsonObject:
    """Return a job as the gateway's video object."""
    answer: JsonObject = {
        "id": job.id,
        "task_id": job.id,
        "object": "video",
        "model": job.model,
        "status": state.status,
        "progress": state.progress,
        "created_at": int(job.created_at),
        "seconds": str(job.seconds),
        "size": job.size,
    }
    if state.completed_at is not None:
        answer["completed_at"] = int(state.completed_at)
    if state.status == "failed" and job.failure is not None:
        answer["error"] = {"code": job.failure.code, "message": job.failure.message}
    if link is not None:
        answer["video_url"] = answer["url"] = link
    return answer


def price_list(prices_usd: Mapping[str, float]) -> Answer:
    """Tell what one call of each model costs, in new-api's shape."""
    rows: list[JsonValue] = [
        {"model_name": model, "quota_type": 1, "model_price": price, "model_ratio": 0}
        for model, price in prices_usd.items()
    ]
    return JsonAnswer(200, {"success": True, "data": rows, "group_ratio": {"default": 1}})


def model_list(owners: dict[str, str]) -> JsonAnswer:
    """Return `GET /v1/models`; only Sora's channel is marked as video, as at the real gateway."""
    models: list[JsonValue] = [
        {
            "id": model,
            "object": "model",
            "created": 1626777600,
            "owned_by": owner,
            "supported_endpoint_types": ["openai-video" if owner == "sora" else "openai"],
        }
        for model, owner in owners.items()
    ]
    return JsonAnswer(200, {"success": True, "object": "list", "data": models})
