"""Tasks of an agent, through the real server: the calls it takes, the bytes they cost, the next step named."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Any

import anyio
import mcp_types as types
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from PIL import Image

from tests.interaction.agent import BOAT, READABLE, SHOT, Agent, journey
from tests.interaction.conftest import House, a_house, path_of
from tests.interaction.test_one_video import job_in
from tests.interaction.transcript import PAGE, replaced, shown, transcript
from video_mcp.server.answer_models import VideoJob

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[House]:
    """One gateway and one server for all tasks, each of which asks for videos of its own."""
    folder = tmp_path_factory.mktemp("journeys")
    async with a_house(folder, "auto", READABLE, validation="strict") as built:
        yield built


@pytest.fixture(scope="module")
async def client(house: House) -> AsyncGenerator[Client]:
    async with house.connect() as connected:
        yield connected


@pytest.fixture
def agent(house: House, client: Client, request: pytest.FixtureRequest, update_snapshots: bool) -> Generator[Agent]:
    """Return an agent whose task is held to what its mark states; a task without one fails."""
    mark = request.node.get_closest_marker("journey")
    assert mark is not None
    one = Agent(client, house, prompt=f"A paper boat for {request.node.name}")
    yield one
    stated: dict[str, Any] = mark.kwargs
    assert len(one.calls) == stated["calls"]
    assert one.bytes <= stated["most_bytes"]
    assert any(stated["says"] in text for text in one.texts)
    if (name := stated["shown_as"]) is not None:
        compare_with_page(one, name, most_bytes=stated["most_bytes"], update=update_snapshots)


def compare_with_page(agent: Agent, name: str, *, most_bytes: int, update: bool) -> None:
    """Compare a journey with what docs/agents.md shows of it, or with `update` write it there."""
    folder = agent.house.settings.output_dir
    shown_prompt = "A paper boat in the rain"
    text = transcript(agent.calls, folder=folder, prompt=agent.prompt, shown_prompt=shown_prompt, most_bytes=most_bytes)
    page = PAGE.read_text(encoding="utf-8")
    if update:
        PAGE.write_text(replaced(page, name, text), encoding="utf-8", newline="\n")
    else:
        assert shown(page, name) == text.strip()


@journey(calls=1, most_bytes=1150, says="video://")
async def test_one_video(agent: Agent) -> None:
    assert (await agent.make()).status == "completed"


@journey(calls=2, most_bytes=2000, says="do not create it again", shown_as="longer")
async def test_a_video_that_takes_longer_than_the_call(agent: Agent) -> None:
    with agent.house.simulator.hold_renders():
        begun = await agent.make(wait_seconds=0)
    assert f"Call get_video_status with video_id {begun.video_id}" in agent.texts[-1]
    ended = job_in(await agent.call("get_video_status", video_id=begun.video_id))
    assert ended.status == "completed"


@journey(calls=2, most_bytes=2000, says="Last 24 hours: ")
async def test_an_id_that_was_lost_and_what_was_spent(agent: Agent) -> None:
    made = await agent.make()
    listed = (await agent.call("get_video_status", limit=1)).structured_content
    assert made.video_id in agent.texts[-1]
    assert "Last 24 hours: " in agent.texts[-1]
    assert listed is not None
    assert listed["spending"]["seconds"] >= 5


@journey(calls=2, most_bytes=10500, says="price a second")
async def test_the_cheapest_model_is_found_in_one_call(agent: Agent) -> None:
    listed = (await agent.call("list_models")).structured_content
    assert listed is not None
    priced = [row for row in listed["models"] if "usd_per_second" in row]
    cheapest = min(priced, key=lambda row: row["usd_per_second"])["id"]
    dry = await agent.call("create_video", model=cheapest, prompt="A boat", dry_run=True)
    assert not dry.is_error or "mode" in agent.texts[-1]


@journey(calls=2, most_bytes=3000, says="Nothing was sent.")
@pytest.mark.parametrize(
    ("word", "offered"),
    [
        ("seedance", "doubao-seedance-2-0-260128"),
        ("hailuo 02", "hailuo-video"),
        ("minimax", "hailuo-video"),
        ("veo", "veo3.1"),
    ],
)
async def test_a_family_word_is_answered_with_its_current_models(agent: Agent, word: str, offered: str) -> None:
    await agent.refused("create_video", offered, model=word, prompt="A boat")
    dry = await agent.call("create_video", model=offered, prompt="A boat", dry_run=True)
    assert not dry.is_error, agent.texts[-1]


@journey(calls=2, most_bytes=2000, says="Nearest: 5", shown_as="refused")
async def test_a_length_that_the_model_lacks_is_answered_with_the_nearest(agent: Agent) -> None:
    await agent.refused("create_video", "Nearest: 5", **{**BOAT, "seconds": 7})
    assert (await agent.make(seconds=5)).status == "completed"


@journey(calls=5, most_bytes=6000, says="allow_duplicate")
async def test_four_variants_are_four_calls(agent: Agent) -> None:
    await agent.refused("create_video", "allow_duplicate", **{**BOAT, "n": 4})
    ids = {(await agent.make(allow_duplicate=True)).video_id for _variant in range(4)}
    assert len(ids) == 4


@journey(calls=2, most_bytes=2500, says="i2v")
async def test_a_wrong_mode_is_answered_with_the_modes(agent: Agent) -> None:
    await agent.refused("create_video", "i2v", "t2v", **{**BOAT, "mode": "img2vid"})
    await agent.refused("list_models", "i2v", "extend", mode="img2vid")


@journey(calls=1, most_bytes=1500, says="VIDEO_MCP_INPUT_DIRS")
async def test_a_photo_outside_the_folders_is_answered_with_the_setting(
    agent: Agent, tmp_path_factory: pytest.TempPathFactory
) -> None:
    photo = tmp_path_factory.mktemp("elsewhere") / "photo.png"
    Image.new("RGB", (640, 360), "teal").save(photo)
    await agent.refused("create_video", "VIDEO_MCP_INPUT_DIRS", **{**BOAT, "image": str(photo)})


@journey(calls=1, most_bytes=1300, says="video://")
async def test_a_photo_of_the_folder_becomes_a_video(agent: Agent, house: House) -> None:
    Image.effect_noise((640, 360), 60).convert("RGB").save(house.settings.output_dir / "photo.png")
    assert (await agent.make(image=str(house.settings.output_dir / "photo.png"))).status == "completed"


@journey(calls=2, most_bytes=2200, says="Nothing was sent.")
async def test_a_clip_that_goes_on_where_another_ends(agent: Agent) -> None:
    first = await agent.make()
    await agent.call("create_video", **{**SHOT, "prompt": "It rains", "image": first.video_id, "dry_run": True})
    assert agent.texts[-1].startswith("Nothing was sent. veo3.1, i2v.")


@journey(calls=2, most_bytes=2500, says="allow_duplicate")
async def test_an_equal_request_is_never_paid_twice_by_accident(agent: Agent) -> None:
    first, second = await agent.make(), await agent.make()
    assert second.duplicate_of == first.video_id
    assert "allow_duplicate" in agent.texts[-1]


@journey(calls=1, most_bytes=1200, says="Change the prompt")
async def test_a_refused_prompt_says_what_to_change(agent: Agent) -> None:
    result = await agent.call("create_video", **{**BOAT, "prompt": "[fail] a boat"})
    assert result.is_error
    assert "Change the prompt" in agent.texts[-1]


@journey(calls=2, most_bytes=2900, says="video://")
async def test_the_next_shot_by_its_last_frame(agent: Agent) -> None:
    first = await agent.make()
    second = await agent.make(**SHOT, image=f"video://{first.video_id}/last-frame")
    assert second.status == "completed"


@journey(calls=4, most_bytes=6500, says="A film of 3 videos", shown_as="film")
async def test_a_film_of_three_shots(agent: Agent) -> None:
    shots = [await agent.make(**SHOT)]
    for number in (2, 3):
        shots.append(await agent.make(**SHOT, image=shots[-1].video_id, prompt=f"{agent.prompt}, shot {number}"))
    first, *rest = [shot.video_id for shot in shots]
    film = await agent.call("fetch_video", video_id=first, join=rest, preview="storyboard")
    assert "A film of 3 videos" in agent.texts[-1]
    assert any(isinstance(block, types.ImageContent) for block in film.content)


@journey(calls=2, most_bytes=2400, says="video://")
async def test_a_clip_made_longer_by_kling(agent: Agent) -> None:
    clip = await agent.make(model="kling-v1-6")
    longer = await agent.call(
        "create_video", model="kling-v1-6", mode="extend", source_video=clip.video_id, prompt="It sails on"
    )
    assert job_in(longer).status == "completed"


@journey(calls=2, most_bytes=2400, says="continue this one with image")
async def test_a_clip_of_another_family_is_not_extended_but_continued(agent: Agent) -> None:
    clip = await agent.make(model="sora-2", seconds=4)
    await agent.refused("create_video", "continue this one with image", model="kling-v1-6", mode="extend",
                        source_video=clip.video_id, prompt="It sails on")  # fmt: skip


@journey(calls=2, most_bytes=2600, says="storyboard")
async def test_a_look_at_the_video(agent: Agent) -> None:
    made = await agent.make()
    shown = await agent.call("fetch_video", video_id=made.video_id, preview="storyboard")
    assert any(isinstance(block, types.ImageContent) for block in shown.content)
    assert f"video://{made.video_id}/storyboard" in agent.texts[-1]


@journey(calls=2, most_bytes=2400, says="hero.mp4")
async def test_the_file_where_it_is_wanted(agent: Agent, house: House) -> None:
    made = await agent.make()
    saved = job_in(await agent.call("fetch_video", video_id=made.video_id, save_as="hero.mp4"))
    assert saved.file is not None
    assert Path(path_of(saved)).name == "hero.mp4"
    assert (house.settings.output_dir / "hero.mp4").stat().st_size == saved.file.bytes


@journey(calls=2, most_bytes=2400, says="Nothing was sent.")
async def test_what_it_will_cost_before_it_is_paid(agent: Agent) -> None:
    request: dict[str, object] = {"model": "kling-v3", "prompt": agent.prompt, "seconds": 5}
    dry = (await agent.call("create_video", **request, dry_run=True)).structured_content
    assert dry is not None
    assert dry["estimated_cost_usd"] > 0
    assert "Nothing was sent." in agent.texts[-1]
    await agent.refused("create_video", "max_cost_usd", **request, options={"max_cost_usd": 0.01})


@journey(calls=3, most_bytes=7500, says="get_video_status")
async def test_several_at_once_and_the_first_that_ends(agent: Agent) -> None:
    begun: list[VideoJob] = []
    results: list[types.CallToolResult] = []

    async def wait() -> None:
        results.append(await agent.call("get_video_status", wait_seconds=45))

    async with anyio.create_task_group() as waiting:
        with agent.house.simulator.hold_renders():
            begun += [await agent.make(prompt=f"{agent.prompt} {number}", wait_seconds=0) for number in range(2)]
            waiting.start_soon(wait)
            await agent.house.polled(times=3)
    listed = results[0].structured_content
    assert listed is not None
    assert listed["ended_video_id"] in {job.video_id for job in begun}
    assert listed["ended_video_id"] in agent.texts[-1]


@journey(calls=2, most_bytes=1700, says="cannot be cancelled")
async def test_a_started_video_cannot_be_cancelled(agent: Agent) -> None:
    begun = await agent.make(wait_seconds=0)
    await agent.refused(
        "get_video_status", "cannot be cancelled", "get_video_status", video_id=begun.video_id, cancel=True
    )
    with pytest.raises(MCPError, match="cannot be cancelled"):
        await agent.call("cancel_video", video_id=begun.video_id)
    assert "cannot be cancelled" in (agent.client.instructions or "")


@journey(calls=2, most_bytes=2400, says="kling-v1 in t2v")
async def test_a_camera_that_moves(agent: Agent) -> None:
    camera: dict[str, object] = {"camera_control": {"type": "simple", "config": {"zoom": 5}}}
    await agent.refused("create_video", "kling-v1 in t2v", **{**BOAT, "model": "kling-v3", "options": camera})
    assert (await agent.make(model="kling-v1", options=camera)).status == "completed"


@journey(calls=1, most_bytes=1300, says="video://")
async def test_a_vertical_clip_of_its_sound_and_seed(agent: Agent) -> None:
    made = await agent.make(
        model="doubao-seedance-2-0-260128", aspect_ratio="9:16", resolution="480p", seed=7, audio=True
    )
    assert made.file is not None
    assert (made.file.height or 0) > (made.file.width or 0)


@journey(calls=2, most_bytes=60000, says="video://")
async def test_a_model_in_full_with_a_working_example(agent: Agent) -> None:
    whole = (await agent.call("list_models", model="kling v3")).structured_content
    assert whole is not None
    (row,) = whole["models"]
    example = {**row["examples"]["t2v"], "prompt": agent.prompt}
    assert job_in(await agent.call("create_video", **example)).status == "completed"
