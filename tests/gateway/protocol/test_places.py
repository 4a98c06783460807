"""A refusal for want of a place is one of waiting; a lack of money or a burst of requests is not."""

from __future__ import annotations

import pytest

from video_mcp.gateway.protocol.rejections import rejection
from video_mcp.gateway.upstream import HTTPResponse

WANT_OF_A_PLACE = [
    (429, "Number of parallel tasks over resource pack limit"),
    (429, "Too many running tasks, please retry later"),
    (429, "You have reached the maximum of 3 active generations"),
    (400, "concurrency limit reached for this model"),
    (429, "\u4efb\u52a1\u5e76\u53d1\u6570\u8d85\u8fc7\u9650\u5236"),
    (503, "The queue is full."),
    (429, "Your plan allows at most 2 videos at a time"),
]
OTHER = [
    (429, "Rate limit reached: 20 requests per minute"),
    (429, "insufficient quota for parallel tasks"),
    (400, "aspect_ratio must be one of 16:9, 9:16"),
    (401, "too many active sessions for this key: limit 3"),
    (500, "too many concurrent requests"),
]


@pytest.mark.parametrize(("status_code", "message"), WANT_OF_A_PLACE)
def test_a_refusal_for_want_of_a_place_is_told_by_its_words(status_code: int, message: str) -> None:
    assert rejection(stating(status_code, message)).is_for_want_of_a_place


@pytest.mark.parametrize(("status_code", "message"), OTHER)
def test_no_other_refusal_is_taken_for_one(status_code: int, message: str) -> None:
    assert not rejection(stating(status_code, message)).is_for_want_of_a_place


def stating(status_code: int, message: str) -> HTTPResponse:
    body = f'{{"error": {{"message": "{message}"}}}}'
    return HTTPResponse(status_code=status_code, headers={}, body=body.encode())
