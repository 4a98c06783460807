from __future__ import annotations

import json

import pytest
from pydantic import JsonValue

from video_mcp.errors import GatewayError
from video_mcp.gateway.protocol import read_prices
from video_mcp.gateway.upstream import HTTPAnswer


def answer(body: JsonValue, status_code: int = 200) -> HTTPAnswer:
    return HTTPAnswer(status_code=status_code, headers={}, body=json.dumps(body).encode())


BY_CALL: JsonValue = {"model_name": "veo3", "quota_type": 1, "model_price": 0.4}


@pytest.mark.parametrize(
    ("body", "prices"),
    [
        ({"data": [BY_CALL]}, {"veo3": 0.4}),
        ({"data": [BY_CALL], "group_ratio": {"default": 0.5}}, {"veo3": 0.2}),
        ({"data": [BY_CALL], "group_ratio": {"default": 0}}, {"veo3": 0.4}),
        ({"data": [BY_CALL], "group_ratio": {"vip": 0.5}}, {"veo3": 0.4}),
        ({"data": [{"model_name": "gpt", "quota_type": 0, "model_ratio": 2}]}, {}),
        ({"data": [{"quota_type": 1, "model_price": 1}, None, "x", {"model_name": "m", "quota_type": 1}]}, {}),
    ],
)
def test_a_price_list_gives_the_price_of_a_call(body: JsonValue, prices: dict[str, float]) -> None:
    assert read_prices(answer(body)) == prices


@pytest.mark.parametrize("given", [answer({"error": {"message": "no"}}, 404), answer({"data": None}), answer([1])])
def test_what_is_no_price_list_is_told(given: HTTPAnswer) -> None:
    with pytest.raises(GatewayError):
        read_prices(given)
