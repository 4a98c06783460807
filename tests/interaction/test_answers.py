"""Every fact in the text and in the structure, nothing twice, and small."""

from __future__ import annotations

import json
from pathlib import Path

import anyio
import mcp_types as types
import pytest

from tests.interaction.conftest import Era, House, a_house, path_of
from tests.interaction.test_one_video import REQUEST, job_in, make, text_of
from video_mcp.server.answer_models import VideoJob, VideoList
from video_mcp.simulator import Fault, SimulatorConfig

pytestmark = pytest.mark.anyio

SLOW = SimulatorConfig(render_seconds=60, max_side=96, poll_after_ms=50)
MOST_BYTES = 1000


def size_of(result: types.CallToolResult) -> int:
    structured = json.dumps(result.structured_content, separators=(",", ":"), ensure_ascii=False)
    return len(text_of(result).encode()) + len(structured.encode())


def assert_every_fact_is_in_the_text(result: types.CallToolResult) -> None:
    job, text = job_in(result), text_of(result)
    facts = [job.video_id, job.status, job.model, job.next_action, f"Charged: {job.charged}"]
    facts += [path_of(job), job.resource_uri] if job.file is not None else []
    facts += [job.upstream_id]
    facts += [job.error.message, job.error.advice] if job.error is not None else []
    for fact in facts:
        assert fact is None or fact in text, fact


def assert_no_sentence_comes_twice(text: str) -> None:
    sentences = [part.strip() for line in text.splitlines() for part in line.split(". ") if len(part.strip()) > 12]
    assert len(sentences) == len(set(sentences)), sentences


async def test_a_completed_answer_has_every_fact_twice_and_stays_small(house: House) -> None:
    async with house.connect() as client:
        made = await client.call_tool("create_video", REQUEST)
        job = job_in(made)
        told = await client.call_tool("get_video_status", {"video_id": job.video_id})
        fetched = await client.call_tool("fetch_video", {"video_id": job.video_id})
    for result in (made, told, fetched):
        assert job_in(result).status == "completed"
        assert_every_fact_is_in_the_text(result)
        assert_no_sentence_comes_twice(text_of(result))
        assert size_of(result) <= MOST_BYTES, (text_of(result), result.structured_content)
    ids = [job_in(result).upstream_id for result in (made, told, fetched)]
    assert ids == [None, house.simulator.jobs[0].id, None]


async def test_an_unfinished_answer_is_small_and_says_what_to_do(tmp_path: Path, era: Era) -> None:
    async with a_house(tmp_path, era, SLOW) as house, house.connect() as client:
        result = await client.call_tool("create_video", {**REQUEST, "wait_seconds": 0})
    assert_every_fact_is_in_the_text(result)
    assert size_of(result) <= MOST_BYTES


@pytest.mark.parametrize(
    ("prompt", "fault", "status"),
    [
        ("[fail] a boat", None, "failed"),
        ("a boat", Fault(on="create", kind="model_not_found"), "failed"),
        ("a boat", Fault(on="create", kind="drop_answer"), "unknown"),
    ],
)
async def test_an_answer_without_a_video_is_small_and_says_why(
    house: House, prompt: str, fault: Fault | None, status: str
) -> None:
    if fault is not None:
        house.simulator.faults.arm(fault)
    async with house.connect() as client:
        result = await client.call_tool("create_video", {**REQUEST, "prompt": prompt})
    assert job_in(result).status == status
    assert_every_fact_is_in_the_text(result)
    assert_no_sentence_comes_twice(text_of(result))
    assert all(line.endswith((".", "!", "?", "…")) for line in text_of(result).splitlines())
    assert size_of(result) <= 1600


async def test_a_preview_is_a_file_beside_the_video_that_the_structure_names(house: House) -> None:
    async with house.connect() as client:
        made = await make(client)
        for kind in ("poster", "storyboard"):
            result = await client.call_tool("fetch_video", {"video_id": made.video_id, "preview": kind})
            preview = job_in(result).preview
            assert preview is not None
            assert preview.kind == kind
            assert preview.path is not None
            assert await anyio.Path(preview.path).exists()
            assert preview.resource_uri == f"video://{made.video_id}/{kind}"
            assert preview.path in text_of(result)
            assert (await client.read_resource(f"video://{made.video_id}/{kind}")).contents


async def test_the_list_says_what_was_spent_and_where_each_file_is(tmp_path: Path, era: Era) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text('[models."kling-v2-6"]\nper_second = 0.1\n', encoding="utf-8")
    async with a_house(tmp_path, era, prices=prices, max_cost_per_day=5) as house, house.connect() as client:
        made = await make(client)
        house.simulator.faults.arm(Fault(on="create", kind="model_not_found"))
        await client.call_tool("create_video", {**REQUEST, "prompt": "another"})
        result = await client.call_tool("get_video_status", {})
    listed, text = VideoList.model_validate(result.structured_content), text_of(result)
    assert (listed.spending.videos, listed.spending.cost_usd, listed.spending.max_cost_per_day) == (1, 0.5, 5)
    failed, finished = listed.videos
    assert made.file is not None
    assert (finished.path, finished.charged, finished.estimated_cost_usd) == (path_of(made), "yes", 0.5)
    assert (failed.path, failed.charged) == (None, "no")
    assert failed.reason is not None
    assert all(fact in text for fact in (path_of(made), failed.reason, "0.50 USD", "cost per day at most 5"))


async def test_a_list_that_waits_says_which_video_ended(tmp_path: Path, era: Era) -> None:
    async with a_house(tmp_path, era) as house, house.connect() as client:
        begun: list[VideoJob] = []
        results: list[types.CallToolResult] = []

        async def wait() -> None:
            results.append(await client.call_tool("get_video_status", {"wait_seconds": 45}))

        async with anyio.create_task_group() as waiting:
            with house.simulator.hold_renders():
                begun.append(await make(client, wait_seconds=0))
                waiting.start_soon(wait)
                await house.polled(times=3)
        result = results[0]
        idle = await client.call_tool("get_video_status", {"wait_seconds": 45})
    listed = VideoList.model_validate(result.structured_content)
    assert listed.ended_video_id == begun[0].video_id
    assert listed.videos[0].status == "completed"
    assert f"Ended: {begun[0].video_id}" in text_of(result)
    assert VideoList.model_validate(idle.structured_content).ended_video_id is None


BLANK: dict[str, dict[str, object]] = {
    "get_video_status": {"video_id": "", "wait_seconds": 0, "limit": 10},
    "list_models": {"model": " ", "family": "", "mode": ""},
    "create_video": {**REQUEST, "image": "", "reference_images": [], "options": {}, "dry_run": True, "mode": ""},
}


@pytest.mark.parametrize("tool", BLANK)
async def test_a_blank_argument_is_one_that_was_not_given(house: House, tool: str) -> None:
    async with house.connect() as client:
        result = await client.call_tool(tool, BLANK[tool])
    assert not result.is_error, text_of(result)


async def test_a_blank_id_is_a_missing_one(house: House) -> None:
    async with house.connect() as client:
        result = await client.call_tool("fetch_video", {"video_id": "", "save_as": "", "preview": ""})
    assert result.is_error
    assert "video_id" in text_of(result)
    assert len(house.simulator.requests) == 0
