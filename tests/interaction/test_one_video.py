"""The main job: one call, one finished video."""

from __future__ import annotations

import base64
import hashlib
import json
from itertools import pairwise
from pathlib import Path
from typing import cast

import anyio
import av
import mcp_types as types
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

from tests.interaction.conftest import Era, House, a_house, path_of
from video_mcp.server.answer_models import VideoJob, VideoSummary
from video_mcp.simulator import Fault, SimulatorConfig

pytestmark = pytest.mark.anyio

REQUEST: dict[str, object] = {"model": "kling-v2-6", "prompt": "A paper boat on a rainy street", "seconds": 5}


def job_in(result: types.CallToolResult) -> VideoJob:
    return VideoJob.model_validate(result.structured_content)


def text_of(result: types.CallToolResult) -> str:
    return "\n".join(block.text for block in result.content if isinstance(block, types.TextContent))


async def make(client: Client, **changes: object) -> VideoJob:
    with anyio.fail_after(200):
        return job_in(await client.call_tool("create_video", {**REQUEST, **changes}))


async def test_one_call_gives_one_finished_file(house: House) -> None:
    async with house.connect() as client:
        with anyio.fail_after(200):
            result = await client.call_tool("create_video", REQUEST)
    job = job_in(result)
    assert not result.is_error
    assert (job.status, job.charged, job.progress) == ("completed", "yes", 100)
    assert job.file is not None
    raw = await anyio.Path(path_of(job)).read_bytes()
    assert (len(raw), hashlib.sha256(raw).hexdigest()) == (job.file.bytes, job.file.sha256)
    with av.open(path_of(job)) as container:
        assert container.streams.video[0].width == job.file.width
    assert len(house.simulator.jobs) == 1


async def test_a_finished_answer_is_small_and_holds_path_and_address_as_text(house: House) -> None:
    async with house.connect() as client:
        result = await client.call_tool("create_video", REQUEST)
    job, text = job_in(result), text_of(result)
    links = [block for block in result.content if isinstance(block, types.ResourceLink)]
    assert job.file is not None
    assert len(text.encode()) < 1000
    assert path_of(job) in text
    assert f"video://{job.video_id}/content" in text
    assert [str(link.uri) for link in links] == [
        f"video://{job.video_id}/content",
        Path(path_of(job)).as_uri(),
    ]
    assert all(link.mime_type == "video/mp4" and link.size == job.file.bytes for link in links)


async def test_links_out_of_a_container_lead_to_the_hosts_own_path(tmp_path: Path, era: Era) -> None:
    async with a_house(tmp_path, era, host_output_dir="/home/ann/Videos") as house, house.connect() as client:
        result = await client.call_tool("create_video", REQUEST)
    path = path_of(job_in(result))
    links = [str(block.uri) for block in result.content if isinstance(block, types.ResourceLink)]
    assert links[1] == f"file://{path}"
    assert path.startswith("/home/ann/Videos/")


async def test_progress_rises_strictly_and_tells_what_happens(house: House) -> None:
    heard: list[tuple[float, float | None, str | None]] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append((progress, total, message))

    async with house.connect() as client:
        with anyio.fail_after(200):
            await client.call_tool("create_video", REQUEST, progress_callback=hear)
    percents = [percent for percent, _total, _message in heard]
    assert len(heard) >= 3
    assert all(before < after for before, after in pairwise(percents))
    assert all(total == 100 and message and message.startswith("kling-v2-6: ") for _p, total, message in heard)
    assert percents[-1] == 100


async def test_waiting_that_runs_out_is_a_normal_answer_that_says_what_to_do(tmp_path: Path, era: Era) -> None:
    slow = SimulatorConfig(render_seconds=60, max_side=160, poll_after_ms=50)
    async with a_house(tmp_path, era, slow) as house, house.connect() as client:
        with anyio.fail_after(200):
            result = await client.call_tool("create_video", {**REQUEST, "wait_seconds": 0.3})
    job = job_in(result)
    assert not result.is_error
    assert job.status in {"queued", "in_progress"}
    assert job.poll_after_seconds is not None
    assert job.next_action is not None
    assert job.next_action.startswith(f"Call get_video_status with video_id {job.video_id}")


async def test_a_status_call_waits_for_the_end(house: House) -> None:
    async with house.connect() as client:
        with house.simulator.hold_renders():
            begun = await make(client, wait_seconds=0)
        with anyio.fail_after(200):
            ended = job_in(await client.call_tool("get_video_status", {"video_id": begun.video_id, "wait_seconds": 45}))
    assert begun.status in {"queued", "in_progress"}
    assert ended.status == "completed"


async def test_videos_of_earlier_sessions_are_listed_newest_first(house: House) -> None:
    async with house.connect() as client:
        first = await make(client, prompt="first " + "very long " * 20)
    async with house.connect() as client:
        second = await make(client, prompt="second")
        result = await client.call_tool("get_video_status", {})
    assert result.structured_content is not None
    videos = [VideoSummary.model_validate(video) for video in result.structured_content["videos"]]
    assert [video.video_id for video in videos] == [second.video_id, first.video_id]
    assert all(len(video.prompt) <= 80 for video in videos)
    assert text_of(result).startswith(second.video_id)


async def test_a_job_that_a_closed_session_left_is_finished_by_the_next(house: House) -> None:
    async with house.connect() as client:
        begun = await make(client, wait_seconds=0)
    async with house.connect() as client:
        with anyio.fail_after(200):
            ended = job_in(await client.call_tool("get_video_status", {"video_id": begun.video_id, "wait_seconds": 45}))
    assert ended.status == "completed"
    assert len(house.simulator.jobs) == 1


async def test_cancelling_the_call_cancels_the_waiting_and_not_the_video(house: House) -> None:
    async with house.connect() as client:
        with anyio.fail_after(200), anyio.CancelScope() as call:

            async def leave(progress: float, total: float | None, message: str | None) -> None:
                call.cancel()

            await client.call_tool("create_video", REQUEST, progress_callback=leave)
        listed = (await client.call_tool("get_video_status", {})).structured_content
        assert listed is not None
        wait = {"video_id": listed["videos"][0]["video_id"], "wait_seconds": 45}
        with anyio.fail_after(200):
            ended = job_in(await client.call_tool("get_video_status", wait))
    assert call.cancelled_caught
    assert ended.status == "completed"
    assert len(house.simulator.jobs) == 1


async def test_fetch_gives_the_file_and_puts_a_copy_where_it_is_wanted(house: House) -> None:
    async with house.connect() as client:
        made = await make(client)
        fetched = job_in(await client.call_tool("fetch_video", {"video_id": made.video_id}))
        saved = job_in(await client.call_tool("fetch_video", {"video_id": made.video_id, "save_as": "cuts/boat.mp4"}))
        await anyio.Path(house.settings.output_dir / "taken.mp4").write_bytes(b"something else")
        taken = await client.call_tool("fetch_video", {"video_id": made.video_id, "save_as": "taken.mp4"})
    assert fetched.file == made.file
    assert saved.file is not None
    assert made.file is not None
    assert Path(path_of(saved)) == house.settings.output_dir / "cuts" / "boat.mp4"
    assert await anyio.Path(path_of(saved)).read_bytes() == await anyio.Path(path_of(made)).read_bytes()
    assert taken.is_error
    assert "overwrite=true" in text_of(taken)


async def test_a_file_that_was_deleted_is_brought_again_without_paying(house: House) -> None:
    async with house.connect() as client:
        made = await make(client)
        assert made.file is not None
        await anyio.Path(path_of(made)).unlink()
        fetched = job_in(await client.call_tool("fetch_video", {"video_id": made.video_id}))
    assert fetched.file is not None
    assert await anyio.Path(path_of(fetched)).exists()
    assert len(house.simulator.jobs) == 1


async def test_a_moderated_video_is_an_error_with_its_reason(house: House) -> None:
    async with house.connect() as client:
        with anyio.fail_after(200):
            result = await client.call_tool("create_video", {**REQUEST, "prompt": "[fail] a boat"})
    job = job_in(result)
    assert result.is_error
    assert job.status == "failed"
    assert job.error is not None
    assert job.error.code == "content_policy_violation"
    assert job.error.message in text_of(result)


async def test_a_refusal_by_the_gateway_costs_nothing_and_says_what_to_do(house: House) -> None:
    house.simulator.faults.arm(Fault(on="create", kind="model_not_found"))
    async with house.connect() as client:
        result = await client.call_tool("create_video", REQUEST)
    job = job_in(result)
    assert result.is_error
    assert (job.status, job.charged) == ("failed", "no")
    assert job.error is not None
    assert "No available channel" in job.error.message
    assert len(house.simulator.requests.matching("POST", "/v1/videos")) == 1


async def test_a_lost_answer_is_unknown_and_never_sent_again(house: House) -> None:
    house.simulator.faults.arm(Fault(on="create", kind="drop_answer"))
    async with house.connect() as client:
        result = await client.call_tool("create_video", REQUEST)
        later = job_in(await client.call_tool("get_video_status", {"video_id": job_in(result).video_id}))
    assert result.is_error
    assert (later.status, later.charged) == ("unknown", "unknown")
    assert later.error is not None
    assert "dashboard" in (later.error.advice or "")
    assert len(house.simulator.requests.matching("POST", "/v1/videos")) == 1


async def test_what_the_model_cannot_do_is_refused_before_anything_is_sent(house: House) -> None:
    async with house.connect() as client:
        result = await client.call_tool("create_video", {**REQUEST, "seconds": 7, "options": {"cfg_skale": 1}})
    assert result.is_error
    assert result.structured_content is not None
    error = result.structured_content["error"]
    assert {finding["field"] for finding in error["findings"]} == {"seconds", "cfg_skale"}
    assert "Nearest: 5" in text_of(result)
    assert result.structured_content["charged"] == "no"
    assert len(house.simulator.requests) == 0


async def test_a_dry_run_shows_what_would_be_sent_and_sends_nothing(house: House) -> None:
    async with house.connect() as client:
        result = await client.call_tool("create_video", {**REQUEST, "dry_run": True})
        listed = await client.call_tool("get_video_status", {})
    assert result.structured_content is not None
    assert result.structured_content["would_send"]["model_name"] == "kling-v2-6"
    assert listed.structured_content is not None
    assert (listed.structured_content["videos"], listed.structured_content["spending"]["videos"]) == ([], 0)
    assert house.simulator.requests.matching("POST") == ()


WRONG_USE: tuple[tuple[str, dict[str, object], str], ...] = (
    ("get_video_status", {"video_id": "video_nobody"}, "No video video_nobody is known here"),
    ("fetch_video", {"video_id": "video_nobody"}, "Call get_video_status without an id"),
    ("fetch_video", {}, "video_id"),
    ("get_video_status", {"limit": 0}, "limit"),
    ("get_video_status", {"wait_seconds": -1}, "wait_seconds"),
    ("list_models", {"model": "kling-v9"}, "Did you mean kling-v"),
    ("list_models", {"colour": "red"}, "colour"),
    ("create_video", {"model": "nobody-1", "prompt": "x"}, "list_models"),
)


async def test_wrong_use_is_a_tool_error_in_our_own_words(house: House) -> None:
    async with house.connect() as client:
        for tool, arguments, words in WRONG_USE:
            result = await client.call_tool(tool, arguments)
            assert result.is_error, (tool, arguments)
            assert words in text_of(result)
            assert "pydantic" not in text_of(result)


async def test_an_unknown_tool_is_told_the_known_ones(house: House) -> None:
    async with house.connect() as client:
        with pytest.raises(MCPError, match="create_video, get_video_status, fetch_video, list_models"):
            await client.call_tool("make_film", {})


async def test_without_settings_the_server_starts_and_the_first_call_says_what_to_set(tmp_path: Path, era: Era) -> None:
    async with a_house(tmp_path, era, base_url=None, api_key=None) as house, house.connect() as client:
        tools = (await client.list_tools()).tools
        models = await client.call_tool("list_models", {})
        result = await client.call_tool("create_video", REQUEST)
        dry = await client.call_tool("create_video", {**REQUEST, "dry_run": True})
    assert len(tools) == 4
    assert not models.is_error
    assert not dry.is_error
    assert result.is_error
    assert "VIDEO_MCP_BASE_URL is not set" in text_of(result)
    assert "VIDEO_MCP_API_KEY is not set" in text_of(result)
    assert result.structured_content is not None
    assert result.structured_content["charged"] == "no"


async def test_the_bytes_of_a_finished_video_are_a_resource(house: House) -> None:
    async with house.connect() as client:
        made = await make(client)
        read = await client.read_resource(f"video://{made.video_id}/content")
        listed = (await client.list_resources()).resources
    content = read.contents[0]
    assert isinstance(content, types.BlobResourceContents)
    assert made.file is not None
    assert hashlib.sha256(base64.b64decode(content.blob)).hexdigest() == made.file.sha256
    assert [str(resource.uri) for resource in listed] == ["models://catalog", f"video://{made.video_id}/content"]


async def test_a_video_over_the_cap_is_told_by_path_and_never_as_bytes(tmp_path: Path, era: Era) -> None:
    async with a_house(tmp_path, era, resource_max_bytes=1000) as house, house.connect() as client:
        made = await make(client)
        with pytest.raises(MCPError, match="fetch_video") as caught:
            await client.read_resource(f"video://{made.video_id}/content")
    assert made.file is not None
    assert path_of(made) in str(caught.value)


async def test_a_job_and_the_catalogue_are_json_resources(house: House) -> None:
    async with house.connect() as client:
        made = await make(client)
        job = (await client.read_resource(f"video://{made.video_id}")).contents[0]
        catalog = (await client.read_resource("models://catalog")).contents[0]
        model = (await client.read_resource("models://kling-v2-6")).contents[0]
    assert isinstance(job, types.TextResourceContents)
    assert isinstance(catalog, types.TextResourceContents)
    assert isinstance(model, types.TextResourceContents)
    facts = cast("dict[str, object]", json.loads(job.text))
    assert facts["upstream_id"] == house.simulator.jobs[0].id
    assert VideoJob.model_validate(facts).file == made.file
    assert '"kling-v2-6"' in catalog.text
    assert '"kling-v2-6"' in model.text


async def test_a_resource_that_is_not_there_is_invalid(house: House) -> None:
    async with house.connect() as client:
        for uri in ("video://nobody/content", "video://nobody", "models://nobody", "video://a/b/c"):
            with pytest.raises(MCPError) as caught:
                await client.read_resource(uri)
            assert caught.value.error.code == types.INVALID_PARAMS, uri


async def test_the_key_goes_to_the_gateway_alone(house: House) -> None:
    async with house.connect() as client:
        await make(client)
    assert house.simulator.leaked_keys == 0
    assert all(
        request.authorization == "gateway_key"
        for request in house.simulator.requests
        if request.path.startswith("/v1/")
    )


async def test_model_ids_complete(house: House) -> None:
    async with house.connect() as client:
        done = await client.complete(
            types.ResourceTemplateReference(type="ref/resource", uri="models://{model}"),
            {"name": "model", "value": "kling-v2-1"},
        )
    assert done.completion.values == ["kling-v2-1", "kling-v2-1-master"]


async def test_a_wait_that_ran_out_is_a_normal_answer_also_with_save_as_and_a_preview(tmp_path: Path) -> None:
    async with a_house(tmp_path, "auto", SimulatorConfig(render_seconds=3600)) as house, house.connect() as client:
        made = await make(client, wait_seconds=0)
        wanted: dict[str, object] = {"save_as": str(tmp_path / "copy.mp4"), "preview": "poster", "wait_seconds": 0}
        result = await client.call_tool("fetch_video", {"video_id": made.video_id, **wanted})
    job = job_in(result)
    assert not result.is_error
    assert (job.video_id, job.charged, job.error) == (made.video_id, "yes", None)
    assert job.status in {"queued", "in_progress"}


async def test_an_error_about_a_job_carries_the_job(tmp_path: Path) -> None:
    async with a_house(tmp_path, "auto") as house, house.connect() as client:
        made = await make(client)
        assert made.file is not None
        outside = await client.call_tool("fetch_video", {"video_id": made.video_id, "save_as": "/no/such/place.mp4"})
        await anyio.Path(path_of(made)).unlink()
        house.simulator.faults.arm(
            Fault(on="link", kind="link_refused", times=None), Fault(on="content", kind="task_not_found", times=None)
        )
        gone = await client.call_tool("fetch_video", {"video_id": made.video_id, "wait_seconds": 1})
    for refused in (outside, gone):
        assert refused.is_error
        facts = cast("dict[str, object]", refused.structured_content)
        assert (facts.get("video_id"), facts.get("charged")) == (made.video_id, "yes")
