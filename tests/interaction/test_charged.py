"""`charged` is a fact of a job: an answer about a job carries the job's, and one before a job says no."""

from __future__ import annotations

from pathlib import Path

import anyio
import mcp_types as types
import pytest

from tests.interaction.conftest import Era, House, a_house, path_of
from tests.interaction.test_one_video import REQUEST, job_in, make, text_of
from video_mcp.simulator import Fault, SimulatorConfig

pytestmark = pytest.mark.anyio

SLOW = SimulatorConfig(render_seconds=60, max_side=96, poll_after_ms=50)


def facts(result: types.CallToolResult) -> tuple[bool, object, object]:
    assert result.structured_content is not None
    return bool(result.is_error), result.structured_content["charged"], result.structured_content.get("video_id")


@pytest.mark.parametrize("more", [{}, {"save_as": "cuts/boat.mp4"}, {"preview": "poster"}, {"overwrite": True}])
async def test_fetching_a_video_that_still_renders_is_the_normal_answer(
    tmp_path: Path, era: Era, more: dict[str, object]
) -> None:
    async with a_house(tmp_path, era, SLOW) as house, house.connect() as client:
        begun = await make(client, wait_seconds=0)
        with anyio.fail_after(60):
            fetched = await client.call_tool("fetch_video", {"video_id": begun.video_id, "wait_seconds": 0.2, **more})
    assert facts(fetched) == (False, "yes", begun.video_id)
    assert job_in(fetched).status in {"queued", "in_progress"}
    assert job_in(fetched).next_action is not None


async def test_a_refused_copy_of_a_paid_video_says_so(house: House) -> None:
    async with house.connect() as client:
        made = await make(client)
        await anyio.Path(house.settings.output_dir / "taken.mp4").write_bytes(b"something else")
        refused = await client.call_tool("fetch_video", {"video_id": made.video_id, "save_as": "taken.mp4"})
    assert facts(refused) == (True, "yes", made.video_id)
    assert "Charged: yes" in text_of(refused)
    assert made.video_id in text_of(refused)


async def test_a_paid_video_that_cannot_be_downloaded_again_says_so(house: House) -> None:
    async with house.connect() as client:
        made = await make(client)
        assert made.file is not None
        await anyio.Path(path_of(made)).unlink()
        house.simulator.faults.arm(
            Fault(on="link", kind="json_200", times=None), Fault(on="content", kind="json_200", times=None)
        )
        with anyio.fail_after(60):
            gone = await client.call_tool("fetch_video", {"video_id": made.video_id})
        house.simulator.faults.clear()
        again = job_in(await client.call_tool("fetch_video", {"video_id": made.video_id}))
    assert facts(gone) == (True, "yes", made.video_id)
    assert again.file is not None


async def test_a_video_that_failed_for_nothing_stays_free_whatever_is_wanted_of_it(house: House) -> None:
    house.simulator.faults.arm(Fault(on="create", kind="model_not_found"))
    async with house.connect() as client:
        failed = job_in(await client.call_tool("create_video", REQUEST))
        fetched = await client.call_tool("fetch_video", {"video_id": failed.video_id, "save_as": "cuts/boat.mp4"})
    assert facts(fetched) == (True, "no", failed.video_id)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("create_video", {"model": "nobody-1", "prompt": "x"}),
        ("get_video_status", {"video_id": "video_nobody"}),
        ("list_models", {"model": "kling-v9"}),
    ],
)
async def test_an_error_before_a_job_says_no(house: House, tool: str, arguments: dict[str, object]) -> None:
    async with house.connect() as client:
        refused = await client.call_tool(tool, arguments)
    assert facts(refused)[:2] == (True, "no")
    assert "Charged: no" in text_of(refused)


async def test_a_ledger_that_is_out_of_reach_for_a_moment_disables_no_later_call(tmp_path: Path, era: Era) -> None:
    in_the_way = tmp_path / "home" / "ledger.sqlite3"
    in_the_way.mkdir(parents=True)
    async with a_house(tmp_path, era) as house, house.connect() as client:
        with anyio.fail_after(60):
            refused = await client.call_tool("create_video", REQUEST)
        in_the_way.rmdir()
        made = await make(client)
    assert facts(refused)[:2] == (True, "no")
    assert made.status == "completed"
