"""Subscribers hear of what changes, once, in both protocol eras, whichever process polls the job."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import anyio
import mcp_types as types
import pytest
from mcp import Client
from mcp.client.subscriptions import ResourceUpdated
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp.shared.subscriptions import ResourcesListChanged

from tests.interaction.conftest import Era, House, a_house
from tests.interaction.test_one_video import make
from video_mcp.server.app import create_server
from video_mcp.server.context import ServerContext
from video_mcp.simulator import SimulatorConfig

pytestmark = [
    pytest.mark.anyio,
    # The 2025 era is served all the same.
    pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning"),
]

LIST = "list"
SLOW = SimulatorConfig(render_seconds=600, max_side=96, poll_after_ms=50)


class Heard:
    """What one client has heard: addresses, and `list` for a change of the list."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.all: list[str] = []
        self._changed = anyio.Event()

    def add(self, what: str) -> None:
        self.all.append(what)
        self._changed.set()

    async def until(self, *wanted: str) -> Counter[str]:
        """Return all that was heard once every wanted word was, and a while longer for what should not come."""
        with anyio.fail_after(60):
            while not set(wanted) <= set(self.all):
                self._changed = anyio.Event()
                await self._changed.wait()
        await anyio.sleep(0.3)
        return Counter(self.all)


@asynccontextmanager
async def modern_listener(server: Server[ServerContext], uris: list[str]) -> AsyncGenerator[Heard]:
    async with Client(server) as client, anyio.create_task_group() as tasks:
        heard = Heard(client)
        async with client.listen(resources_list_changed=True, resource_subscriptions=uris) as stream:

            async def hear() -> None:
                async for event in stream:
                    heard.add(event.uri if isinstance(event, ResourceUpdated) else _other(event))

            tasks.start_soon(hear)
            yield heard
            tasks.cancel_scope.cancel()


def _other(event: object) -> str:
    return LIST if isinstance(event, ResourcesListChanged) else str(event)


@asynccontextmanager
async def legacy_listener(server: Server[ServerContext], uris: list[str]) -> AsyncGenerator[Heard]:
    found: list[Heard] = []

    async def hear(message: object) -> None:
        if isinstance(message, types.ResourceUpdatedNotification):
            found[0].add(str(message.params.uri))
        elif isinstance(message, types.ResourceListChangedNotification):
            found[0].add(LIST)

    async with Client(server, mode="legacy", message_handler=hear) as client:
        found.append(Heard(client))
        for uri in uris:
            await client.subscribe_resource(uri)  # pyright: ignore[reportDeprecated] - the 2025 era's way
        yield found[0]


def listener(era: Era, server: Server[ServerContext], uris: list[str]) -> AbstractAsyncContextManager[Heard]:
    return modern_listener(server, uris) if era == "auto" else legacy_listener(server, uris)


def addresses(video_id: str) -> list[str]:
    return [f"video://{video_id}{part}" for part in ("", "/content", "/poster", "/storyboard")]


async def test_what_can_be_read_is_told_once_and_a_poll_is_no_change(tmp_path: Path, era: Era) -> None:
    async with a_house(tmp_path, era, SLOW) as house, house.connect() as client:
        video_id = (await make(client, wait_seconds=0)).video_id
        uris = addresses(video_id)
        async with listener(era, create_server(house.settings), uris) as heard:
            await house.polled(times=3)
            house.simulator.finish_renders()
            told = await heard.until(LIST, *uris)
    assert {what: told[what] for what in (LIST, *uris[1:])} == dict.fromkeys((LIST, *uris[1:]), 1)
    assert 1 <= told[uris[0]] <= 2


async def test_a_client_hears_of_its_own_videos(house: House, era: Era) -> None:
    async with listener(era, create_server(house.settings), []) as heard:
        await make(heard.client)
        assert await heard.until(LIST) == {LIST: 1}


async def test_a_removed_video_leaves_the_list(tmp_path: Path, era: Era) -> None:
    async with a_house(tmp_path, era, max_library_bytes=1) as house, house.connect() as client:
        first = (await make(client)).video_id
        house.let_files_age()
        async with listener(era, create_server(house.settings), [f"video://{first}"]) as heard:
            second = (await make(client, prompt="Another boat")).video_id
            await heard.until(LIST, f"video://{first}")
            listed = (await heard.client.list_resources()).resources
    assert [str(resource.uri) for resource in listed] == ["models://catalog", f"video://{second}/content"]


async def test_one_client_unsubscribes_and_another_goes_on_hearing(tmp_path: Path) -> None:
    async with a_house(tmp_path, "legacy", SLOW) as house, house.connect() as client:
        server = create_server(house.settings)
        video_id = (await make(client, wait_seconds=0)).video_id
        uris = addresses(video_id)
        async with legacy_listener(server, uris) as leaving, legacy_listener(server, uris) as staying:
            for uri in uris:
                await leaving.client.unsubscribe_resource(uri)  # pyright: ignore[reportDeprecated] - the 2025 era's way
            leaving.all.clear()
            house.simulator.finish_renders()
            await staying.until(LIST, *uris)
            assert set(leaving.all) == {LIST}


@pytest.mark.parametrize(
    "uri", ["garbage", "video://", "video://nobody", "video://nobody/content", "models://sora-9", "file:///etc/passwd"]
)
async def test_an_address_that_names_nothing_is_refused(house: House, era: Era, uri: str) -> None:
    server = create_server(house.settings)
    if era == "legacy":
        async with Client(server, mode="legacy") as client:
            with pytest.raises(MCPError) as refused:
                await client.subscribe_resource(uri)  # pyright: ignore[reportDeprecated] - the 2025 era's way
        assert refused.value.error.code == types.INVALID_PARAMS
        return
    async with (
        Client(server) as client,
        client.listen(resource_subscriptions=[uri, "models://catalog"], tools_list_changed=True) as stream,
    ):
        assert stream.honored is not None
        assert stream.honored.resource_subscriptions == ["models://catalog"]
        assert stream.honored.tools_list_changed is None


async def test_only_changes_that_are_told_are_promised(house: House) -> None:
    async with house.connect() as client:
        capabilities = client.server_capabilities
    assert capabilities is not None
    assert capabilities.resources == types.ResourcesCapability(subscribe=True, list_changed=True)
    assert capabilities.tools == types.ToolsCapability(list_changed=False)
    assert capabilities.prompts == types.PromptsCapability(list_changed=False)
