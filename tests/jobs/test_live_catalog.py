"""Models that the gateway itself lists can be asked for, within what it says, also when it cannot be reached."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import JsonValue

from video_mcp.errors import InvalidRequest
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
            with pytest.raises(InvalidRequest, match=r"google/veo-3\.1"):
                await service.prepare(asked())
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
