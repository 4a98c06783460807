"""Models that the gateway itself lists can be asked for, within what it says, also when it cannot be reached."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import JsonValue

from video_mcp import open_videos
from video_mcp.errors import BudgetExceeded, InvalidRequest
from video_mcp.families.prices.listed import listed_cost_usd
from video_mcp.families.vendors.generic import GenericParams
from video_mcp.families.vendors.listed import spec_of
from video_mcp.jobs.request import CreateRequest
from video_mcp.jobs.runtime import open_service
from video_mcp.settings import load_settings
from video_mcp.simulator import Fault, SimulatorConfig, run_simulator
from video_mcp.types import JsonObject

pytestmark = pytest.mark.anyio

MODEL = "google/veo-3.1"


def asked(**fields: JsonValue) -> CreateRequest:
    known: JsonObject = {"model": MODEL, "prompt": "A fox.", "seconds": 8}
    return CreateRequest(fields={**known, **fields})


async def test_a_listed_model_needs_no_row_of_ours_and_is_held_to_its_list(tmp_path: Path) -> None:
    async with run_simulator(SimulatorConfig(server="openrouter")) as simulator:
        settings = load_settings(
            base_url=simulator.base_url, api_key=simulator.api_key, home=tmp_path / "home",
            output_dir=tmp_path / "videos", dialect="openrouter",
        )  # fmt: skip
        async with open_service(settings) as service:
            prepared = await service.prepare(asked(image="https://example.com/a.png"))
            assert prepared.body.json is not None
            assert (prepared.request.mode, prepared.body.json["duration"]) == ("i2v", 8)
            with pytest.raises(InvalidRequest, match="4, 6 or 8"):
                await service.prepare(asked(seconds=7))
            frames: JsonObject = {"image": "https://example.com/a.png", "end_image": "https://example.com/b.png"}
            with pytest.raises(InvalidRequest, match="end frame"):
                await service.prepare(asked(model="kwaivgi/kling-v3.0-pro", seconds=5, **frames))
        simulator.faults.arm(*[Fault(on="catalog", kind="server_error")] * 3)
        async with open_service(settings) as service:
            assert (await service.catalog()).find(MODEL) is not None
            assert (await service.prepare(asked())).request.spec.id == MODEL


async def test_a_server_without_a_list_is_never_asked_for_one(tmp_path: Path) -> None:
    async with run_simulator(SimulatorConfig(server="sglang")) as simulator:
        settings = load_settings(
            base_url=simulator.base_url, api_key=simulator.api_key, home=tmp_path / "home",
            output_dir=tmp_path / "videos", dialect="sglang",
        )  # fmt: skip
        async with open_service(settings) as service:
            with pytest.raises(InvalidRequest, match="acme/film-9"):
                await service.prepare(asked(model="acme/film-9"))
        assert [one.path for one in simulator.requests if "models" in one.path] == []


@pytest.mark.parametrize(
    "entry",
    [{}, {"id": ""}, {"id": 7}, {"id": None}],
)
def test_an_entry_without_an_id_is_left_out(entry: JsonObject) -> None:
    assert spec_of(entry) is None


def test_what_a_list_leaves_open_is_open() -> None:
    spec = spec_of({"id": "x/y", "supported_durations": None, "supported_frame_images": None})
    assert spec is not None
    assert set(spec.modes) == {"t2v", "reference_images"}
    assert spec.modes["t2v"].seconds is None
    assert spec.modes["t2v"].open_choices


@pytest.mark.parametrize(
    ("skus", "seconds", "resolution", "usd"),
    [
        pytest.param({"duration_seconds": "0.4"}, 8, None, 3.2, id="one price"),
        pytest.param({"cents_per_second_output": "12"}, 5, None, 0.6, id="cents"),
        pytest.param(
            {"duration_seconds_without_audio_720p": "0.03", "duration_seconds_without_audio_1080p": "0.05"},
            10, "720p", 0.3, id="by resolution",
        ),
        pytest.param({"duration_seconds_720p": "0.1", "duration_seconds_1080p": "0.2"}, 10, None, 2.0, id="highest"),
        pytest.param({"duration_seconds_with_audio": 4, "duration_seconds_without_audio": 2}, 5, None, 20.0, id="any"),
        pytest.param({"duration_seconds": "0.1"}, None, None, 0.8, id="the longest of open seconds"),
        pytest.param({"video_tokens": "0.00001"}, 8, None, None, id="no price a second"),
        *[
            pytest.param({"duration_seconds": value}, 8, None, None, id=f"no amount: {value!r}")
            for value in ("0", "-1", "nan", "inf", "free", None, True, ["0.1"], 10**400)
        ],
        pytest.param(None, 8, None, None, id="no list"),
        pytest.param("0.1", 8, None, None, id="no object"),
    ],
)  # fmt: skip
def test_a_listed_price_is_a_finite_amount_and_the_highest_that_fits(
    skus: JsonValue, seconds: int | None, resolution: str | None, usd: float | None
) -> None:
    spec = spec_of({"id": "x/y", "supported_durations": [4, 8], "pricing_skus": skus})
    assert spec is not None
    params = GenericParams(prompt="A fox.", seconds=seconds, resolution=resolution)
    assert listed_cost_usd(spec, "t2v", params) == (None if usd is None else pytest.approx(usd))


async def test_a_listed_model_is_priced_and_capped_by_its_list_unless_the_user_has_said_a_price(tmp_path: Path) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text(f'[models."{MODEL}"]\nper_second = 0.1\n', encoding="utf-8")
    async with run_simulator(SimulatorConfig(server="openrouter")) as simulator:
        settings = load_settings(
            base_url=simulator.base_url, api_key=simulator.api_key, home=tmp_path / "home",
            output_dir=tmp_path / "videos", dialect="openrouter", max_cost_per_video=3.0,
        )  # fmt: skip
        async with open_videos(settings) as videos:
            assert MODEL in {spec.id for spec in videos.models()}
            prepared = await videos.prepare(MODEL, "A fox.", seconds=8)
            assert prepared.cost is not None
            assert prepared.cost.usd == pytest.approx(3.2)
            with pytest.raises(BudgetExceeded, match="VIDEO_MCP_MAX_COST_PER_VIDEO"):
                await videos.submit(prepared)
        async with open_videos(settings.model_copy(update={"prices": prices})) as videos:
            own = await videos.prepare(MODEL, "A fox.", seconds=8)
            assert own.cost is not None
            assert own.cost.counted_usd == pytest.approx(0.8)
        assert simulator.jobs == ()
