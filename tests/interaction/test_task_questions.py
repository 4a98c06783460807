"""Tasks that wait for their user, and the streams that hear of tasks."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest
from PIL import Image

from tests.interaction.conftest import House, a_house
from tests.interaction.test_tasks import SLOW, asking, check, create, ended, get
from tests.interaction.wire import TASKS, Message, Wire, modern
from video_mcp.settings import load_settings
from video_mcp.simulator import SimulatorConfig

pytestmark = pytest.mark.anyio

AGREED = {"confirm": {"action": "accept", "content": {"agree": True}}}
REFUSED = {"confirm": {"action": "accept", "content": {"agree": False}}}


@asynccontextmanager
async def confirming(folder: Path, config: SimulatorConfig = SLOW, **settings: object) -> AsyncGenerator[House]:
    async with a_house(folder, "auto", config, confirm="always", **settings) as house:
        yield house


@asynccontextmanager
async def with_a_user(house: House) -> AsyncGenerator[Wire]:
    async with modern(house.settings, extensions={TASKS: {}}, elicitation={"form": {}}) as wire:
        yield wire


async def answer(wire: Wire, task_id: str, answers: Message) -> None:
    check("UpdateTaskResult", await wire.request("tasks/update", taskId=task_id, inputResponses=answers))
    check("UpdateTaskRequest", wire.requests[-1])


async def test_an_update_answers_the_pending_confirmation_and_pays_once(tmp_path: Path) -> None:
    async with confirming(tmp_path) as house, with_a_user(house) as wire:
        task = check("CreateTaskResult", await create(wire))
        assert "inputRequests" not in task
        pending = await get(wire, task["taskId"])
        assert (task["status"], pending["status"], len(house.simulator.jobs)) == ("input_required", "input_required", 0)
        assert "kling-v2-6" in pending["inputRequests"]["confirm"]["params"]["message"]
        await answer(wire, task["taskId"], AGREED)
        await answer(wire, task["taskId"], AGREED)
        house.simulator.finish_renders()
        done = await ended(wire, task["taskId"])
    assert (done["status"], done["result"]["structuredContent"]["status"]) == ("completed", "completed")
    assert "duplicate_of" not in done["result"]["structuredContent"]
    assert len(house.simulator.jobs) == 1


async def test_two_answers_at_once_pay_once(tmp_path: Path) -> None:
    async with confirming(tmp_path) as house, with_a_user(house) as one, with_a_user(house) as other:
        for paid, allow_duplicate in enumerate((False, True), 1):
            task_id = (await create(one, allow_duplicate=allow_duplicate))["taskId"]
            async with anyio.create_task_group() as answers:
                answers.start_soon(answer, one, task_id, AGREED)
                answers.start_soon(answer, other, task_id, AGREED)
            assert [(await get(wire, task_id))["status"] for wire in (one, other)] == ["working", "working"]
            assert len(house.simulator.jobs) == paid


async def test_a_pending_confirmation_lives_on_after_a_restart_and_a_change_of_the_key(tmp_path: Path) -> None:
    async with confirming(tmp_path) as house:
        async with with_a_user(house) as wire:
            task_id = (await create(wire))["taskId"]
        changed = replace(house, settings=house.settings.model_copy(update={"wait_seconds": 1.0}))
        async with with_a_user(changed) as wire:
            assert (await get(wire, task_id))["status"] == "input_required"
            await answer(wire, task_id, AGREED)
            assert (await get(wire, task_id))["status"] == "working"
        other_key = load_settings(**{**house.settings.model_dump(), "api_key": "sk-rotated"})
        async with with_a_user(replace(house, settings=other_key)) as wire:
            assert (await get(wire, task_id))["status"] == "working"
    assert len(house.simulator.jobs) == 1


async def test_an_answer_whose_process_died_before_the_job_can_be_given_again(tmp_path: Path) -> None:
    async with confirming(tmp_path) as house, with_a_user(house) as wire:
        task = await create(wire)
        text = (await get(wire, task["taskId"]))["inputRequests"]["confirm"]["params"]["message"]
        with closing(sqlite3.connect(house.settings.home / "ledger.sqlite3")) as ledger, ledger:
            ledger.execute("UPDATE tasks SET accepted = ?", (json.dumps([text]),))
        assert (await get(wire, task["taskId"]))["status"] == "working"
        await answer(wire, task["taskId"], AGREED)
        assert house.simulator.jobs == ()
        with closing(sqlite3.connect(house.settings.home / "ledger.sqlite3")) as ledger, ledger:
            ledger.execute("UPDATE tasks SET updated_at = updated_at - 1000")
        assert (await get(wire, task["taskId"]))["status"] == "input_required"
        await answer(wire, task["taskId"], AGREED)
        assert (await get(wire, task["taskId"]))["status"] == "working"
    assert len(house.simulator.jobs) == 1


async def test_a_job_whose_process_ended_before_it_noted_the_answer_is_found(tmp_path: Path) -> None:
    async with confirming(tmp_path) as house, with_a_user(house) as wire:
        task_id = (await create(wire))["taskId"]
        await answer(wire, task_id, AGREED)
        with closing(sqlite3.connect(house.settings.home / "ledger.sqlite3")) as ledger, ledger:
            question: Message = {
                "confirm": {"method": "elicitation/create", "params": {"message": "?", "requestedSchema": {}}}
            }
            ledger.execute("UPDATE tasks SET question = ?", (json.dumps(question),))  # as it stood before the answer
        await answer(wire, task_id, AGREED)
        assert (await get(wire, task_id))["status"] == "working"
    assert len(house.simulator.jobs) == 1


async def test_a_no_is_the_result_of_the_task(tmp_path: Path) -> None:
    async with confirming(tmp_path) as house, with_a_user(house) as wire:
        for number, no in enumerate((REFUSED, {"confirm": {"action": "decline"}}, {"confirm": {"action": "cancel"}})):
            task_id = (await create(wire, prompt=f"Boat {number}"))["taskId"]
            await answer(wire, task_id, no)
            declined = await get(wire, task_id)
            await answer(wire, task_id, AGREED)
            assert (await get(wire, task_id)) == declined
            assert (declined["status"], declined["result"]["isError"]) == ("completed", True)
            assert declined["result"]["structuredContent"]["charged"] == "no"
    assert house.simulator.jobs == ()


async def test_what_is_no_answer_leaves_the_question_open(tmp_path: Path) -> None:
    async with confirming(tmp_path) as house, with_a_user(house) as wire:
        task_id = (await create(wire))["taskId"]
        wrong: tuple[Message, ...] = ({}, {"other": {"action": "accept"}}, {"confirm": "yes"})
        for answers in wrong:
            await wire.request("tasks/update", taskId=task_id, inputResponses=answers)
            assert (await get(wire, task_id))["status"] == "input_required", answers
    assert house.simulator.jobs == ()


async def test_a_task_asks_one_question_after_the_other(tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere" / "boat.png"
    outside.parent.mkdir()
    image = Image.new("RGB", (640, 640))
    await anyio.to_thread.run_sync(image.save, outside)
    async with confirming(tmp_path, input_dirs=[tmp_path / "inputs"]) as house, with_a_user(house) as wire:
        task = await create(wire, image=str(outside))
        first = await get(wire, task["taskId"])
        assert str(outside) in first["inputRequests"]["confirm"]["params"]["message"]
        await answer(wire, task["taskId"], AGREED)
        second = await get(wire, task["taskId"])
        assert "Make it?" in second["inputRequests"]["confirm"]["params"]["message"]
        assert house.simulator.jobs == ()
        await answer(wire, task["taskId"], AGREED)
        assert (await get(wire, task["taskId"]))["status"] == "working"
    assert len(house.simulator.jobs) == 1


async def test_a_pending_question_that_is_cancelled_sends_nothing(tmp_path: Path) -> None:
    async with confirming(tmp_path) as house, with_a_user(house) as wire:
        task_id = (await create(wire))["taskId"]
        await wire.request("tasks/cancel", taskId=task_id)
        await answer(wire, task_id, AGREED)
        cancelled = await get(wire, task_id)
    assert (cancelled["status"], house.simulator.jobs) == ("cancelled", ())
    assert "nothing is charged" in cancelled["statusMessage"]


async def test_what_must_not_stand_in_the_ledger_is_confirmed_by_repeating_the_call(tmp_path: Path) -> None:
    async with confirming(tmp_path, validation="off") as house, with_a_user(house) as wire:
        for image in ("data:image/png;base64,AAAA", "https://example.com/a.png?signature=s3cret"):
            assert "taskId" not in await create(wire, image=image)
        with closing(sqlite3.connect(house.settings.home / "ledger.sqlite3")) as ledger:
            rows = ledger.execute("SELECT count(*) FROM tasks").fetchone()
    assert rows == (0,)


async def test_a_stream_that_names_tasks_hears_of_each_change_of_status(tmp_path: Path) -> None:
    told: dict[str, Any] = {}
    async with confirming(tmp_path) as house, with_a_user(house) as wire:
        task_id = (await create(wire))["taskId"]
        async with with_a_user(house) as stream, anyio.create_task_group() as listening:
            listening.start_soon(partial(stream.request, "subscriptions/listen", notifications={"taskIds": [task_id]}))
            acknowledged = await heard(stream, 0)
            assert acknowledged["params"]["notifications"] == {"taskIds": [task_id]}
            await answer(wire, task_id, AGREED)
            house.simulator.finish_renders()
            count, told = 1, await heard(stream, 1)
            while told["params"]["status"] != "completed":
                assert told["params"]["status"] == "working"
                count += 1
                told = await heard(stream, count)
            assert told == stream.notifications[-1]
            listening.cancel_scope.cancel()
        done = await get(wire, task_id)
    for notification in stream.notifications[1:]:
        check("TaskStatusNotification", notification)
        assert notification["params"].pop("_meta") == {"io.modelcontextprotocol/subscriptionId": 1}
    assert stream.notifications[-1]["params"]["result"] == done["result"]


async def test_a_stream_is_promised_only_tasks_of_its_own_caller(tmp_path: Path) -> None:
    async with a_house(tmp_path, "auto", SLOW) as house:
        async with asking(house) as wire:
            task_id = (await create(wire))["taskId"]
        declared: Message = {"extensions": {TASKS: {}}}
        cases: tuple[tuple[Message, object, Message], ...] = (
            (declared, ["task_unknown", task_id, 5], {"taskIds": [task_id]}),
            (declared, ["task_unknown"], {}),
            (declared, "all", {}),
            ({}, [task_id], {}),
        )
        for capabilities, ids, promised in cases:
            async with modern(house.settings, **capabilities) as stream, anyio.create_task_group() as listening:
                wanted = {"taskIds": ids}
                listening.start_soon(partial(stream.request, "subscriptions/listen", notifications=wanted))
                assert (await heard(stream, 0))["params"]["notifications"] == promised, ids
                listening.cancel_scope.cancel()


async def heard(wire: Wire, number: int) -> Message:
    """Return the notification of this number once it has come."""
    with anyio.fail_after(120):
        while len(wire.notifications) <= number:  # noqa: ASYNC110 - the wire keeps a list, and wakes nothing
            await anyio.sleep(0.02)
    return wire.notifications[number]
