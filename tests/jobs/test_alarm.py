"""What ends the poller's rest, and what does not."""

from __future__ import annotations

import anyio
import pytest

from video_mcp.jobs.alarm import Alarm

pytestmark = pytest.mark.anyio

LONG = 600.0


async def rests_until_rung(alarm: Alarm) -> None:
    with anyio.fail_after(60):
        await alarm.rest(LONG)


async def test_what_rings_before_or_during_a_rest_ends_it() -> None:
    alarm = Alarm()
    alarm.ring("video_1")
    await rests_until_rung(alarm)
    assert (alarm.is_turn_due, alarm.due_now) == (True, ("video_1",))
    alarm.begin_turn(next_within_seconds=LONG)
    alarm.forget(["video_1"])
    assert (alarm.is_turn_due, alarm.due_now) == (False, ())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(rests_until_rung, alarm)
        await anyio.wait_all_tasks_blocked()
        alarm.ring()


async def test_a_turn_that_may_wait_ends_no_rest_before_its_time() -> None:
    alarm = Alarm()
    alarm.ring_within(LONG)
    assert not alarm.is_turn_due
    with anyio.move_on_after(0.1) as timeout:
        await alarm.rest(LONG)
    assert timeout.cancelled_caught
    alarm.ring_within(0.0)
    alarm.ring_within(LONG)
    await rests_until_rung(alarm)
    assert alarm.is_turn_due


async def test_what_may_have_moved_is_looked_at_once() -> None:
    alarm = Alarm()
    assert not alarm.take_any_due()
    alarm.ring_for_any()
    assert (alarm.is_turn_due, alarm.take_any_due(), alarm.take_any_due()) == (True, True, False)


async def test_a_turn_is_due_after_a_while_though_nothing_rings() -> None:
    alarm = Alarm()
    alarm.begin_turn(next_within_seconds=0.01)
    await rests_until_rung(alarm)
    assert alarm.is_turn_due
