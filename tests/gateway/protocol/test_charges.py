"""What a gateway says that a video really cost is read where its kind says it, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from pydantic import JsonValue

from tests.gateway.protocol.test_responses import answer
from video_mcp.gateway.dialects import profile_of
from video_mcp.gateway.protocol import read_created, read_polled
from video_mcp.types import Dialect, JsonObject

FINISHED: JsonObject = {"id": "v", "status": "completed", "video_url": "https://cdn.example/v.mp4"}


def charged(dialect: Dialect, body: JsonObject, headers: Mapping[str, str] | None = None) -> float | None:
    response = answer({**FINISHED, **body}, headers=headers)
    return read_polled(response, charges=profile_of(dialect).charges).charged_usd


@pytest.mark.parametrize(
    ("dialect", "body", "usd"),
    [
        pytest.param("openrouter", {"usage": {"cost": 0.4, "is_byok": False}}, 0.4, id="OpenRouter"),
        pytest.param("gateway", {"usage": {"cost": "0.25"}}, 0.25, id="a gateway after OpenRouter, as text"),
        pytest.param("gateway", {"usage": {"cost_usd": 1.5}}, 1.5, id="a name with its unit"),
        pytest.param("xai", {"usage": {"cost_in_usd_ticks": 37_756_000}}, 0.0037756, id="xAI"),
        pytest.param("new-api", {"quota": 250_000}, None, id="new-api's units, which it has not stated"),
        pytest.param("gateway", {"quota": 250_000}, None, id="units that nobody has explained"),
        pytest.param("gateway", {"cost": 3}, None, id="a number without a unit"),
        pytest.param("gateway", {}, None, id="nothing"),
        *[
            pytest.param("openrouter", {"usage": {"cost": value}}, None, id=f"usage.cost {value!r}")
            for value in (0, -1, "nan", "inf", 1e400, True, None, [0.4], "free")
        ],
        pytest.param("openrouter", {"usage": "0.4"}, None, id="usage is not an object"),
    ],
)
def test_dollars_are_read_where_the_kind_of_server_states_them(
    dialect: Dialect, body: JsonObject, usd: float | None
) -> None:
    assert charged(dialect, body) == (None if usd is None else pytest.approx(usd))


@pytest.mark.parametrize(
    ("dialect", "header", "usd"),
    [
        pytest.param("openai", {"x-litellm-response-cost": "0.8"}, 0.8, id="LiteLLM"),
        pytest.param("aimlapi", {"x-aimlapi-usd-spent": "0.12"}, 0.12, id="AI/ML API"),
        pytest.param("openai", {"x-litellm-response-cost": "0.0"}, None, id="LiteLLM without a price"),
        pytest.param("gateway", {"x-litellm-response-cost": "0.8"}, None, id="another kind"),
    ],
)
def test_dollars_in_a_header_are_read_from_a_create_too(
    dialect: Dialect, header: dict[str, str], usd: float | None
) -> None:
    created = read_created(answer({"id": "v"}, headers=header), charges=profile_of(dialect).charges)
    assert (created.charged_usd, charged(dialect, {}, header)) == (usd, usd)


@pytest.mark.parametrize("status", ["in_progress", "failed"])
def test_a_video_that_is_not_finished_has_no_final_cost(status: JsonValue) -> None:
    assert charged("openrouter", {"status": status, "video_url": None, "usage": {"cost": 0.4}}) is None


def test_an_envelope_is_looked_into() -> None:
    task: JsonObject = {"task_id": "t", "status": "SUCCESS", "quota": 100_000, "fail_reason": "https://x.example/v.mp4"}
    response = answer({"code": "success", "data": task})
    in_units = [replace(place, units_per_usd=500_000.0) for place in profile_of("new-api").charges]
    assert read_polled(response, charges=in_units).charged_usd == pytest.approx(0.2)
