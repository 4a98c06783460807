from __future__ import annotations

import pytest

from video_mcp.gateway.protocol.status_words import status_of
from video_mcp.gateway.upstream import UpstreamStatus

PARTS: dict[UpstreamStatus, str] = {
    "failed": "RENDER_FAILED content-filtered contentFiltered moderation_blocked MODERATED nsfw_detected terminated "
    "generation.error policy_violation unsuccessful task_rejected_by_vendor completed_with_errors FinishedWithError "
    "system_exception 失败",
    "cancelled": "aborted user_aborted cancelled_by_user CANCELED_BY_ADMIN 已取消",
    "expired": "job_expired EXPIRED_UNCLAIMED",
    "completed": "generation_complete all_done partial_success VIDEO_READY ready task-finished SUCCEEDED_LATE 已完成",
    "running": "completing finalizing moderating filtering in_moderation under_review retrying_after_failure "
    "pending_moderation ready_for_rendering almost_done post_processing",
    "queued": "not_ready not-completed",
}


@pytest.mark.parametrize(
    ("word", "status"),
    [pytest.param(word, status, id=word) for status, words in PARTS.items() for word in words.split()],
)
def test_a_word_is_judged_by_its_parts(word: str, status: UpstreamStatus) -> None:
    assert status_of(word) == status


@pytest.mark.parametrize("word", ["stage_2", "warming", "hot", "?", "", "7"])
def test_a_word_without_a_known_part_tells_of_no_end(word: str) -> None:
    assert status_of(word) in {None, "running"}
