"""Which clip a request gets: of what it asks for, as the gateway or a kind of server understood it. Pure."""

from __future__ import annotations

from video_mcp.simulator.clip import ClipPlan
from video_mcp.simulator.rules import Accepted
from video_mcp.simulator.understanding import Understood
from video_mcp.simulator.values import is_off

_USUAL_SECONDS = 4


def plan_of(understood: Understood, size: tuple[int, int]) -> ClipPlan:
    """Return the clip of a request that a kind of server understood."""
    seconds = max(1, int(understood.seconds or _USUAL_SECONDS))
    return ClipPlan(
        prompt=understood.prompt,
        caption=_caption(understood.model, seconds),
        width=size[0],
        height=size[1],
        seconds=seconds,
    )


def plan_of_page(accepted: Accepted, size: tuple[int, int]) -> ClipPlan:
    """Return the clip of a request that the gateway's page allows."""
    submission = accepted.request.submission
    # A negative duration leaves the choice to the vendor.
    seconds = accepted.request.seconds if accepted.request.seconds > 0 else accepted.row.default_seconds
    muted = any(is_off(submission.fields.value(name)) for name in ("generate_audio", "audio", "sound"))
    return ClipPlan(
        prompt=submission.prompt,
        caption=_caption(submission.model_name or submission.model, seconds),
        width=size[0],
        height=size[1],
        seconds=seconds,
        with_audio=not muted,
    )


def _caption(model: str, seconds: int) -> str:
    return f"{model} · {seconds} s · simulated"
