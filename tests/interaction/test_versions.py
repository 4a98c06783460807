"""Each version of the protocol gets answers that it can read; raw messages, as a client of that time would see them."""

from __future__ import annotations

from pathlib import Path

import pytest
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS

from tests.interaction.conftest import a_house
from tests.interaction.wire import handshaken

pytestmark = pytest.mark.anyio

BLOCKS = {
    "2024-11-05": {"text", "image", "resource"},
    "2025-03-26": {"text", "image", "audio", "resource"},
    "2025-06-18": {"text", "image", "audio", "resource", "resource_link"},
    "2025-11-25": {"text", "image", "audio", "resource", "resource_link"},
}


@pytest.mark.parametrize("version", HANDSHAKE_PROTOCOL_VERSIONS)
async def test_every_answer_is_made_of_blocks_that_its_version_knows(tmp_path: Path, version: str) -> None:
    request = {"model": "kling-v2-6", "prompt": "A paper boat", "seconds": 5}
    async with a_house(tmp_path, "legacy") as house, handshaken(house.settings, version) as wire:
        made = await wire.request(
            "tools/call", name="create_video", arguments=request, _meta={"progressToken": "token"}
        )
        video_id = made["structuredContent"]["video_id"]
        answers = [
            made,
            await wire.request("tools/call", name="get_video_status", arguments={"video_id": video_id}),
            await wire.request("tools/call", name="fetch_video", arguments={"video_id": video_id, "preview": "poster"}),
        ]
    kinds = {block["type"] for answer in answers for block in answer["content"]}
    assert kinds <= BLOCKS[version]
    assert {"text", "image"} <= kinds
    assert ("resource_link" in kinds) == (version >= "2025-06-18")
    assert all(str(tmp_path) in answer["content"][0]["text"] for answer in answers)
    progress = [note["params"] for note in wire.notifications if note["method"] == "notifications/progress"]
    assert all(note["progressToken"] == "token" for note in progress)
    assert video_id in progress[0]["message"]
