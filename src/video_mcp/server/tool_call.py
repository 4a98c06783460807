"""One call of a tool, as the SDK hands it over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import mcp_types as types
from pydantic import JsonValue

from video_mcp.server.elicitation import Person

Report = Callable[[float, float, str], Awaitable[None]]
ToolAnswer = types.CallToolResult | types.InputRequiredResult


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """One call: its arguments, where its progress goes, who can be asked, and whether the client shares our disk."""

    arguments: Mapping[str, JsonValue]
    report: Report
    person: Person
    local: bool
