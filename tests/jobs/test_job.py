from __future__ import annotations

import pytest

from tests.jobs.samples import FILE, PROBLEM, STATES, job
from video_mcp.errors import InvalidTransition
from video_mcp.jobs.events import (
    Accepted,
    Approved,
    Deferred,
    Delivered,
    DeliveryFailed,
    JobEvent,
    Lost,
    Polled,
    PollStopped,
    Refused,
    RenderFailed,
    RenderFinished,
    SubmissionBegun,
    transition,
)
from video_mcp.jobs.job import Completed, Failed, JobState, JobStatus, Rendered, Rendering, Submitting, Unknown, Unsent
from video_mcp.types import Charged

EVENTS: dict[str, JobEvent] = {
    "approved": Approved(),
    "begun": SubmissionBegun(),
    "deferred": Deferred(problem=PROBLEM),
    "accepted": Accepted(upstream_id="task_1"),
    "refused": Refused(problem=PROBLEM),
    "lost": Lost(problem=PROBLEM),
    "polled": Polled(phase="in_progress", progress=50),
    "poll_stopped": PollStopped(problem=PROBLEM),
    "finished": RenderFinished(),
    "render_failed": RenderFailed(problem=PROBLEM),
    "delivered": Delivered(file=FILE),
    "delivery_failed": DeliveryFailed(problem=PROBLEM),
}

LEGAL: list[tuple[str, str, JobState]] = [
    ("unapproved", "approved", Unsent(waits_for="place")),
    ("unapproved", "refused", Failed(problem=PROBLEM, charged="no")),
    ("waiting", "begun", Submitting()),
    ("waiting", "refused", Failed(problem=PROBLEM, charged="no")),
    ("submitting", "deferred", Unsent(waits_for="place", problem=PROBLEM)),
    ("lost", "deferred", Failed(problem=PROBLEM, charged="no")),
    ("submitting", "accepted", Rendering(upstream_id="task_1")),
    ("submitting", "refused", Failed(problem=PROBLEM, charged="no")),
    ("submitting", "lost", Unknown(problem=PROBLEM)),
    ("queued", "polled", Rendering(upstream_id="task_1", phase="in_progress", progress=50)),
    ("rendering", "polled", Rendering(upstream_id="task_1", phase="in_progress", progress=50)),
    ("stopped", "polled", Rendering(upstream_id="task_1", phase="in_progress", progress=50)),
    ("queued", "poll_stopped", Rendering(upstream_id="task_1", problem=PROBLEM)),
    ("rendering", "finished", Rendered(upstream_id="task_1")),
    ("queued", "finished", Rendered(upstream_id="task_1")),
    ("rendering", "render_failed", Failed(problem=PROBLEM, charged="unknown", upstream_id="task_1")),
    ("rendering", "lost", Unknown(problem=PROBLEM, upstream_id="task_1")),
    ("rendered", "delivered", Completed(upstream_id="task_1", file=FILE)),
    ("undelivered", "delivered", Completed(upstream_id="task_1", file=FILE)),
    ("rendered", "delivery_failed", Rendered(upstream_id="task_1", problem=PROBLEM)),
    ("rendered", "polled", Rendered(upstream_id="task_1")),
    ("rendered", "finished", Rendered(upstream_id="task_1")),
    ("rendered", "render_failed", Failed(problem=PROBLEM, charged="unknown", upstream_id="task_1")),
    ("completed", "delivered", Completed(upstream_id="task_1", file=FILE)),
    ("lost", "accepted", Rendering(upstream_id="task_1")),
    ("lost", "refused", Failed(problem=PROBLEM, charged="no")),
    ("vanished", "finished", Rendered(upstream_id="task_1")),
    ("vanished", "render_failed", Failed(problem=PROBLEM, charged="unknown", upstream_id="task_1")),
]

ENDED = {
    "refused": EVENTS.keys(),
    "failed": EVENTS.keys(),
    "lost": EVENTS.keys() - {"accepted", "refused", "deferred"},
    "vanished": EVENTS.keys() - {"finished", "render_failed"},
}


@pytest.mark.parametrize(("state", "event", "after"), LEGAL)
def test_an_event_leads_to_the_next_state(state: str, event: str, after: JobState) -> None:
    assert transition(job(STATES[state]), EVENTS[event], now=1010.0).state == after


@pytest.mark.parametrize(("state", "event"), [(state, event) for state in ENDED for event in sorted(ENDED[state])])
def test_a_job_that_has_ended_takes_no_event_but_the_truth_about_the_unknown(state: str, event: str) -> None:
    with pytest.raises(InvalidTransition):
        transition(job(STATES[state]), EVENTS[event], now=1010.0)


@pytest.mark.parametrize("event", [event for event in EVENTS if event != "delivered"])
def test_a_completed_job_only_ever_gets_its_file_again(event: str) -> None:
    with pytest.raises(InvalidTransition):
        transition(job(STATES["completed"]), EVENTS[event], now=1010.0)


@pytest.mark.parametrize("event", ["accepted", "refused"])
def test_an_accepted_job_is_never_accepted_or_refused_again(event: str) -> None:
    with pytest.raises(InvalidTransition):
        transition(job(STATES["rendering"]), EVENTS[event], now=1010.0)


def test_progress_and_phase_never_go_backwards() -> None:
    ahead = job(Rendering(upstream_id="task_1", phase="in_progress", progress=70))
    after = transition(ahead, Polled(phase="queued", progress=20), now=1010.0)
    assert after.state == Rendering(upstream_id="task_1", phase="in_progress", progress=70)


@pytest.mark.parametrize(
    ("state", "status", "charged", "is_open"),
    [
        ("submitting", "queued", "unknown", True),
        ("queued", "queued", "yes", True),
        ("rendering", "in_progress", "yes", True),
        ("rendered", "in_progress", "yes", True),
        ("completed", "completed", "yes", False),
        ("refused", "failed", "no", False),
        ("failed", "failed", "unknown", False),
        ("lost", "unknown", "unknown", False),
    ],
)
def test_each_state_has_its_public_words(state: str, status: JobStatus, charged: Charged, is_open: bool) -> None:
    known = job(STATES[state])
    assert (known.status, known.charged, known.is_open) == (status, charged, is_open)


def test_the_end_of_a_job_is_dated_and_its_open_life_is_not() -> None:
    open_job = transition(job(STATES["queued"]), EVENTS["polled"], now=1010.0)
    ended = transition(job(STATES["rendered"]), EVENTS["delivered"], now=1020.0)
    assert (open_job.finished_at, open_job.updated_at) == (None, 1010.0)
    assert (ended.finished_at, ended.updated_at) == (1020.0, 1020.0)
