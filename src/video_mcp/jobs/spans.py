"""Spans of time as people write them. Pure."""

from __future__ import annotations


def clock(seconds: float) -> str:
    """Return seconds as people write them: `42 s`, `3 min 05 s`."""
    whole = max(0, round(seconds))
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"
