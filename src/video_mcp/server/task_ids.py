"""Ids of tasks: what a task stands for, signed, so that every process with the same key knows it. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

_MAC_BYTES = 16
_PURPOSE = b"video-mcp task id"


class TaskReference(BaseModel):
    """What a task stands for: a job, and the call whose result its end is; the arguments are `fetch_video`'s."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tool: Literal["create_video", "fetch_video"]
    video_id: str
    is_duplicate: bool = False
    arguments: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue])


def task_id_of(reference: TaskReference, secret: str) -> str:
    """Return a task's id, which nobody without the secret can make or change."""
    payload = reference.model_dump_json(exclude_defaults=True).encode()
    return f"task_{base64.urlsafe_b64encode(_mac(payload, secret) + payload).decode().rstrip('=')}"


def read_task_id(task_id: str, secret: str) -> TaskReference | None:
    """Return what a task stands for, or None when the id is none of ours."""
    encoded = task_id.removeprefix("task_")
    try:
        raw = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
        mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(mac, _mac(payload, secret)):
            return None
        return TaskReference.model_validate_json(payload)
    except (binascii.Error, ValueError, ValidationError):
        return None


def _mac(payload: bytes, secret: str) -> bytes:
    key = hmac.digest(secret.encode(), _PURPOSE, hashlib.sha256)
    return hmac.digest(key, payload, hashlib.sha256)[:_MAC_BYTES]
