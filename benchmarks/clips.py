"""Clips to deliver and to look into: a small one, and the three that are hard to look into."""

from __future__ import annotations

from pathlib import Path
from threading import Event

from video_mcp.simulator.clip import ClipPlan, render_clip


def small_clip(folder: Path) -> Path:
    """Write a clip of 64 pixels and five seconds, with sound."""
    path = folder / "small.mp4"
    plan = ClipPlan(prompt="A paper boat", caption="", width=64, height=64, seconds=5)
    render_clip(plan, path, Event())
    return path
