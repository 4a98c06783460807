"""What videos cost, by day, week and model."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from tests.cli.shell import QUICK, a_shell
from video_mcp.simulator import Fault, run_simulator

pytestmark = pytest.mark.anyio


async def test_spending_is_told_by_span_and_model(tmp_path: Path) -> None:
    (tmp_path / "prices.toml").write_text('[models."kling-v2-6"]\nper_second = 0.1\n', encoding="utf-8")
    async with run_simulator(QUICK) as simulator:
        shell = a_shell(tmp_path, simulator).setting(prices=str(tmp_path / "prices.toml"))
        empty = await shell.run("spend", "--json")
        await shell.run("create", "A boat", "--model", "kling-v2-6", "--seconds", "5")
        simulator.faults.arm(Fault(on="create", kind="model_not_found"))
        await shell.run("create", "Another", "--model", "kling-v2-6", "--seconds", "5")
        await shell.run("create", "A third", "--model", "kling-v2-1-master", "--seconds", "5")
        told = await shell.run("spend", "--json")
        said = await shell.run("spend")
    assert cast("dict[str, object]", empty.answer["last_7_days"])["videos"] == 0
    day = cast("dict[str, object]", told.answer["last_24_hours"])
    assert (day["videos"], day["cost_usd"], day["unpriced_videos"]) == (2, 0.5, 1)
    assert "Last 24 hours: 2 videos, 10 s, about 0.50 USD and 1 of unknown price" in said.stdout
    assert "kling-v2-6: 1 video, 5 s, about 0.50 USD" in said.stdout
    assert "kling-v2-1-master: 1 video, 5 s, price unknown" in said.stdout
