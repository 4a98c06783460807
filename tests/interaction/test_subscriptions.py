"""Subscribers hear of every change of a job, in both protocol eras."""

from __future__ import annotations

from pathlib import Path

import anyio
import mcp_types as types
import pytest
from mcp import Client
from mcp.client.subscriptions import ResourceUpdated

from tests.interaction.conftest import a_house
from tests.interaction.test_one_video import job_in, make
from video_mcp.server.app import create_server

pytestmark = pytest.mark.anyio


async def test_a_listener_of_the_2026_era_hears_of_a_job(tmp_path: Path) -> None:
    async with a_house(tmp_path, "auto") as house, house.connect() as client:
        begun = await make(client, wait_seconds=0)
        uri = f"video://{begun.video_id}"
        with anyio.fail_after(20):
            async with client.listen(resource_subscriptions=[uri]) as subscription:
                heard = await anext(aiter(subscription))
        assert heard == ResourceUpdated(uri=uri)


@pytest.mark.filterwarnings(
    "ignore::mcp.shared.exceptions.MCPDeprecationWarning"
)  # the 2025 era is served all the same
async def test_a_subscriber_of_the_2025_era_hears_of_a_job_until_it_unsubscribes(tmp_path: Path) -> None:
    send, receive = anyio.create_memory_object_stream[str](100)

    async def hear(message: object) -> None:
        if isinstance(message, types.ResourceUpdatedNotification):
            send.send_nowait(str(message.params.uri))

    async with a_house(tmp_path, "legacy") as house, send, receive:
        server = create_server(house.settings)
        async with Client(server, mode="legacy", message_handler=hear) as client:
            begun = await make(client, wait_seconds=0)
            uri = f"video://{begun.video_id}"
            await client.subscribe_resource(uri)  # pyright: ignore[reportDeprecated] - see above
            with anyio.fail_after(20):
                assert await receive.receive() == uri
            waited = {"video_id": begun.video_id, "wait_seconds": 15}
            made = job_in(await client.call_tool("get_video_status", waited))
            assert made.file is not None
            await client.unsubscribe_resource(uri)  # pyright: ignore[reportDeprecated] - see above
            while receive.statistics().current_buffer_used:
                receive.receive_nowait()
            await anyio.Path(made.file.path).unlink()
            assert job_in(await client.call_tool("fetch_video", {"video_id": begun.video_id})).file is not None
            assert receive.statistics().current_buffer_used == 0
