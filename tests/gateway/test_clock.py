from __future__ import annotations

import pytest

from video_mcp.gateway.protocol import gateway_time
from video_mcp.gateway.upstream import HTTPAnswer


@pytest.mark.parametrize(
    ("headers", "time"),
    [
        ({"date": "Mon, 23 Nov 2026 19:00:00 GMT"}, 1795460400.0),
        ({"date": "yesterday"}, None),
        ({"date": "Mon, 99 Nov 2026 19:00:00 GMT"}, None),
        ({}, None),
    ],
)
def test_the_gateways_clock_is_read_from_its_answers(headers: dict[str, str], time: float | None) -> None:
    assert gateway_time(HTTPAnswer(status_code=200, headers=headers, body=b"")) == time
