"""Whether an error cost money: its job says so; one that nobody foresaw does not say how far a create came."""

from __future__ import annotations

import pytest

from video_mcp.errors import BudgetExceeded, JobError, JobReference
from video_mcp.server.error_results import error_result
from video_mcp.types import Charged


@pytest.mark.parametrize(
    ("error", "may_have_submitted", "charged"),
    [
        (RuntimeError("boom"), False, "no"),
        (RuntimeError("boom"), True, "unknown"),
        (BudgetExceeded("Too much."), True, "no"),
        (JobError("Gone.", job=JobReference(video_id="video_1", charged="yes")), False, "yes"),
        (JobError("Gone.", job=JobReference(video_id="video_1", charged="no")), True, "no"),
    ],
)
def test_an_error_says_whether_it_cost_money(error: Exception, may_have_submitted: bool, charged: Charged) -> None:
    assert error_result(error, may_have_submitted=may_have_submitted).charged == charged


def test_an_error_that_nobody_foresaw_tells_only_its_kind() -> None:
    told = error_result(RuntimeError("sk-secret"), may_have_submitted=True)

    assert told.error.code == "internal"
    assert "sk-secret" not in str(told)
