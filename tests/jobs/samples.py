"""Jobs in every state, for tables."""

from __future__ import annotations

from video_mcp.gateway.upstream import WireBody
from video_mcp.jobs.job import (
    Completed,
    Failed,
    Job,
    JobState,
    Problem,
    Rendered,
    Rendering,
    Submitting,
    Unknown,
    Unsent,
    VideoFile,
)

PROBLEM = Problem(code="boom", message="It broke.", advice="Try something else.")
FILE = VideoFile(
    name="2026-11-23-boat-video_1.mp4",
    bytes=1000,
    sha256="ab" * 32,
    seconds=5.0,
    width=1280,
    height=720,
    fps=24.0,
    has_audio=True,
)

BODY = WireBody(json={"model": "kling-v2-6", "prompt": "A paper boat"})
STATES: dict[str, JobState] = {
    "unapproved": Unsent(waits_for="approval"),
    "waiting": Unsent(waits_for="place", problem=PROBLEM),
    "submitting": Submitting(),
    "queued": Rendering(upstream_id="task_1"),
    "rendering": Rendering(upstream_id="task_1", phase="in_progress", progress=40),
    "stopped": Rendering(upstream_id="task_1", phase="in_progress", problem=PROBLEM),
    "rendered": Rendered(upstream_id="task_1"),
    "undelivered": Rendered(upstream_id="task_1", problem=PROBLEM),
    "completed": Completed(upstream_id="task_1", file=FILE),
    "refused": Failed(problem=PROBLEM, charged="no"),
    "failed": Failed(problem=PROBLEM, charged="unknown", upstream_id="task_1"),
    "lost": Unknown(problem=PROBLEM),
    "vanished": Unknown(problem=PROBLEM, upstream_id="task_1"),
}


def job(state: JobState | None = None, **changes: object) -> Job:
    facts: dict[str, object] = {
        "id": "video_1",
        "model": "kling-v2-6",
        "family": "kling",
        "mode": "t2v",
        "prompt": "A paper boat",
        "expected_seconds": 100.0,
        "created_at": 1000.0,
        "updated_at": 1000.0,
        "state": state if state is not None else Submitting(),
    }
    return Job(**{**facts, **changes})  # pyright: ignore[reportArgumentType] - a table of plain values
