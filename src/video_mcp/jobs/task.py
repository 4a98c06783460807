"""A task: a call that a client follows by an id of its own. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import JsonValue

from video_mcp.types import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A call that goes on after its answer: which call, whose, and the video that it makes or waits for.

    While `question` is set the user has to agree first, and `video_id` names no job so far; `accepted` are the
    questions that were answered with yes. `result` is the answer of a call that came to no job.
    """

    id: str
    principal: str
    tool: str
    arguments: JsonObject = field(default_factory=dict[str, JsonValue])
    video_id: str
    is_duplicate: bool = False
    accepted: tuple[str, ...] = ()
    question: JsonObject | None = None
    result: JsonObject | None = None
    cancelled_at: float | None = None
    created_at: float
    updated_at: float
    revision: int = 0
