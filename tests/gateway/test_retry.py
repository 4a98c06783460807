from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from video_mcp.errors import (
    GatewayError,
    GatewayProtocolError,
    GatewayRejected,
    GatewayTimeout,
    GatewayUnreachable,
    NotAVideo,
    OutputRefused,
    StorageFull,
    VideoMCPError,
)
from video_mcp.gateway.retry import (
    DownloadSource,
    DownloadVerdict,
    PollVerdict,
    backoff_seconds,
    download_pause_seconds,
    download_verdict,
    may_submit_again,
    poll_verdict,
)

JITTERS = st.floats(0, 1, exclude_max=True)
LOST = GatewayUnreachable("reset", delivered=True)
NEVER_LEFT = GatewayUnreachable("refused", delivered=False)
PAGE = GatewayProtocolError("a page", status_code=200)


def rejected(status_code: int, code: str | None = None) -> GatewayRejected:
    return GatewayRejected("no", status_code=status_code, upstream_code=code)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(NEVER_LEFT, True, id="never left"),
        pytest.param(GatewayTimeout("connect", delivered=False), True, id="connect timeout"),
        pytest.param(rejected(429), True, id="429"),
        pytest.param(LOST, False, id="reset"),
        pytest.param(GatewayTimeout("read", delivered=True), False, id="read timeout"),
        pytest.param(PAGE, False, id="HTML with 200"),
        pytest.param(GatewayProtocolError("odd", status_code=500), False, id="odd 500"),
        pytest.param(rejected(503, "model_not_found"), False, id="model_not_found"),
        pytest.param(rejected(503, "system_cpu_overloaded"), False, id="overload"),
        pytest.param(rejected(400), False, id="400"),
        pytest.param(rejected(408), False, id="408"),
    ],
)
def test_a_create_is_sent_again_only_when_nothing_can_have_begun(error: GatewayError, expected: bool) -> None:
    assert may_submit_again(error) is expected


@pytest.mark.parametrize(
    ("attempt", "jitter", "seconds"),
    [
        pytest.param(1, 0.0, 0.5, id="first, at least"),
        pytest.param(1, 0.5, 0.75, id="first, middle"),
        pytest.param(3, 0.0, 2.0, id="third"),
        pytest.param(6, 0.0, 15.0, id="capped"),
        pytest.param(10_000, 0.0, 15.0, id="after a night"),
        pytest.param(0, 0.0, 0.5, id="before the first"),
    ],
)
def test_the_pause_doubles_up_to_its_cap(attempt: int, jitter: float, seconds: float) -> None:
    assert backoff_seconds(attempt, jitter) == seconds


@given(attempt=st.integers(1, 10**9), jitter=JITTERS, base=st.floats(0.01, 10), cap=st.floats(10, 100))
def test_the_pause_is_never_nothing_and_never_over_the_cap(
    attempt: int, jitter: float, base: float, cap: float
) -> None:
    assert base / 2 <= backoff_seconds(attempt, jitter, base=base, cap=cap) <= cap


@pytest.mark.parametrize(
    ("error", "not_found_in_a_row", "verdict"),
    [
        *[pytest.param(rejected(status), 0, "again", id=str(status)) for status in (408, 409, 425, 429)],
        *[pytest.param(rejected(status), 0, "again", id=str(status)) for status in (500, 502, 503, 520)],
        *[pytest.param(rejected(status), 0, "stop", id=str(status)) for status in (400, 401, 403, 410, 422)],
        pytest.param(LOST, 0, "again", id="reset"),
        pytest.param(NEVER_LEFT, 0, "again", id="not reached"),
        pytest.param(PAGE, 0, "again", id="HTML with 200"),
        pytest.param(GatewayProtocolError("page", status_code=403), 0, "again", id="a proxy's 403 page"),
        pytest.param(rejected(200), 0, "again", id="success: false with 200"),
        pytest.param(rejected(404), 1, "again", id="404 once"),
        pytest.param(rejected(404), 2, "again", id="404 twice"),
        pytest.param(rejected(404), 3, "gone", id="404 three times"),
        pytest.param(rejected(400, "task_not_exist"), 2, "again", id="task_not_exist twice"),
        pytest.param(rejected(400, "task_not_exist"), 3, "gone", id="task_not_exist three times"),
        pytest.param(rejected(500), 3, "again", id="a fault after not found"),
    ],
)
def test_a_poll_goes_on_unless_the_gateway_itself_ends_it(
    error: GatewayError, not_found_in_a_row: int, verdict: PollVerdict
) -> None:
    assert poll_verdict(error, not_found_in_a_row=not_found_in_a_row) == verdict


@pytest.mark.parametrize(
    ("error", "failures_in_a_row", "verdict"),
    [
        pytest.param(rejected(200), 4, "again", id="an error with 200, four times"),
        pytest.param(rejected(200), 5, "stop", id="an error with 200, five times"),
        pytest.param(PAGE, 5, "stop", id="a page with 200"),
        pytest.param(GatewayProtocolError("no video", status_code=200), 5, "stop", id="JSON of something else"),
        pytest.param(rejected(502), 50, "again", id="502"),
        pytest.param(LOST, 50, "again", id="no network"),
    ],
)
def test_an_answer_of_success_that_never_tells_of_the_video_stops_the_polling(
    error: GatewayError, failures_in_a_row: int, verdict: PollVerdict
) -> None:
    assert poll_verdict(error, not_found_in_a_row=0, failures_in_a_row=failures_in_a_row) == verdict


@pytest.mark.parametrize(
    ("error", "attempt", "source", "refreshed", "verdict"),
    [
        pytest.param(LOST, 1, "link", False, "again", id="link cut"),
        pytest.param(LOST, 3, "link", False, "fall_back", id="link cut three times"),
        pytest.param(rejected(503), 1, "link", False, "again", id="link overloaded"),
        pytest.param(rejected(403), 1, "link", False, "refresh", id="link expired"),
        pytest.param(rejected(410), 1, "link", False, "refresh", id="link gone"),
        pytest.param(rejected(404), 1, "link", False, "refresh", id="flat 404 of a capability link"),
        pytest.param(rejected(401), 1, "link", False, "refresh", id="link wants a key"),
        pytest.param(rejected(403), 1, "link", True, "fall_back", id="new link expired too"),
        pytest.param(rejected(451), 1, "link", False, "fall_back", id="link refused"),
        pytest.param(NotAVideo("a page"), 1, "link", False, "fall_back", id="link is a page"),
        pytest.param(LOST, 1, "content", False, "again", id="content cut"),
        *[
            pytest.param(rejected(status), 1, "content", False, "again", id=f"content {status} at first")
            for status in (400, 404, 409, 429, 500, 502)
        ],
        pytest.param(rejected(502), 3, "content", False, "refresh", id="content 502 three times"),
        pytest.param(rejected(202), 1, "content", False, "again", id="content accepted and not there"),
        pytest.param(rejected(401), 1, "content", False, "stop", id="key no longer good"),
        pytest.param(rejected(403), 1, "content", False, "stop", id="content blocked"),
        pytest.param(PAGE, 1, "content", False, "again", id="content changed on the way"),
        pytest.param(NotAVideo("a page"), 1, "content", False, "again", id="content is a page"),
        pytest.param(NotAVideo("a page"), 3, "content", False, "stop", id="content stays a page"),
        pytest.param(StorageFull("full"), 1, "link", False, "stop", id="disk full"),
        pytest.param(OutputRefused("too large"), 1, "link", False, "stop", id="too large"),
    ],
)
def test_a_failed_download_takes_the_next_way_that_can_work(
    error: VideoMCPError, attempt: int, source: DownloadSource, refreshed: bool, verdict: DownloadVerdict
) -> None:
    assert download_verdict(error, attempt, source=source, refreshed=refreshed) == verdict


@pytest.mark.parametrize(
    ("error", "waited_seconds", "patience_seconds", "verdict"),
    [
        pytest.param(rejected(502), 599, 600, "again", id="late"),
        pytest.param(rejected(502), 600, 600, "stop", id="too late"),
        pytest.param(rejected(502), 30, 30, "stop", id="nobody waits longer"),
        pytest.param(rejected(404), 179, 600, "again", id="not yet"),
        pytest.param(rejected(404), 180, 600, "stop", id="never"),
        pytest.param(LOST, 599, 600, "again", id="network"),
        pytest.param(rejected(403), 0, 600, "stop", id="refused"),
    ],
)
def test_a_late_host_is_tried_by_time(
    error: VideoMCPError, waited_seconds: float, patience_seconds: float, verdict: DownloadVerdict
) -> None:
    found = download_verdict(
        error, 1, source="content", waited_seconds=waited_seconds, patience_seconds=patience_seconds
    )
    assert found == verdict


@pytest.mark.parametrize(
    ("tries", "waited_seconds", "seconds"), [(1, 0, 1.0), (3, 3, 4.0), (9, 59, 5.0), (9, 60, 30.0)]
)
def test_a_late_host_is_looked_at_often_at_first(tries: int, waited_seconds: float, seconds: float) -> None:
    assert download_pause_seconds(tries, 1.0, waited_seconds=waited_seconds) == seconds
