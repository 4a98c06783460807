from __future__ import annotations

import itertools
from collections.abc import Mapping
from functools import partial

import anyio
import pytest
from sqlalchemy import Connection

from tests.jobs.samples import BODY, PROBLEM, STATES, job
from tests.ledger_places import LedgerPlace
from video_mcp.errors import ConfigurationError, JobNotFound
from video_mcp.jobs.budget import Caps
from video_mcp.jobs.events import Approved, Polled, Refused, RenderFailed, change_by_poll, transition
from video_mcp.jobs.job import Job, Rendering, RenderingChange
from video_mcp.jobs.store.ledger import Ledger
from video_mcp.jobs.store.turns import EndedStep, Turn
from video_mcp.jobs.store.writes import StepEnd
from video_mcp.types import LOCAL_PRINCIPAL

pytestmark = pytest.mark.anyio


async def test_a_job_is_there_after_the_ledger_was_closed(place: LedgerPlace) -> None:
    async with place.open() as ledger:
        await ledger.insert(job(STATES["queued"]), owner="a", lease_until=2000.0)
    async with place.open() as again:
        assert await again.get("video_1") == job(STATES["queued"])


@pytest.mark.sqlite
async def test_a_committed_job_is_synced_to_the_disk(place: LedgerPlace) -> None:
    def pragmas(connection: Connection) -> list[object]:
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("synchronous", "journal_mode")]

    async with place.open() as ledger:
        assert await ledger.database.write(pragmas) == [2, "wal"]


async def test_what_another_process_writes_to_a_known_job_is_read(place: LedgerPlace) -> None:
    async with place.open() as ledger, place.open() as other:
        await ledger.insert(job(STATES["queued"]), owner="a", lease_until=2000.0)
        known = await ledger.get("video_1")
        assert await ledger.get("video_1") is known
        further = await other.save(transition(known, Polled(phase="in_progress", progress=10), now=1001.0))
        assert await ledger.get("video_1") == further


async def test_an_unknown_id_is_told_with_what_to_do(place: LedgerPlace) -> None:
    async with place.open() as ledger:
        with pytest.raises(JobNotFound, match="Call get_video_status without an id"):
            await ledger.get("video_9")


async def test_the_newest_jobs_come_first(place: LedgerPlace) -> None:
    async with place.open() as ledger:
        for number in range(4):
            known = job(STATES["completed"], id=f"video_{number}", created_at=1000.0 + number)
            await ledger.insert(known, owner="a", lease_until=0.0)
        assert [found.id for found in await ledger.newest(2, principal=LOCAL_PRINCIPAL)] == ["video_3", "video_2"]


async def test_of_two_writers_the_second_is_told(place: LedgerPlace) -> None:
    async with place.open() as ledger:
        await ledger.insert(job(STATES["queued"]), owner="a", lease_until=2000.0)
        read = await ledger.get("video_1")
        first = await ledger.save(transition(read, Polled(phase="in_progress", progress=10), now=1001.0))
        second = await ledger.save(transition(read, Polled(phase="in_progress", progress=5), now=1002.0))
        assert first == await ledger.get("video_1")
        assert second is None


SLOTS = {"submitting": 9, "rendering": 9, "rendered": 9}


async def claimed(ledger: Ledger, owner: str, now: float, *, slots: Mapping[str, int] = SLOTS) -> list[str]:
    taken = await ledger.take_turn(Turn(owner=owner, now=now, lease_until=now + 15.0, free_slots=slots))
    return [job.id for job in taken.claimed]


async def test_a_job_is_worked_on_by_one_process_until_its_lease_ends(place: LedgerPlace) -> None:
    async with place.open() as one, place.open() as other:
        await one.insert(job(STATES["queued"]), owner="one", lease_until=1015.0)
        held = await claimed(other, "other", 1010.0)
        renewed = await one.take_turn(
            Turn(owner="one", now=1012.0, lease_until=1027.0, free_slots={}, held=["video_1", "video_9"])
        )
        still_held = await claimed(other, "other", 1026.0)
        taken_over = await claimed(other, "other", 1030.0)
        lost = await one.take_turn(
            Turn(owner="one", now=1031.0, lease_until=1046.0, free_slots=SLOTS, held=["video_1"])
        )
    assert (held, renewed.lost, still_held, taken_over) == ([], {"video_9"}, [], ["video_1"])
    assert (lost.lost, lost.claimed) == ({"video_1"}, [])


async def test_a_lease_that_was_given_back_and_is_taken_in_one_turn_is_not_lost(place: LedgerPlace) -> None:
    async with place.open() as ledger:
        await ledger.insert(job(STATES["queued"], id="video_1"), owner="a", lease_until=2000.0)
        assert await ledger.save(await ledger.get("video_1"), due_at=1001.0) is not None
        turn = Turn(owner="a", now=1002.0, lease_until=1017.0, free_slots=SLOTS, held=["video_1", "video_9"])
        taken = await ledger.take_turn(turn)
        assert ([known.id for known in taken.claimed], taken.lost) == (["video_1"], {"video_9"})


async def test_the_earliest_due_jobs_are_claimed_for_free_slots_only(place: LedgerPlace) -> None:
    async with place.open() as ledger:
        for number in range(6):
            waiting = job(STATES["queued"], id=f"video_{number}", created_at=1000.0 - number)
            await ledger.insert(waiting, owner="x", lease_until=0.0)
        await ledger.insert(job(STATES["rendered"], id="ready"), owner="x", lease_until=0.0)
        first = await claimed(ledger, "a", 2000.0, slots={"rendering": 2, "rendered": 0})
        assert set(first) == {"video_5", "video_4"}
        assert set(await claimed(ledger, "b", 2000.0)) == {"video_0", "video_1", "video_2", "video_3", "ready"}


async def test_a_step_gives_its_job_back_and_says_when_it_is_due(place: LedgerPlace) -> None:
    async with place.open() as ledger:
        await ledger.insert(job(STATES["queued"]), owner="x", lease_until=0.0)
        [known] = (await ledger.take_turn(Turn(owner="a", now=1001.0, lease_until=1016.0, free_slots=SLOTS))).claimed
        ended = EndedStep(job=known, change=None, end=StepEnd(owner="a", due_at=1050.0, polled_at=1002.0))
        after = await ledger.take_turn(Turn(owner="a", now=1002.0, lease_until=1017.0, free_slots=SLOTS, ended=[ended]))
        assert (after.claimed, after.next_due_at) == ([], 1050.0)
        assert await claimed(ledger, "b", 1049.0) == []
        assert await claimed(ledger, "b", 1050.0) == ["video_1"]


async def test_a_save_needs_the_lease(place: LedgerPlace) -> None:
    async with place.open() as ledger:
        await ledger.insert(job(STATES["queued"]), owner="a", lease_until=1015.0)
        read = await ledger.get("video_1")
        after = transition(read, Polled(phase="in_progress", progress=10), now=1001.0)
        assert await ledger.save_step(read, after, StepEnd(owner="b", due_at=1010.0)) is None
        assert isinstance(after.state, Rendering)
        change = RenderingChange(state=after.state, warnings=(), updated_at=1001.0)
        stolen = EndedStep(job=read, change=change, end=StepEnd(owner="b", due_at=1010.0))
        turn = await ledger.take_turn(Turn(owner="b", now=1001.0, lease_until=1016.0, free_slots={}, ended=[stolen]))
        assert (turn.written, await ledger.get("video_1")) == ([], read)
        written = await ledger.save_step(read, after, StepEnd(owner="a", due_at=1010.0))
        assert written == await ledger.get("video_1")


async def test_of_polls_that_end_together_those_are_written_whose_jobs_nobody_else_has_written(
    place: LedgerPlace,
) -> None:
    async with place.open() as ledger:
        for number in range(3):
            await ledger.insert(job(STATES["queued"], id=f"video_{number}"), owner="x", lease_until=0.0)
        turn = Turn(owner="a", now=1001.0, lease_until=1016.0, free_slots=SLOTS)
        read = (await ledger.take_turn(turn)).claimed
        (taken,) = (one for one in read if one.id == "video_1")
        failed = await ledger.save(transition(taken, RenderFailed(problem=PROBLEM), now=1002.0))
        end = StepEnd(owner="a", due_at=1050.0, polled_at=1002.0)
        ended = [EndedStep(job=one, change=further(one), end=end) for one in read]
        after = await ledger.take_turn(Turn(owner="a", now=1003.0, lease_until=0.0, free_slots={}, ended=ended))
        now = {one.id: one for one in after.written}
        assert now["video_1"] == failed
        assert [now[name].revision for name in ("video_0", "video_2")] == [1, 1]
        assert after.written == [await ledger.get(one.id) for one in after.written]
        assert await claimed(ledger, "b", 1050.0) == ["video_0", "video_2"]


def further(one: Job) -> RenderingChange | None:
    assert isinstance(one.state, Rendering)
    return change_by_poll(one, one.state, Polled(phase="in_progress", progress=10), now=1002.0)


async def test_a_job_that_a_fast_clock_put_far_away_is_looked_at_all_the_same(place: LedgerPlace) -> None:
    async with place.open() as ledger:
        await ledger.insert(job(STATES["queued"], created_at=90_000.0), owner="x", lease_until=0.0)
        thorough = Turn(owner="a", now=1000.0, lease_until=1015.0, free_slots=SLOTS, is_thorough=True)
        assert [found.id for found in (await ledger.take_turn(thorough)).claimed] == ["video_1"]


async def test_what_cannot_be_claimed_makes_no_poller_come_again_at_once(place: LedgerPlace) -> None:
    async with place.open() as ledger:
        await ledger.insert(job(STATES["refused"], id="ended"), owner="other", lease_until=500.0)
        await ledger.insert(job(STATES["queued"]), owner="other", lease_until=500.0)
        no_slot = Turn(owner="a", now=1500.0, lease_until=1515.0, free_slots={"rendering": 0, "rendered": 0})
        assert (await ledger.take_turn(no_slot)).next_due_at == float("inf")


async def test_the_lease_of_a_request_counts_from_when_it_is_written_however_long_that_took(place: LedgerPlace) -> None:
    async with place.open() as ledger:
        clock = itertools.chain([1015.0], itertools.repeat(9000.0))
        claim = partial(
            ledger.claim, body=BODY, owner="a", lease_until=lambda: next(clock), caps=Caps(), allow_duplicate=True
        )
        await claim(job())
        unsent = await claim(job(STATES["waiting"], id="video_2"))
        assert await claimed(ledger, "a", 1001.0, slots={"unsent": 1}) == ["video_2"]
        begun = await ledger.begin(unsent, owner="a", lease_until=lambda: next(clock), caps=Caps(), now=1020.0)
        assert begun is not None
        assert await claimed(ledger, "other", 1020.0) == ["video_1"]


async def test_a_step_that_ends_after_its_job_was_written_moves_no_due_time(place: LedgerPlace) -> None:
    async with place.open() as ledger:
        await ledger.insert(job(STATES["unapproved"]), owner="x", lease_until=0.0)
        [seen] = (
            await ledger.take_turn(Turn(owner="a", now=1001.0, lease_until=1016.0, free_slots={"unsent": 1}))
        ).claimed
        await ledger.save(transition(seen, Approved(), now=1002.0))
        late = EndedStep(job=seen, change=None, end=StepEnd(owner="a", due_at=1601.0))
        await ledger.take_turn(Turn(owner="a", now=1003.0, lease_until=1018.0, free_slots={}, ended=[late]))
        assert await claimed(ledger, "a", 1004.0, slots={"unsent": 1}) == ["video_1"]


async def test_a_job_that_ends_gives_its_lease_back(place: LedgerPlace) -> None:
    async with place.open() as ledger:
        await ledger.insert(job(), owner="a", lease_until=1015.0)
        refused = transition(await ledger.get("video_1"), Refused(problem=PROBLEM), now=1001.0)
        assert await ledger.save(refused) is not None
    assert place.rows("SELECT lease_owner, lease_until FROM jobs") == [{"lease_owner": None, "lease_until": None}]


async def test_a_woken_job_is_due_now(place: LedgerPlace) -> None:
    async with place.open() as ledger:
        await ledger.insert(job(STATES["queued"], created_at=1500.0), owner="x", lease_until=0.0)
        assert await claimed(ledger, "a", 1400.0) == []
        woken = Turn(owner="a", now=1400.0, lease_until=1415.0, free_slots=SLOTS, woken=["video_1"])
        assert len((await ledger.take_turn(woken)).claimed) == 1


async def test_leases_given_back_are_free_at_once(place: LedgerPlace) -> None:
    async with place.open() as ledger:
        await ledger.insert(job(STATES["queued"]), owner="one", lease_until=9000.0)
        await ledger.release(owner="one")
        assert await claimed(ledger, "other", 1001.0) == ["video_1"]


async def test_jobs_that_have_ended_are_claimed_by_nobody(place: LedgerPlace) -> None:
    async with place.open() as ledger:
        for name in ("completed", "failed", "lost"):
            await ledger.insert(job(STATES[name], id=name), owner="a", lease_until=0.0)
        assert await claimed(ledger, "b", 5000.0) == []


async def test_render_times_say_between_which_polls_a_video_became_ready(place: LedgerPlace) -> None:
    async with place.open() as ledger:
        assert await ledger.render_times("kling-v2-6", 10) == []
        for number, seconds in enumerate((10.0, 20.0, 90.0)):
            done = job(STATES["completed"], id=f"video_{number}", rendered_at=1000.0 + seconds)
            await ledger.insert(done, owner="a", lease_until=0.0)
        looked_at = job(adopted=True, id="x", rendered_at=9000.0)
        await ledger.insert(looked_at, owner="a", lease_until=0.0)
        times = [video.time.by_seconds for video in await ledger.render_times("kling-v2-6", 2)]
    assert times == [90.0, 20.0]


async def test_two_processes_can_open_a_new_ledger_at_once(place: LedgerPlace) -> None:
    opened: list[int] = []

    async def open_one() -> None:
        async with place.open() as ledger:
            opened.append(len(await ledger.newest(5, principal=LOCAL_PRINCIPAL)))

    async with anyio.create_task_group() as tasks:
        for _ in range(4):
            tasks.start_soon(open_one)
    assert opened == [0, 0, 0, 0]


async def test_the_ledger_is_plain_tables_that_hold_no_link(place: LedgerPlace) -> None:
    async with place.open() as ledger:
        await ledger.insert(job(STATES["rendered"]), owner="a", lease_until=0.0)
    columns = {name for row in place.rows() for name in row}
    assert columns.isdisjoint({"video_url", "url", "api_key"})


@pytest.mark.sqlite
async def test_a_home_that_cannot_be_made_is_told_by_its_setting(place: LedgerPlace) -> None:
    place.path.parent.write_text("a file is in the way", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="VIDEO_MCP_HOME"):
        async with place.open():
            pass
