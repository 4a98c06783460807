"""Tasks of the 2026 era, each message held against the extension's own schema."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from functools import cache
from pathlib import Path
from typing import Any

import anyio
import jsonschema
import pytest

from tests.interaction.conftest import House, a_house
from tests.interaction.wire import TASKS, Message, Refused, Wire, handshaken, modern
from video_mcp.simulator import Fault, SimulatorConfig

pytestmark = pytest.mark.anyio

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "schemas" / "mcp-ext-tasks.schema.json").read_text(encoding="utf-8")
)
REQUEST: Message = {"model": "kling-v2-6", "prompt": "A paper boat", "seconds": 5}
SLOW = SimulatorConfig(render_seconds=600, max_side=96, poll_after_ms=50)


def check(kind: str, message: Message) -> Message:
    validator(kind).validate(message)  # pyright: ignore[reportUnknownMemberType] - jsonschema leaves it open
    return message


@cache
def validator(kind: str) -> jsonschema.Draft202012Validator:
    """Return a validator that is made once: checking the extension's large schema itself takes a second each time."""
    return jsonschema.Draft202012Validator({**SCHEMA, "$ref": f"#/$defs/{kind}"})


@asynccontextmanager
async def asking(house: House) -> AsyncGenerator[Wire]:
    async with modern(house.settings, extensions={TASKS: {}}) as wire:
        yield wire


async def create(wire: Wire, **changes: object) -> Message:
    return await wire.request("tools/call", name="create_video", arguments={**REQUEST, **changes})


async def get(wire: Wire, task_id: str) -> Message:
    got = check("GetTaskResult", await wire.request("tasks/get", taskId=task_id))
    check("GetTaskRequest", wire.requests[-1])
    return got


async def ended(wire: Wire, task_id: str) -> Message:
    with anyio.fail_after(60):
        while True:
            task = await get(wire, task_id)
            if task["status"] != "working":
                return task
            await anyio.sleep(0.1)


async def test_a_call_that_would_wait_becomes_a_task_with_the_very_result(tmp_path: Path) -> None:
    async with a_house(tmp_path, "auto", SLOW) as house, asking(house) as wire:
        task = check("CreateTaskResult", await create(wire))
        house.simulator.finish_renders()
        done = await ended(wire, task["taskId"])
        async with modern(house.settings) as plain:
            waited = await plain.request("tools/call", name="get_video_status", arguments={})
            video_id = waited["structuredContent"]["videos"][0]["video_id"]
            asked = {"video_id": video_id, "wait_seconds": 0}
            expected = await plain.request("tools/call", name="get_video_status", arguments=asked)
    assert (task["status"], task["pollIntervalMs"]) == ("working", 5000)
    assert video_id in task["statusMessage"]
    assert done["status"] == "completed"
    assert done["taskId"] == task["taskId"]
    upstream_id = expected["structuredContent"].pop("upstream_id")  # an inquiry says it, a create does not
    expected["content"][0]["text"] = expected["content"][0]["text"].replace(
        f"\nThe gateway's own id: {upstream_id}.", ""
    )
    assert done["result"]["structuredContent"] == expected["structuredContent"]
    assert done["result"]["content"] == expected["content"]
    assert len(house.simulator.jobs) == 1


async def test_a_task_lives_on_after_a_restart_and_in_another_process(tmp_path: Path) -> None:
    async with a_house(tmp_path, "auto", SLOW) as house:
        async with asking(house) as wire:
            task_id = (await create(wire))["taskId"]
        async with asking(house) as first, asking(house) as second:
            assert (await get(first, task_id))["status"] == "working"
            assert (await get(second, task_id))["status"] == "working"


async def test_a_failed_video_is_a_completed_task_whose_result_is_an_error(tmp_path: Path) -> None:
    async with a_house(tmp_path, "auto", SLOW) as house, asking(house) as wire:
        task_id = (await create(wire))["taskId"]
        house.simulator.faults.arm(Fault(on="status", kind="failed_in_500", times=None))
        done = await ended(wire, task_id)
    assert (done["status"], done["result"]["isError"]) == ("completed", True)
    assert done["result"]["structuredContent"]["status"] == "failed"


async def test_fetching_is_a_task_that_keeps_its_arguments(tmp_path: Path) -> None:
    async with a_house(tmp_path, "auto", SLOW) as house, asking(house) as wire:
        begun = await create(wire, wait_seconds=0)
        arguments = {"video_id": begun["structuredContent"]["video_id"], "save_as": "boat.mp4", "preview": "poster"}
        task = check("CreateTaskResult", await wire.request("tools/call", name="fetch_video", arguments=arguments))
        house.simulator.finish_renders()
        first, second = await ended(wire, task["taskId"]), await get(wire, task["taskId"])
    assert first["result"]["structuredContent"]["file"]["path"].endswith("boat.mp4")
    assert "image" in {block["type"] for block in first["result"]["content"]}
    assert first["result"] == second["result"]


async def test_cancelling_ends_the_waiting_and_says_that_the_gateway_goes_on(tmp_path: Path) -> None:
    async with a_house(tmp_path, "auto", SLOW) as house, asking(house) as wire:
        task_id = (await create(wire))["taskId"]
        check("CancelTaskResult", await wire.request("tasks/cancel", taskId=task_id))
        check("CancelTaskRequest", wire.requests[-1])
        cancelled = await get(wire, task_id)
        listed = await wire.request("tools/call", name="get_video_status", arguments={})
    assert cancelled["status"] == "cancelled"
    assert "cannot be stopped" in cancelled["statusMessage"]
    assert listed["structuredContent"]["videos"][0]["status"] in {"queued", "in_progress"}


async def test_a_cancelled_task_stays_cancelled_after_a_restart(tmp_path: Path) -> None:
    async with a_house(tmp_path, "auto", SLOW) as house:
        async with asking(house) as wire:
            task_id = (await create(wire))["taskId"]
            await wire.request("tasks/cancel", taskId=task_id)
        async with asking(house) as wire:
            assert (await get(wire, task_id))["status"] == "cancelled"


async def test_a_film_of_several_videos_waits_for_each(tmp_path: Path) -> None:
    async with a_house(tmp_path, "auto", SLOW) as house, asking(house) as wire:
        ids = [
            (await create(wire, prompt=f"Shot {number}", wait_seconds=0))["structuredContent"]["video_id"]
            for number in range(2)
        ]
        task = await wire.request("tools/call", name="fetch_video", arguments={"video_id": ids[0], "join": ids[1:]})
        house.simulator.finish_renders()
        done = await ended(wire, task["taskId"])
    assert done["result"]["structuredContent"]["status"] == "completed"
    assert done["result"]["structuredContent"]["file"]["seconds"] > 9


async def test_answers_without_a_question_change_nothing(tmp_path: Path) -> None:
    async with a_house(tmp_path, "auto", SLOW) as house, asking(house) as wire:
        task_id = (await create(wire))["taskId"]
        answers = {"confirm": {"action": "accept", "content": {"agree": True}}}
        check("UpdateTaskResult", await wire.request("tasks/update", taskId=task_id, inputResponses=answers))
        check("UpdateTaskRequest", wire.requests[-1])
        assert (await get(wire, task_id))["status"] == "working"


async def test_a_call_that_does_not_wait_is_answered_at_once(tmp_path: Path) -> None:
    async with a_house(tmp_path, "auto", SLOW) as house, asking(house) as wire:
        for arguments in ({"wait_seconds": 0}, {"dry_run": True}, {"seconds": 7}, {"model": "sora-9"}):
            answer = await create(wire, **arguments)
            assert answer["resultType"] == "complete", arguments
            assert "taskId" not in answer


async def test_a_finished_video_is_answered_at_once(tmp_path: Path) -> None:
    async with a_house(tmp_path, "auto", SLOW) as house, asking(house) as wire:
        task_id = (await create(wire))["taskId"]
        house.simulator.finish_renders()
        await ended(wire, task_id)
        again = await create(wire)
    assert again["structuredContent"]["status"] == "completed"
    assert again["structuredContent"]["duplicate_of"]


async def test_nobody_else_ever_sees_a_task(tmp_path: Path) -> None:
    async with a_house(tmp_path, "auto", SLOW) as house:
        async with asking(house) as wire:
            task_id = (await create(wire))["taskId"]
        async with modern(house.settings) as undeclared:
            assert "taskId" not in await create(undeclared, prompt="Another", wait_seconds=0.1)
            with pytest.raises(Refused) as refused:
                await undeclared.request("tasks/get", taskId=task_id)
            assert refused.value.code == -32021
        async with handshaken(house.settings, "2025-11-25") as legacy:
            assert "taskId" not in await create(legacy, prompt="A third", wait_seconds=0.1)
            with pytest.raises(Refused) as refused:
                await legacy.request("tasks/get", taskId=task_id)
            assert refused.value.code == -32601


async def test_an_id_that_was_not_given_out_is_refused(tmp_path: Path) -> None:
    async with a_house(tmp_path, "auto", SLOW) as house, asking(house) as wire:
        task_id = (await create(wire))["taskId"]
        listed = await wire.request("tools/call", name="get_video_status", arguments={})
        video_id = listed["structuredContent"]["videos"][0]["video_id"]
        changed = f"{task_id[:20]}{'y' if task_id[20] == 'x' else 'x'}{task_id[21:]}"
        for wrong in (video_id, f"{task_id}A", task_id[:-1], changed, "", "task_", "é"):
            await _is_refused_everywhere(wire, wrong)
        with closing(sqlite3.connect(house.settings.home / "ledger.sqlite3")) as ledger, ledger:
            ledger.execute("UPDATE tasks SET principal = 'another'")
        await _is_refused_everywhere(wire, task_id)


async def _is_refused_everywhere(wire: Wire, task_id: str) -> None:
    for method in ("tasks/get", "tasks/cancel", "tasks/update"):
        with pytest.raises(Refused) as refused:
            await wire.request(method, taskId=task_id, inputResponses={})
        assert refused.value.code == -32602, (method, task_id)
