"""The same ledger on PostgreSQL: what only many replicas meet."""

from __future__ import annotations

from pathlib import Path

import anyio
import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg import sql
from sqlalchemy import Connection

from tests.cli.shell import Shell
from tests.jobs.samples import BODY, STATES, job
from video_mcp.errors import BudgetExceeded, LedgerUnavailable
from video_mcp.jobs.budget import Caps
from video_mcp.jobs.store.ledger import Ledger, open_ledger
from video_mcp.jobs.store.tables import metadata
from video_mcp.jobs.store.turns import EndedStep, Turn
from video_mcp.jobs.store.versions import NEWEST, upgrade_database
from video_mcp.jobs.store.writes import StepEnd
from video_mcp.types import LOCAL_PRINCIPAL

pytestmark = pytest.mark.anyio

SLOTS = {"unsent": 9, "submitting": 9, "rendering": 9, "rendered": 9}


async def test_six_replicas_open_an_empty_database_at_once(empty_database_url: str) -> None:
    opened: list[int] = []

    async def open_one() -> None:
        async with open_ledger(empty_database_url, None) as ledger:
            opened.append(len(await ledger.newest(5, principal=LOCAL_PRINCIPAL)))

    async with anyio.create_task_group() as tasks:
        for _ in range(6):
            tasks.start_soon(open_one)
    assert opened == [0] * 6


@pytest.mark.parametrize("default", ["on", "off"])
async def test_what_is_durable_waits_for_the_disk_and_nothing_else_does_whatever_the_databases_default(
    database_url: str, default: str
) -> None:
    database = database_url.rpartition("/")[2]
    with psycopg.connect(database_url, autocommit=True) as connection:
        setting = sql.SQL("ALTER DATABASE {} SET synchronous_commit = {}")
        connection.execute(setting.format(sql.Identifier(database), sql.Literal(default)))

    def look(connection: Connection) -> str:
        return str(connection.exec_driver_sql("SHOW synchronous_commit").scalar())

    async with open_ledger(database_url, None) as ledger:
        found = [await ledger.database.write(look, durable=durable) for durable in (True, False, True)]
        assert found == ["on", "off", "on"]
        assert await ledger.database.read(look) == default


async def test_the_migrations_make_what_the_tables_say_types_included(empty_database_url: str) -> None:
    async with open_ledger(empty_database_url, None) as ledger:
        context = await ledger.database.read(
            lambda connection: compare_metadata(MigrationContext.configure(connection), metadata)
        )
    assert context == []


def test_an_upgrade_makes_the_tables_and_any_number_at_once_make_them_once(empty_database_url: str) -> None:
    async def upgrade_all() -> list[str | None]:
        before: list[str | None] = []

        async def upgrade_one() -> None:
            before.append(await upgrade_database(empty_database_url, None))

        async with anyio.create_task_group() as tasks:
            for _ in range(4):
                tasks.start_soon(upgrade_one)
        return [*before, await upgrade_database(empty_database_url, None)]

    assert anyio.run(upgrade_all)[-1] == NEWEST


async def test_a_job_in_every_state_comes_back_and_is_led_as_on_sqlite(empty_database_url: str) -> None:
    async with open_ledger(empty_database_url, None) as ledger:
        for name, state in STATES.items():
            await ledger.insert(job(state, id=name), owner="x", lease_until=0.0)
            assert (await ledger.get(name)).state == state
        turn = Turn(owner="a", now=2000.0, lease_until=2015.0, free_slots=SLOTS)
        claimed = (await ledger.take_turn(turn)).claimed
        assert {known.id for known in claimed} == {name for name, state in STATES.items() if job(state).is_open}
        end = StepEnd(owner="a", due_at=2010.0, polled_at=2000.0)
        ended = [EndedStep(job=known, change=None, end=end) for known in claimed]
        after = await ledger.take_turn(
            Turn(owner="a", now=2001.0, lease_until=2016.0, free_slots=SLOTS, ended=ended, is_thorough=True)
        )
        assert (after.claimed, after.next_due_at) == ([], 2010.0)
        assert await ledger.kept_bytes() == 1000


async def claims(ledgers: list[Ledger], fingerprints: list[str], caps: Caps) -> list[str]:
    """Claim at once, as replicas do; returns the ids that were answered, `refused` for a cap."""
    answered: list[str] = []

    async def claim(number: int, fingerprint: str) -> None:
        wanted = job(id=f"video_{number}", fingerprint=fingerprint)
        ledger = ledgers[number % len(ledgers)]
        try:
            claimed = await ledger.claim(
                wanted, BODY, owner="a", lease_until=lambda: 9.0, caps=caps, allow_duplicate=False
            )
            answered.append(claimed.id)
        except BudgetExceeded:
            answered.append("refused")

    async with anyio.create_task_group() as tasks:
        for number, fingerprint in enumerate(fingerprints):
            tasks.start_soon(claim, number, fingerprint)
    return answered


@pytest.mark.parametrize(
    ("fingerprints", "caps", "written", "refused"),
    [
        ([f"{number}" for number in range(50)], Caps(), 50, 0),
        (["same"] * 50, Caps(), 1, 0),
        ([f"{number}" for number in range(50)], Caps(max_videos_per_day=10), 10, 40),
    ],
    ids=["different", "equal", "with room for ten"],
)
async def test_of_fifty_claims_at_once_the_right_ones_are_written(
    database_url: str, fingerprints: list[str], caps: Caps, written: int, refused: int
) -> None:
    async with open_ledger(database_url, None) as one, open_ledger(database_url, None) as two:
        answered = await claims([one, two], fingerprints, caps)
        rows = await one.newest(100, principal=LOCAL_PRINCIPAL)
    assert (len(rows), answered.count("refused")) == (written, refused)


async def test_a_replica_leaves_older_tables_alone_and_says_what_to_run(empty_database_url: str) -> None:
    async with open_ledger(empty_database_url, None) as ledger:
        await ledger.database.write(
            lambda connection: connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
        )
    with pytest.raises(LedgerUnavailable, match="video-mcp db upgrade"):
        async with open_ledger(empty_database_url, None):
            pass


async def test_an_older_database_is_upgraded_by_the_command_and_then_used(empty_database_url: str) -> None:
    variables = {"HOME": str(Path.home()), "VIDEO_MCP_DATABASE_URL": empty_database_url}
    for said in ("were made", "are up to date"):
        outcome = await Shell(Path.cwd(), variables).run("db", "upgrade")
        assert (outcome.code, said in outcome.stdout) == (0, True), outcome
    async with open_ledger(empty_database_url, None) as ledger:
        assert await ledger.newest(1, principal=LOCAL_PRINCIPAL) == []


@pytest.mark.parametrize(
    ("user", "path", "said"),
    [
        ("nobody_known:s3cret", "postgres", "refuses its user or password"),
        ("video_mcp:s3cret", "nowhere", "does not exist on its server"),
    ],
)
async def test_a_refused_connection_is_explained_without_the_address(
    postgresql: str, user: str, path: str, said: str
) -> None:
    server = postgresql.replace("video_mcp@", f"{user}@")
    with pytest.raises(LedgerUnavailable, match=said) as caught:
        async with open_ledger(f"{server}/{path}", None):
            pass
    assert not any(part in str(caught.value) for part in ("s3cret", "127.0.0.1", "nobody_known"))


async def test_a_server_that_is_away_is_explained() -> None:
    with pytest.raises(LedgerUnavailable, match="cannot be reached"):
        async with open_ledger("postgresql://u:s3cret@127.0.0.1:1/x", None):
            pass


async def test_a_replica_whose_user_may_not_make_tables_says_what_to_run(empty_database_url: str) -> None:
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("CREATE ROLE replica LOGIN")
    with pytest.raises(LedgerUnavailable, match="video-mcp db upgrade"):
        async with open_ledger(empty_database_url.replace("video_mcp@", "replica@"), None):
            pass
