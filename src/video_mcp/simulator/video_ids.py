"""Which videos a create names: a gateway knows the ids that it gave itself, and no other. Pure."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from video_mcp.simulator.values import JsonValue
from video_mcp.types import JsonObject

_ID_FIELDS = frozenset(
    {"video_id", "clip_id", "source_video_id", "parent_video_id", "origin_video_id", "task_id", "origin_task_id"}
)
# What people write, and the client's own name for the job.
_TEXT_FIELDS = frozenset({"prompt", "negative_prompt", "text", "external_task_id", "user"})
_CLIENTS_OWN = re.compile(r"video://.*|video_[0-9a-f]{20}(?:/.*)?")


def unknown_video(fields: JsonObject, known: Container[str]) -> str | None:
    """Return the first video that a body names and that this server never made; None when there is none."""
    return next((text for name, text in _texts(fields) if _is_unknown(name, text, known)), None)


def _is_unknown(name: str, text: str, known: Container[str]) -> bool:
    if text in known or name in _TEXT_FIELDS:
        return False
    return name in _ID_FIELDS or _CLIENTS_OWN.fullmatch(text) is not None


def _texts(value: JsonValue, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        if value:
            yield name, value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, name)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, key)
