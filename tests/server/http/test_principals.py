"""Two users of one server: neither sees, hears, inherits or spends what is the other's."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, ResourceTemplateReference

from tests.server.http.serving import BOAT, QUICK, Site, a_site
from video_mcp.server.http.tokens import token_line
from video_mcp.simulator import SimulatorConfig

pytestmark = pytest.mark.anyio

ALICE, BOB, READER = "a" * 40, "b" * 40, "c" * 40
UNKNOWN = "video_00000000000000000000"


@asynccontextmanager
async def a_team(folder: Path, config: SimulatorConfig = QUICK, **overrides: object) -> AsyncGenerator[Site]:
    tokens = folder / "tokens"
    reader = f"{token_line('carol', READER)} video:read"
    tokens.write_text(f"{token_line('alice', ALICE)}\n{token_line('bob', BOB)}\n{reader}\n")
    async with a_site(folder, config, tokens=tokens, **overrides) as site:
        yield site


async def made(client: Client, **changes: object) -> str:
    answer = await client.call_tool("create_video", {**BOAT, **changes})
    assert answer.structured_content is not None
    assert answer.structured_content["status"] == "completed", answer
    return str(answer.structured_content["video_id"])


async def said(call: Callable[[], Any], *ids: str) -> str:
    """Return everything that a call answers, without the ids in it."""
    try:
        answer = await call()
        text = answer.model_dump_json() if hasattr(answer, "model_dump_json") else repr(answer)
    except MCPError as error:
        text = json.dumps([error.error.code, error.error.message, error.error.data])
    for one in ids:
        text = text.replace(one, "ID")
    return text


async def test_anothers_id_answers_as_an_unknown_one(tmp_path: Path) -> None:
    async with a_team(tmp_path) as site, site.connect(token=ALICE) as alice, site.connect(token=BOB) as bob:
        known = await made(alice)
        upstream = site.simulator.jobs[0].id

        async def listen(video_id: str) -> object:
            async with bob.listen(resource_subscriptions=[f"video://{video_id}"]) as events:
                return events.honored

        calls: dict[str, Callable[[str], Any]] = {
            "status": lambda v: bob.call_tool("get_video_status", {"video_id": v, "wait_seconds": 1}),
            "fetch": lambda v: bob.call_tool("fetch_video", {"video_id": v}),
            "preview": lambda v: bob.call_tool("fetch_video", {"video_id": v, "preview": "poster"}),
            "join": lambda v: bob.call_tool("fetch_video", {"video_id": v, "join": [v]}),
            "image": lambda v: bob.call_tool("create_video", {**BOAT, "image": v, "dry_run": True}),
            "last frame": lambda v: bob.call_tool("create_video", {**BOAT, "image": f"video://{v}/last-frame"}),
            "extend": lambda v: bob.call_tool("create_video", {**BOAT, "mode": "extend", "options": {"video_id": v}}),
            "job": lambda v: bob.read_resource(f"video://{v}"),
            "content": lambda v: bob.read_resource(f"video://{v}/content"),
            "poster": lambda v: bob.read_resource(f"video://{v}/poster"),
            "prompt": lambda v: bob.get_prompt("continue_video", {"video_id": v}),
            "listen": listen,
        }
        for name, call in calls.items():
            for other, unknown in ((known, UNKNOWN), (upstream, upstream[:-1] + "0"), (known[:10], UNKNOWN[:10])):
                anothers = await said(partial(call, other), other)
                nobodys = await said(partial(call, unknown), unknown)
                assert anothers == nobodys, name
                assert "boat" not in anothers.lower() or name == "prompt"
        assert len(site.simulator.jobs) == 1


async def test_lists_completions_spending_and_duplicates_are_ones_own(tmp_path: Path) -> None:
    async with a_team(tmp_path) as site, site.connect(token=ALICE) as alice, site.connect(token=BOB) as bob:
        hers = await made(alice)
        listed = (await bob.call_tool("get_video_status", {"wait_seconds": 1})).structured_content
        assert listed is not None
        assert (listed["videos"], listed["spending"]["videos"]) == ([], 0)
        assert hers not in (await bob.list_resources()).model_dump_json()
        reference = ResourceTemplateReference(uri="video://{video_id}")
        completed = await bob.complete(reference, {"name": "video_id", "value": ""})
        assert completed.completion.values == []
        assert (await bob.call_tool("get_video_status", {"video_id": "last"})).is_error
        his = await made(bob)
        assert his != hers
        assert len(site.simulator.jobs) == 2
        again = (await bob.call_tool("create_video", BOAT)).structured_content
        assert again is not None
        assert again["duplicate_of"] == his


async def test_caps_count_for_each_user_apart(tmp_path: Path) -> None:
    async with (
        a_team(tmp_path, max_videos_per_day=1) as site,
        site.connect(token=ALICE) as alice,
        site.connect(token=BOB) as bob,
    ):
        await made(alice)
        await made(bob)
        refused = await alice.call_tool("create_video", {**BOAT, "prompt": "Another boat"})
        assert code_of(refused) == "budget_exceeded"


async def test_a_listener_hears_of_no_video_but_its_own(tmp_path: Path) -> None:
    async with a_team(tmp_path) as site, site.connect(token=ALICE) as alice, site.connect(token=BOB) as bob:
        heard: list[object] = []
        async with anyio.create_task_group() as tasks:

            async def listen() -> None:
                async with bob.listen(resources_list_changed=True) as events:
                    heard.append(await anext(aiter(events)))

            tasks.start_soon(listen)
            await anyio.sleep(0.3)
            await made(alice)
            await anyio.sleep(0.3)
            assert heard == []
            await made(bob, prompt="His own")
            with anyio.fail_after(60):
                while not heard:  # noqa: ASYNC110 - what is heard has no event of its own
                    await anyio.sleep(0.02)
            tasks.cancel_scope.cancel()


@pytest.mark.parametrize("path", ["/etc/passwd", "~/photo.png", "photo.png", "file:///etc/passwd", "../photo.png"])
async def test_a_path_of_the_server_is_no_input_and_nothing_is_said_of_it(tmp_path: Path, path: str) -> None:
    async with a_site(tmp_path, input_dirs=(Path("/"),)) as site, site.connect() as client:
        refused = await client.call_tool("create_video", {**BOAT, "image": path, "dry_run": True})
        assert code_of(refused) == "input_refused"
        assert "does not read files by their path" in refused.model_dump_json()
        saved = await client.call_tool("fetch_video", {"video_id": await made(client), "save_as": "copy.mp4"})
        assert code_of(saved) == "output_refused"


def code_of(answer: CallToolResult) -> str:
    assert answer.structured_content is not None
    return str(answer.structured_content["error"]["code"])
