"""What all principals share, on both databases: one cap on spending, and a gateway's calls about jobs."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from tests.jobs.samples import BODY, STATES, job
from video_mcp.errors import BudgetExceeded
from video_mcp.jobs.budget import Caps, Cost
from video_mcp.jobs.events import Polled, change_by_poll
from video_mcp.jobs.job import Rendering
from video_mcp.jobs.schedule import RenderedVideo, RenderTime, are_poked, learn
from video_mcp.jobs.store.ledger import Ledger, open_ledger
from video_mcp.jobs.store.turns import EndedStep, Turn
from video_mcp.jobs.store.writes import StepEnd

pytestmark = pytest.mark.anyio

RENDERING = STATES["queued"]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("database_url"))
    return f"sqlite:///{(tmp_path / 'ledger.sqlite3').as_posix()}"


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[Ledger]:
    path = Path(url.partition("///")[2]) if url.startswith("sqlite") else None
    async with open_ledger(url, path) as ledger:
        yield ledger


async def test_of_fifty_creates_of_many_users_at_once_ten_fit_into_the_cap_of_all(url: str) -> None:
    caps, answers = Caps(max_cost_per_day_all=6.0), list[str]()
    async with opened(url) as one, opened(url) as two:

        async def claim(number: int) -> None:
            cost = Cost(amount=0.6, currency="USD", basis="")
            wanted = job(id=f"video_{number}", fingerprint=f"{number}", principal=f"user {number % 7}", cost=cost)
            ledger = (one, two)[number % 2]
            try:
                await ledger.claim(wanted, BODY, owner="a", lease_until=lambda: 9.0, caps=caps, allow_duplicate=False)
                answers.append("written")
            except BudgetExceeded as error:
                answers.append(error.message)

        async with anyio.create_task_group() as tasks:
            for number in range(50):
                tasks.start_soon(claim, number)
    assert answers.count("written") == 10
    assert len(answers) == 50
    # What others have spent is no user's business.
    assert {answer for answer in answers if "USD" in answer or "user" in answer.replace("users", "")} == set()


async def is_due(ledger: Ledger, now: float) -> bool:
    turn = Turn(owner="me", now=now, lease_until=now + 15, free_slots={"rendering": 5})
    return bool((await ledger.take_turn(turn)).claimed)


async def rendering(ledger: Ledger, *, due_at: float, polled_at: float) -> None:
    """Write a job that was polled, and is due at some time."""
    await ledger.insert(job(RENDERING), owner="me", lease_until=polled_at + 15)
    known = await ledger.get("video_1")
    end = StepEnd(owner="me", due_at=due_at, polled_at=polled_at, began_at=polled_at)
    ended = EndedStep(job=known, change=None, end=end)
    await ledger.take_turn(Turn(owner="me", now=polled_at, lease_until=0.0, free_slots={}, ended=[ended]))


async def test_a_poke_makes_a_job_due_now_and_a_second_after_its_last_poll(url: str) -> None:
    async with opened(url) as ledger:
        await rendering(ledger, due_at=2000.0, polled_at=1000.0)
        assert not await is_due(ledger, 1010.0)
        assert await ledger.poke("video_1", now=1010.0)
        assert not await ledger.poke("video_1", now=1010.5)
        assert not await ledger.poke("video_2", now=1010.0)
        assert await is_due(ledger, 1010.5)


async def test_pokes_right_after_a_poll_wait_for_the_next_second(url: str) -> None:
    async with opened(url) as ledger:
        await rendering(ledger, due_at=2000.0, polled_at=1000.0)
        assert await ledger.poke("video_1", now=1000.2)
        assert not await is_due(ledger, 1000.9)
        assert await is_due(ledger, 1001.1)


@pytest.mark.parametrize("has_changed", [False, True])
async def test_a_poke_during_a_poll_is_not_lost_by_what_that_poll_writes(url: str, has_changed: bool) -> None:
    async with opened(url) as ledger:
        await rendering(ledger, due_at=1500.0, polled_at=1000.0)
        turn = Turn(owner="me", now=1500.0, lease_until=1515.0, free_slots={"rendering": 5})
        (leased,) = (await ledger.take_turn(turn)).claimed
        assert await ledger.poke("video_1", now=1500.5)
        assert isinstance(leased.state, Rendering)
        further = Polled(phase="in_progress", progress=7)
        change = change_by_poll(leased, leased.state, further, now=1501.0) if has_changed else None
        end = StepEnd(owner="me", due_at=1800.0, polled_at=1501.0, began_at=1500.0)
        ended = EndedStep(job=leased, change=change, end=end)
        await ledger.take_turn(Turn(owner="me", now=1501.0, lease_until=0.0, free_slots={}, ended=[ended]))
        assert await is_due(ledger, 1502.0)


async def test_what_was_poked_is_known_of_a_model(url: str) -> None:
    async with opened(url) as ledger:
        for number in range(4):
            made = job(STATES["completed"], id=f"video_{number}", rendered_at=1100.0 + number)
            await ledger.insert(made, owner="me", lease_until=0.0)
        assert not are_poked(await ledger.render_times("kling-v2-6", 10))


def video(*, poked: bool) -> RenderedVideo:
    time = RenderTime(after_seconds=100, by_seconds=104)
    return RenderedVideo(seconds=5.0, resolution=None, time=time, was_poked=poked)


@pytest.mark.parametrize(
    ("pokes", "expected"),
    [([], False), ([True, True], False), ([True] * 3, True), ([False, True, True, True], False)],
)
def test_only_models_whose_last_videos_were_all_poked_rest_longer(pokes: list[bool], expected: bool) -> None:
    assert are_poked([video(poked=poked) for poked in pokes]) is expected


@pytest.mark.parametrize("hint_seconds", [None, 5.0])
def test_a_model_that_pokes_is_polled_a_third_as_often(hint_seconds: float | None) -> None:
    schedule = learn([video(poked=True).time for _ in range(30)], expected_seconds=100.0)

    def polls_within(seconds: float, *, is_poked: bool) -> int:
        moment, polls = 0.0, 0
        while True:
            pacing = replace(schedule, is_poked=is_poked)
            moment += pacing.seconds_to_next(moment, jitter=0.5, hint_seconds=hint_seconds)
            if moment > seconds:
                return polls
            polls += 1

    usual, rested = (polls_within(300.0, is_poked=is_poked) for is_poked in (False, True))
    assert usual >= 9
    assert 1 <= rested <= usual / 3 + 1
