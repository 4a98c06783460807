from __future__ import annotations

import json

import pytest

from tests.jobs.samples import STATES, job
from video_mcp.jobs.budget import Cost
from video_mcp.jobs.store.rows import from_row, to_row


@pytest.mark.parametrize("state", STATES)
def test_a_job_comes_back_from_its_row_unchanged(state: str) -> None:
    written = job(STATES[state], parameters={"seconds": 5}, warnings=("careful",), fingerprint="f" * 64, revision=3)
    through_json = json.loads(json.dumps(to_row(written)))
    assert from_row(through_json) == written


@pytest.mark.parametrize(
    ("column", "value"),
    [("upstream_id", None), ("state", "dreaming"), ("file", None), ("file", {"name": "x"})],
)
def test_a_row_that_nobody_wrote_is_refused(column: str, value: object) -> None:
    row = {**to_row(job(STATES["completed"])), column: value}
    with pytest.raises(ValueError, match=r"completed|dreaming|validation error"):
        from_row(row)


def test_the_cost_that_counts_against_the_caps_is_the_higher_one() -> None:
    cheap = Cost(amount=0.01, currency="USD", basis="the gateway's own price list", least_usd=0.5)

    assert to_row(job(STATES["queued"], cost=cheap))["cost_usd"] == 0.5
