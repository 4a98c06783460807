"""Findings: what is wrong with a request, and what would work. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from video_mcp.plain_text import one_line

FindingValue = str | int | float | bool
"""A value as the caller wrote it, short enough to repeat in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One remark on a request: what is wrong, and what would work.

    `severity` is `refuse` when the request must not be sent, `warn` when it is sent with this remark.
    """

    severity: Literal["refuse", "warn"]
    field: str
    message: str
    value: FindingValue | None = None
    allowed: tuple[FindingValue, ...] = ()
    nearest: FindingValue | None = None
    models: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Keep the sentence on one line, whatever words of the caller it repeats."""
        object.__setattr__(self, "message", one_line(self.message))
