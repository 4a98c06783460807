"""One call of a tool, as its handler gets it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from video_mcp.server.elicitation import User

ReportProgress = Callable[[float, float, str], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """One call of a tool: its arguments, where its progress goes, how to ask its user, and who listens.

    `is_local` says that the client shares this machine's disk, `takes_links` that it knows resource links. A new
    video is called `video_id` where that is given.
    """

    arguments: Mapping[str, JsonValue]
    report_progress: ReportProgress
    user: User
    is_local: bool
    takes_links: bool
    video_id: str | None = None
