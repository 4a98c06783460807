"""Each piece of advice of the source is followed once, on the real server; what is new has to be entered here."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

import anyio
import pytest
from mcp import Client

from manifests.generator.variables import variables
from tests.interaction.advice import SERVER_ROOMS, advice_in_source
from tests.interaction.agent import READABLE, SHOT, Agent
from tests.interaction.conftest import House, a_house, path_of
from tests.interaction.test_one_video import job_in
from tests.media.samples import picture
from video_mcp.families.catalog import default_catalog
from video_mcp.server.answer_models import VideoJob
from video_mcp.server.tools import definitions

pytestmark = pytest.mark.anyio

Follow = Callable[[Agent, VideoJob], Awaitable[None]]
OWN_VARIABLES = {variable.name for variable in variables()}


async def fetch(agent: Agent, made: VideoJob) -> None:
    fetched = job_in(await agent.call("fetch_video", video_id=made.video_id))
    assert fetched.file == made.file


async def status(agent: Agent, made: VideoJob) -> None:
    known = job_in(await agent.call("get_video_status", video_id=made.video_id, wait_seconds=45))
    assert known.status == "completed"


async def newest(agent: Agent, made: VideoJob) -> None:
    await agent.refused("get_video_status", "without an id", video_id="video_0000000000000000")
    await agent.call("get_video_status", limit=50)
    assert made.video_id in agent.texts[-1]


async def wait_then_use_it(agent: Agent, made: VideoJob) -> None:
    del made
    begun = await agent.make(prompt=f"{agent.prompt}, begun", wait_seconds=0)
    await agent.call("get_video_status", video_id=begun.video_id, wait_seconds=45)
    await agent.check(**SHOT, image=begun.video_id)


async def own_uris(agent: Agent, made: VideoJob) -> None:
    await agent.refused("create_video", "last-frame", **SHOT, prompt="On", image=f"video://{made.video_id}/end")
    for part in ("poster", "last-frame"):
        await agent.check(**SHOT, image=f"video://{made.video_id}/{part}")


async def own_id(agent: Agent, made: VideoJob) -> None:
    await agent.check(**SHOT, image=made.video_id)


async def local_file(agent: Agent, made: VideoJob) -> None:
    photo = Path(path_of(made)).with_name("photo.png")
    photo.write_bytes(picture(size=(640, 360), noise=True))
    await agent.refused("create_video", "photo.png", **SHOT, prompt="On", image=str(photo.with_name("phot.png")))
    await agent.check(**SHOT, image=str(photo))


async def another_name(agent: Agent, made: VideoJob) -> None:
    other = await agent.make(prompt=f"{agent.prompt}, another")
    for name, refused in (("taken.mp4", False), ("taken.mp4", True), ("free.mp4", False)):
        result = await agent.call("fetch_video", video_id=(other if refused else made).video_id, save_as=name)
        assert result.is_error == refused, agent.texts[-1]
    assert not (await agent.call("fetch_video", video_id=other.video_id, save_as="taken.mp4", overwrite=True)).is_error


async def same_ending(agent: Agent, made: VideoJob) -> None:
    result = await agent.call("fetch_video", video_id=made.video_id, save_as="clip.webm")
    assert result.is_error
    named = re.search(r"Call it (\S+\.mp4)\.", agent.texts[-1])
    assert named is not None
    assert not (await agent.call("fetch_video", video_id=made.video_id, save_as=named[1])).is_error


async def another_place(agent: Agent, made: VideoJob) -> None:
    refused = await agent.call("fetch_video", video_id=made.video_id, save_as="/etc/passwd.mp4")
    assert refused.is_error
    assert "Choose a place below that folder." in agent.texts[-1]
    assert not (await agent.call("fetch_video", video_id=made.video_id, save_as="shots/one.mp4")).is_error


async def cheaper(agent: Agent, made: VideoJob) -> None:
    del made
    ceiling = {"max_cost_usd": 0.01}
    await agent.refused("create_video", "fewer seconds", model="kling-v3", prompt="A boat", options=ceiling)
    await agent.check(model="kling-v3", prompt="A boat")
    priced = await agent.call("list_models", family="kling")
    assert "usd_per_second" in str(priced.structured_content)


async def another_model(agent: Agent, made: VideoJob) -> None:
    del made
    await agent.call("list_models")
    assert "kling-v2-6" in agent.texts[-1]


async def another_prompt(agent: Agent, made: VideoJob) -> None:
    del made
    result = await agent.call("create_video", model="kling-v2-6", prompt=f"[fail] {agent.prompt}", seconds=5)
    assert result.is_error
    assert (await agent.make(prompt=f"{agent.prompt}, in plain words")).status == "completed"


async def create_again(agent: Agent, made: VideoJob) -> None:
    del made
    ids = set[str]()
    for _try in range(2):
        failed = await agent.call("create_video", model="kling-v2-6", prompt=f"[fail] {agent.prompt}, twice", seconds=5)
        ids.add(job_in(failed).video_id)
    assert len(ids) == 2


async def duplicate(agent: Agent, made: VideoJob) -> None:
    del made
    first = await agent.make()
    assert (await agent.make()).duplicate_of == first.video_id
    assert (await agent.make(allow_duplicate=True)).video_id != first.video_id


async def another_task_id(agent: Agent, made: VideoJob) -> None:
    del made
    first = await agent.make(prompt=f"{agent.prompt}, keyed", options={"external_task_id": "key-1"})
    await agent.refused(
        "create_video", first.video_id, model="kling-v2-6", prompt="Another", seconds=5,
        options={"external_task_id": "key-1"},
    )  # fmt: skip
    await status(agent, first)
    await agent.check(prompt="Another", options={"external_task_id": "key-2"})


async def more_of_the_id(agent: Agent, made: VideoJob) -> None:
    await agent.call("get_video_status", video_id=made.video_id[:-4])
    assert made.video_id in agent.texts[-1]


async def fetch_what_is_gone(agent: Agent, made: VideoJob) -> None:
    other = await agent.make(prompt=f"{agent.prompt}, gone")
    file = anyio.Path(path_of(other))
    await file.unlink()
    await fetch(agent, other)
    assert await file.exists()
    del made


async def extend_or_continue(agent: Agent, made: VideoJob) -> None:
    clip = await agent.make(model="sora-2", seconds=4)
    await agent.refused(
        "create_video", "Extend a finished kling video", clip.video_id, model="kling-v1-6", mode="extend",
        source_video=clip.video_id, prompt="On",
    )  # fmt: skip
    await agent.check(**SHOT, image=clip.video_id)
    del made


async def joined(agent: Agent, made: VideoJob) -> None:
    other = await agent.make(prompt=f"{agent.prompt}, another")
    await fetch(agent, other)
    assert not (await agent.call("fetch_video", video_id=made.video_id, join=[other.video_id])).is_error


async def longer_film(agent: Agent, made: VideoJob) -> None:
    await agent.refused("create_video", "join them with fetch_video", model="veo3.1", prompt="A boat", seconds=60)
    await joined(agent, made)


async def nearest(agent: Agent, made: VideoJob) -> None:
    del made
    await agent.refused("create_video", "Nearest: 5", model="kling-v2-6", prompt="A boat", seconds=7)
    await agent.check(seconds=5)


OUTSIDE = None
"""Done outside of the program: the gateway's account, a disk, a database, the environment of the server."""

FOLLOWED: dict[str, Follow | None] = {
    "Send the file itself with POST /uploads and give the upload:// address that it answers": OUTSIDE,
    "Send the file with POST /uploads, and give the upload:// address that it answers": OUTSIDE,
    "Try again later": OUTSIDE,
    "Try again later, or let whoever runs it raise VIDEO_MCP_MAX_COST_PER_DAY_ALL": OUTSIDE,
    "Try again in a minute, or close the programs that still run the older version": OUTSIDE,
    "Use what is uploaded already, or try again tomorrow": OUTSIDE,
    "Add its price to the file that VIDEO_MCP_PRICES names, such as: {}": OUTSIDE,
    "Ask for fewer seconds, a lower resolution or a cheaper model": cheaper,
    "Ask the gateway's operator for an address that programs may use, and set VIDEO_MCP_BASE_URL to it": OUTSIDE,
    "Ask the user": OUTSIDE,
    "Call fetch_video again": fetch,
    "Call fetch_video to ask once more, or look into the gateway's own dashboard": fetch,
    "Call fetch_video to ask once more, or look into the gateway's own dashboard before creating it again": fetch,
    "Call fetch_video with its video_id: it downloads the video again and costs nothing": fetch_what_is_gone,
    "Call fetch_video with video_id {} first": fetch,
    "Call fetch_video with video_id {}: the video is paid and finished, only its file is not here yet": fetch,
    "Call get_video_status with video_id {} and wait_seconds 45": status,
    "Call get_video_status with video_id {}, or choose another external_task_id": another_task_id,
    "Call get_video_status without an id to see the newest ones": newest,
    "Call it {}{}": same_ending,
    "Change the prompt or the input and create it anew": another_prompt,
    "Change the prompt or the input: the model's filter does not let it pass": another_prompt,
    "Check VIDEO_MCP_API_KEY: the key may be wrong, expired or out of quota (help: {})": OUTSIDE,
    "Check VIDEO_MCP_BASE_URL": OUTSIDE,
    "Check VIDEO_MCP_BASE_URL and the network, then try again": OUTSIDE,
    "Check VIDEO_MCP_DATABASE_URL and that the database runs, then try again": OUTSIDE,
    "Check VIDEO_MCP_OUTPUT_DIR, then call fetch_video": fetch,
    "Check VIDEO_MCP_STORAGE_URL and that the storage can be reached from here, then try again": OUTSIDE,
    "Check both in VIDEO_MCP_DATABASE_URL": OUTSIDE,
    "Check its address, name and password in {}": OUTSIDE,
    "Check that VIDEO_MCP_BASE_URL is the address of the API and not of a website": OUTSIDE,
    "Check that it is the address of the API and not of a website": OUTSIDE,
    "Check that the file and its folder are there and writable": OUTSIDE,
    "Check the disk, then try again": OUTSIDE,
    "Check the network, then call fetch_video": fetch,
    "Check them, and that they may read, write and delete in the bucket": OUTSIDE,
    "Choose a model with a price in list_models, or leave max_cost_usd out": cheaper,
    "Choose another model: list_models shows what this gateway serves": another_model,
    "Choose another name, or pass overwrite=true": another_name,
    "Choose a place below that folder": another_place,
    "Choose another place": another_place,
    "Copy it there, or add its folder to VIDEO_MCP_INPUT_DIRS in the server's environment": local_file,
    "Create it again": create_again,
    "Create it again if it is still wanted": create_again,
    "Create it again when fewer videos are under way": create_again,
    "Create it, or check its name in VIDEO_MCP_DATABASE_URL": OUTSIDE,
    "Did you mean {}": local_file,
    "Extend a finished {} video, or continue this one with image: {}": extend_or_continue,
    "Fetch each of them once, then try again": joined,
    "Free some room, then call fetch_video": fetch,
    "Free some space and fetch the video again": fetch,
    "Give a local file instead": local_file,
    "Give a local file, or an https: address that the gateway can reach": local_file,
    'Give it as JPEG or PNG, or install "video-mcp-gateway[heic]" beside this server': local_file,
    "Give the id of one of yours": own_id,
    "Leave save_as out, and download the video": fetch,
    "Look at its disk, then try again": OUTSIDE,
    "Look into the gateway's own log or dashboard before creating it again": OUTSIDE,
    "Make it": OUTSIDE,
    "Make it, or check VIDEO_MCP_STORAGE_URL": OUTSIDE,
    "Make room on it, or set VIDEO_MCP_HOME to another disk": OUTSIDE,
    "Make room on that disk, then try again": OUTSIDE,
    "Make several videos and join them with fetch_video: no model known here makes one as long": longer_film,
    "Make the file and its folder writable, then try again": OUTSIDE,
    "Make the file readable and writable, then try again": OUTSIDE,
    "Make this video and pay for it": OUTSIDE,
    "Move it away or restore a copy": OUTSIDE,
    "Move that file away": OUTSIDE,
    "Name the primary in VIDEO_MCP_DATABASE_URL, not a standby": OUTSIDE,
    "Nearest: {}": nearest,
    "Put it back if it was moved, then restart video-mcp": OUTSIDE,
    "Raise VIDEO_MCP_MAX_DOWNLOAD_BYTES, then call fetch_video": fetch,
    "Raise its max_connections: a replica takes up to 17": OUTSIDE,
    "Run `video-mcp db upgrade` as the tables' owner, and grant the replicas' user SELECT, INSERT and UPDATE": OUTSIDE,
    "Run `video-mcp db upgrade` once, then start again": OUTSIDE,
    "Send smaller media, or https URLs instead of files": local_file,
    "Set VIDEO_MCP_BASE_URL to {}, if you trust that address": OUTSIDE,
    "Set VIDEO_MCP_OPEN_METRICS=true where only your own network reaches this port": OUTSIDE,
    "Set a public endpoint in VIDEO_MCP_STORAGE_URL": OUTSIDE,
    "Set it in the server's environment (on stdio, in your client's configuration), then restart the server": OUTSIDE,
    "Top up the account or raise the key's quota at the gateway": OUTSIDE,
    "Try again": status,
    "Try again in a moment": status,
    "Try again in {}": status,
    "Update video-mcp, or allow the duplicate if a second video is wanted": duplicate,
    "Update video-mcp, or set VIDEO_MCP_HOME to another folder": OUTSIDE,
    "Use a picture in which no real person can be recognized": local_file,
    "Wait a little, then try again": status,
    "Wait for it with get_video_status, or leave it": status,
    "Wait for it with get_video_status, then try again": wait_then_use_it,
    "Wait until some of that is a day old, or let the user raise the setting": OUTSIDE,
    "Write https: in VIDEO_MCP_BASE_URL": OUTSIDE,
    "Write its full path": local_file,
    "Write more of it": more_of_the_id,
    "Write video://ID/content, video://ID/poster or video://ID/last-frame": own_uris,
    "Write {}": OUTSIDE,
    "Write {}:\\{}": OUTSIDE,
}
FOLLOWS = sorted({one for one in FOLLOWED.values() if one is not None}, key=lambda one: one.__name__)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[House]:
    async with a_house(tmp_path_factory.mktemp("advice"), "auto", READABLE, validation="strict") as built:
        yield built


@pytest.fixture(scope="module")
async def client(house: House) -> AsyncGenerator[Client]:
    async with house.connect() as connected:
        yield connected


@pytest.fixture(scope="module")
async def made(house: House, client: Client) -> VideoJob:
    return await Agent(client, house, prompt="A boat that is finished").make()


@pytest.mark.parametrize("follow", [pytest.param(one, id=one.__name__) for one in FOLLOWS])
async def test_advice_leads_to_where_it_says(house: House, client: Client, made: VideoJob, follow: Follow) -> None:
    await follow(Agent(client, house, prompt=f"A boat, {follow.__name__}"), made)


def test_all_advice_of_the_source_is_followed() -> None:
    assert advice_in_source(SERVER_ROOMS) == FOLLOWED.keys()


def test_advice_names_settings_that_exist() -> None:
    assert {name for advice in FOLLOWED for name in re.findall(r"VIDEO_MCP_[A-Z_]+", advice)} <= OWN_VARIABLES


def test_advice_names_tools_that_exist() -> None:
    tools = {tool.name for tool in definitions(default_catalog())}
    named = {name for advice in FOLLOWED for name in re.findall(r"\b(?:create|get|fetch|list)_[a-z_]+", advice)}
    assert named <= tools
