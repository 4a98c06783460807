"""What was charged is kept as running sums, on both databases: right after every change, and read at a flat cost."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import anyio
import pytest
from sqlalchemy import Connection, text

from tests.jobs.counting import counting_steps
from tests.jobs.samples import BODY, FILE, PROBLEM, job
from tests.jobs.test_shared_limits import opened
from video_mcp.jobs.budget import DAY_SECONDS, Caps, Cost
from video_mcp.jobs.events import (
    Accepted,
    Deferred,
    Delivered,
    JobEvent,
    Lost,
    Polled,
    Refused,
    RenderFailed,
    RenderFinished,
    SubmissionBegun,
    transition,
)
from video_mcp.jobs.job import Failed, Job, JobState, Unsent
from video_mcp.jobs.store.ledger import Ledger, open_ledger
from video_mcp.jobs.store.versions import upgrade_database
from video_mcp.types import Principal

pytestmark = pytest.mark.anyio

CAPS = Caps(max_cost_per_day_all=1e9)
PRINCIPALS = tuple(Principal(name) for name in ("ada", "bob", "cy"))
NOON = 1_800_000_000.0
PRICE = Cost(amount=0.1, currency="USD", basis="a table")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("database_url"))
    return f"sqlite:///{(tmp_path / 'ledger.sqlite3').as_posix()}"


async def claim(ledger: Ledger, wanted: Job) -> Job:
    return await ledger.claim(wanted, BODY, owner="me", lease_until=lambda: 9.0, caps=CAPS, allow_duplicate=True)


async def changed(ledger: Ledger, known: Job, event: JobEvent, *, now: float = NOON) -> Job:
    saved = await ledger.save(transition(known, event, now=now))
    assert saved is not None
    return saved


def a_video(number: int = 1, state: JobState | None = None, **changes: object) -> Job:
    facts: dict[str, object] = {"cost": PRICE, "parameters": {"seconds": 5}, "created_at": NOON, "principal": "ada"}
    return job(state, id=f"video_{number}", fingerprint=f"{number}", **{**facts, **changes})


async def cost_of(
    ledger: Ledger, principal: str = "ada", *, since: float = NOON - DAY_SECONDS
) -> tuple[int, float, float, float]:
    spent = await ledger.spending.of(Principal(principal), since=since, caps=CAPS)
    return spent.videos, spent.seconds, spent.cost_usd, spent.cost_usd_of_all


# What happens to a video after its claim, and what of it counts then: videos, seconds, dollars.
CHANGES: dict[str, tuple[tuple[JobEvent, ...], tuple[int, float, float]]] = {
    "on its way": ((), (1, 5.0, 0.1)),
    "refused for nothing": ((Refused(problem=PROBLEM),), (0, 0.0, 0.0)),
    "lost": ((Lost(problem=PROBLEM),), (1, 5.0, 0.1)),
    "deferred": ((Deferred(problem=PROBLEM),), (1, 5.0, 0.1)),
    "really cheaper": ((Accepted(upstream_id="task_1", charged_usd=0.04),), (1, 5.0, 0.04)),
    "really dearer in the end": (
        (Accepted(upstream_id="task_1", charged_usd=0.04), RenderFinished(charged_usd=0.25)),
        (1, 5.0, 0.25),
    ),
    "failed after the charge": ((Accepted(upstream_id="task_1"), RenderFailed(problem=PROBLEM)), (1, 5.0, 0.1)),
    "delivered": (
        (Accepted(upstream_id="task_1"), Polled(phase="queued"), RenderFinished(), Delivered(file=FILE)),
        (1, 5.0, 0.1),
    ),
}


async def test_every_change_of_a_charge_counts_at_once_for_its_user_and_for_all(url: str) -> None:
    cost_of_others = 0.0
    async with opened(url) as ledger:
        for number, (name, (events, (videos, seconds, cost_usd))) in enumerate(CHANGES.items()):
            known = await claim(ledger, a_video(number, principal=name))
            for event in events:
                known = await changed(ledger, known, event)
            cost_of_others += cost_usd
            expected = pytest.approx((videos, seconds, cost_usd, cost_of_others))
            assert await cost_of(ledger, name) == expected, name
            # The minute in which the day began is added up by its jobs, with the same result.
            assert await cost_of(ledger, name, since=NOON - 0.5) == expected, name
            assert await cost_of(ledger, name, since=NOON) == (0, 0.0, 0.0, 0.0), name


async def test_a_video_of_which_nothing_was_known_takes_the_seconds_of_its_file(url: str) -> None:
    async with opened(url) as ledger:
        known = await claim(ledger, a_video(parameters={"seconds_at_most": 12}))
        assert (await cost_of(ledger))[1] == 12.0
        for event in (Accepted(upstream_id="task_1"), RenderFinished(), Delivered(file=FILE)):
            known = await changed(ledger, known, event)
        assert (await cost_of(ledger))[1] == FILE.seconds
        await ledger.adopt(a_video(2, adopted=True))  # what was found by looking counts for no user
        assert (await cost_of(ledger))[0] == 1


async def test_a_video_that_waited_counts_from_when_it_was_sent(url: str) -> None:
    async with opened(url) as ledger:
        known = await claim(ledger, a_video(state=Unsent(waits_for="place"), created_at=NOON - DAY_SECONDS - 60))
        assert (await cost_of(ledger))[0] == 0
        await changed(ledger, known, SubmissionBegun(), now=NOON)
        assert await cost_of(ledger) == pytest.approx((1, 5.0, 0.1, 0.1))


async def test_what_is_taken_out_again_leaves_nothing_behind(url: str) -> None:
    async with opened(url) as ledger:
        videos = [
            await claim(ledger, a_video(number, cost=replace(PRICE, amount=0.1 * number))) for number in range(30)
        ]
        for known in videos:
            await changed(ledger, known, Refused(problem=PROBLEM))
        assert await cost_of(ledger) == (0, 0.0, 0.0, 0.0)


async def test_an_absurd_charge_is_written_and_stops_what_follows(url: str) -> None:
    async with opened(url) as ledger:
        known = await claim(ledger, a_video())
        assert await ledger.save(replace(known, charged_usd=1e300)) is not None
        assert (await cost_of(ledger))[3] >= 1e6


def random_changes(seed: int) -> Iterator[tuple[str, int, float]]:
    draw = random.Random(seed)
    for number in range(40):
        yield draw.choice(("create", "create", "refuse", "charge", "begin")), number, draw.random()


async def test_sums_are_those_of_the_rows_whatever_happens_at_once(url: str) -> None:
    async with opened(url) as one, opened(url) as two:
        ledgers = (one, two)

        async def change(kind: str, number: int, share: float) -> None:
            ledger = ledgers[number % 2]
            principal = PRINCIPALS[number % 3]
            created_at = NOON - share * 2 * DAY_SECONDS
            state = Unsent(waits_for="place") if kind == "begin" else None
            known = await claim(ledger, a_video(number, principal=principal, created_at=created_at, state=state))
            if kind == "refuse":
                await changed(ledger, known, Refused(problem=PROBLEM))
            elif kind == "charge":
                await changed(ledger, known, Accepted(upstream_id=f"task_{number}", charged_usd=share))
            elif kind == "begin":
                await changed(ledger, known, SubmissionBegun(), now=NOON - share)

        async with anyio.create_task_group() as tasks:
            for arguments in random_changes(7):
                tasks.start_soon(change, *arguments)
        since = NOON - DAY_SECONDS * 0.9
        rows = [known for name in PRINCIPALS for known in await one.newest(99, principal=name)]
        assert len(rows) == 40
        for name in PRINCIPALS:
            spent = await two.spending.of(name, since=since, caps=CAPS)
            assert (spent.videos, spent.cost_usd) == pytest.approx(counted(rows, since, name))
            assert spent.cost_usd_of_all == pytest.approx(counted(rows, since)[1])


def counted(rows: list[Job], since: float, principal: str | None = None) -> tuple[int, float]:
    """Add up rows the slow way."""
    costs = [
        known.counted_usd or 0.0
        for known in rows
        if known.created_at > since
        and principal in {None, known.principal}
        and not (isinstance(known.state, Failed) and known.charged == "no")
    ]
    return len(costs), sum(costs)


def add_a_day(connection: Connection, count: int) -> None:
    """Write jobs of one user that fill a day evenly."""
    columns = "id, principal, state, model, family, mode, prompt, parameters, warnings, fingerprint, seconds, cost_usd"
    connection.execute(
        text(
            f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})"
            f" INSERT INTO jobs ({columns}, expected_seconds, created_at, updated_at, revision)"
            " SELECT 'old_' || n, 'ada', 'completed', 'veo3', 'veo', 't2v', '', '{}', '[]', n, 5, 0.1, 1,"
            f" {NOON} - n * {DAY_SECONDS / count}, 1, 1 FROM numbers"
        )
    )


async def test_the_sums_of_a_day_cost_the_same_however_many_videos_it_had(tmp_path: Path) -> None:
    steps = list[int]()
    for count in (1_500, 6_000):
        path = tmp_path / f"{count}.sqlite3"
        async with open_ledger(f"sqlite:///{path.as_posix()}", path) as ledger:
            await ledger.database.write(lambda connection, count=count: add_a_day(connection, count))
            with counting_steps(ledger) as counted_steps:
                spent = await ledger.spending.of(PRINCIPALS[0], since=NOON - DAY_SECONDS - 1, caps=CAPS)
            assert (spent.videos, spent.seconds) == (count, 5.0 * count)
            assert (spent.cost_usd, spent.cost_usd_of_all) == pytest.approx((count / 10, count / 10))
            steps.append(counted_steps[0])
    assert steps[1] <= 1.5 * steps[0]


def undo_sums(connection: Connection) -> None:
    """Leave the ledger as it was before there were sums, and without what came later."""
    for statement in (
        "DROP TABLE films",
        "DROP INDEX jobs_named",
        "ALTER TABLE jobs DROP COLUMN waiting_since",
        "ALTER TABLE jobs DROP COLUMN external_task_id",
    ):
        connection.exec_driver_sql(statement)
    is_sqlite = connection.dialect.name == "sqlite"
    for trigger in ("new", "changed", "deleted") if is_sqlite else ("new", "changed"):
        connection.exec_driver_sql(f"DROP TRIGGER spending_of_{trigger}" + ("" if is_sqlite else " ON jobs"))
    if not is_sqlite:
        connection.exec_driver_sql("DROP FUNCTION count_spending")
    connection.exec_driver_sql("DROP TABLE spending")
    connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0007'")


async def test_jobs_from_before_the_sums_are_added_up_once(url: str) -> None:
    async with opened(url) as ledger:
        for number in range(5):
            await claim(ledger, a_video(number, created_at=NOON - number * 50))
        await changed(ledger, await ledger.get("video_4"), Refused(problem=PROBLEM))
        await ledger.database.write(undo_sums)
    await upgrade_database(url, Path(url.partition("///")[2]) if url.startswith("sqlite") else None)
    async with opened(url) as ledger:
        assert await cost_of(ledger) == pytest.approx((4, 20.0, 0.4, 0.4))
