from __future__ import annotations

from dataclasses import replace

import pytest
from mcp.shared.subscriptions import ResourcesListChanged, ResourceUpdated

from tests.jobs.samples import FILE, PROBLEM, STATES, job
from video_mcp.jobs.job import Completed, JobState, Rendering
from video_mcp.server.resource_events import resource_events, visible_state

JOB, CONTENT, POSTER, STORYBOARD, LIST = "job", "content", "poster", "storyboard", "list"
FINISHED = {JOB, CONTENT, POSTER, STORYBOARD, LIST}
COMPLETED = Completed(upstream_id="task_1", file=FILE)
REMOVED = replace(COMPLETED, removed_at=2000.0)
RENDERING = Rendering(upstream_id="task_1", phase="in_progress", progress=40)


def heard(before: JobState | None, after: JobState) -> set[str]:
    seen = visible_state(job(before)) if before is not None else None
    events = resource_events("video_1", seen, visible_state(job(after)))
    assert len(set(events)) == len(events)
    return {LIST if isinstance(event, ResourcesListChanged) else _part(event) for event in events}


def _part(event: ResourceUpdated) -> str:
    return event.uri.removeprefix("video://video_1").removeprefix("/") or JOB


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (None, STATES["submitting"], {JOB}),
        (STATES["submitting"], STATES["queued"], set[str]()),
        (STATES["queued"], RENDERING, {JOB}),
        (RENDERING, replace(RENDERING, progress=80), set[str]()),
        (RENDERING, replace(RENDERING, problem=PROBLEM), {JOB}),
        (RENDERING, STATES["rendered"], set[str]()),
        (STATES["rendered"], STATES["undelivered"], {JOB}),
        (STATES["rendered"], COMPLETED, FINISHED),
        (None, COMPLETED, FINISHED),
        (COMPLETED, COMPLETED, set[str]()),
        (COMPLETED, REMOVED, {JOB, LIST}),
        (REMOVED, COMPLETED, FINISHED),
        (None, REMOVED, {JOB}),
        (RENDERING, STATES["failed"], {JOB}),
        (RENDERING, STATES["vanished"], {JOB}),
    ],
)
def test_a_change_is_told_of_what_it_changes(before: JobState | None, after: JobState, told: set[str]) -> None:
    assert heard(before, after) == told
