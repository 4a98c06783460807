"""The ledger's shape: every earlier one is brought up to date, a newer one is left alone."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import anyio
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from tests.jobs.samples import BODY, STATES, job
from video_mcp.errors import InvalidRequest, LedgerUnavailable
from video_mcp.jobs.budget import Caps, Cost
from video_mcp.jobs.job import Unsent
from video_mcp.jobs.store.database import open_database
from video_mcp.jobs.store.ledger import Ledger, open_ledger
from video_mcp.jobs.store.tables import metadata
from video_mcp.jobs.store.turns import Turn
from video_mcp.jobs.store.versions import NEWEST, SHAPES, bring_up_to_date, shape_of
from video_mcp.types import LOCAL_PRINCIPAL

pytestmark = pytest.mark.anyio

FIRST_SHAPE = Path(__file__).parent / "ledgers" / "first-shape.sqlite3"


# Unsent jobs came later.
FIRST_STATES = {name: state for name, state in STATES.items() if not isinstance(state, Unsent)}


def first_shape_in(folder: Path) -> Path:
    """Return a ledger as the first version left it, with a job in every state."""
    path = folder / "ledger.sqlite3"
    shutil.copy(FIRST_SHAPE, path)
    return path


def url(path: Path) -> str:
    return f"sqlite:///{path.as_posix()}"


def columns_of(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {row[1] for row in connection.execute("PRAGMA table_info(jobs)")}


def run_sql(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_the_shapes_are_those_that_the_migrations_make() -> None:
    config = Config()
    config.set_main_option("script_location", "video_mcp.jobs.store:migrations")
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(revisions)) == SHAPES


@pytest.mark.parametrize("start", ["new", "first shape"])
async def test_the_migrations_make_what_the_tables_say(tmp_path: Path, start: str) -> None:
    path = first_shape_in(tmp_path) if start == "first shape" else tmp_path / "ledger.sqlite3"

    def difference(connection: Connection) -> object:
        # SQLite keeps a column's first type, and takes text of any length whatever that says.
        return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": False}), metadata)

    async with open_ledger(url(path), path) as ledger:
        assert await ledger.database.read(difference) == []


async def test_every_job_of_the_first_shape_is_still_there(tmp_path: Path) -> None:
    path = first_shape_in(tmp_path)
    async with open_ledger(url(path), path) as ledger:
        found = {known.id: known for known in await ledger.newest(100, principal=LOCAL_PRINCIPAL)}
    assert {known.removeprefix("video_"): found[known].state for known in found} == FIRST_STATES
    done = found["video_completed"]
    assert (done.principal, done.cost) == ("local", Cost(amount=0.5, currency="USD", basis="a table"))
    assert (done.rendered_at, done.fetched_at) == (1100.0, 1100.0)


async def test_rows_of_the_first_shape_count_as_before(tmp_path: Path) -> None:
    path = first_shape_in(tmp_path)
    async with open_ledger(url(path), path) as ledger:
        assert await ledger.kept_bytes() == 1000
        assert [kept.id for kept in await ledger.kept(10)] == ["video_completed"]
        assert [video.time.by_seconds for video in await ledger.render_times("kling-v2-6", 9)] == [1100.0 - 1006.0]
        slots = {"submitting": 9, "rendering": 9, "rendered": 9}
        taken = await ledger.take_turn(Turn(owner="new", now=9000.0, lease_until=9015.0, free_slots=slots))
        assert len(taken.claimed) == 6


async def test_a_callers_own_name_counts_in_an_older_ledger_too(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    async with open_ledger(url(path), path) as ledger:
        await claim(ledger, fingerprint="one", parameters={"external_task_id": "order-7"})
    run_sql(path, "ALTER TABLE jobs DROP COLUMN waiting_since")
    run_sql(path, "DROP INDEX jobs_named", "ALTER TABLE jobs DROP COLUMN external_task_id")
    run_sql(path, "UPDATE alembic_version SET version_num = '0009'")
    async with open_ledger(url(path), path) as ledger:
        named = job(parameters={"external_task_id": "order-7"}, fingerprint="another")
        with pytest.raises(InvalidRequest, match="belongs to video_1"):
            await ledger.earlier(named, allow_duplicate=False)


async def test_four_programs_may_bring_one_ledger_up_to_date_at_once(tmp_path: Path) -> None:
    path = first_shape_in(tmp_path)
    found: list[int] = []

    async def open_one() -> None:
        async with open_ledger(url(path), path) as ledger:
            found.append(len(await ledger.newest(100, principal=LOCAL_PRINCIPAL)))

    async with anyio.create_task_group() as tasks:
        for _ in range(4):
            tasks.start_soon(open_one)
    assert found == [len(FIRST_STATES)] * 4


async def test_a_ledger_whose_journal_is_an_older_one_waits_for_its_writer(tmp_path: Path) -> None:
    path = first_shape_in(tmp_path)
    run_sql(path, "PRAGMA journal_mode = DELETE")
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as writer:
        writer.execute("BEGIN IMMEDIATE")

        async def end_writing() -> None:
            await anyio.sleep(0.3)
            await anyio.to_thread.run_sync(writer.execute, "COMMIT")

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(end_writing)
            async with open_ledger(url(path), path) as ledger:
                assert len(await ledger.newest(100, principal=LOCAL_PRINCIPAL)) == len(FIRST_STATES)


async def test_a_migration_that_fails_leaves_the_ledger_as_it_was(tmp_path: Path) -> None:
    path = first_shape_in(tmp_path)
    run_sql(path, "CREATE TABLE used_tokens (in_the_way TEXT)")  # the last table that the migration makes
    before = columns_of(path)
    with pytest.raises(LedgerUnavailable):
        async with open_ledger(url(path), path):
            pass
    assert columns_of(path) == before
    run_sql(path, "DROP TABLE used_tokens")
    async with open_ledger(url(path), path) as ledger:
        assert len(await ledger.newest(100, principal=LOCAL_PRINCIPAL)) == len(FIRST_STATES)


async def test_a_newer_ledger_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    async with open_ledger(url(path), path):
        pass
    run_sql(path, "UPDATE alembic_version SET version_num = '9999'", "PRAGMA journal_mode = DELETE")
    before = path.read_bytes()
    with pytest.raises(LedgerUnavailable, match=r"is newer than this video-mcp.*Update video-mcp"):
        async with open_ledger(url(path), path):
            pass
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]
    assert path.stat().st_size == len(before)


async def test_a_program_of_an_older_shape_that_still_runs_writes_nothing_into_a_newer_ledger(tmp_path: Path) -> None:
    path = first_shape_in(tmp_path)
    async with open_ledger(url(path), path) as ledger:
        with pytest.raises(sqlite3.OperationalError, match="asked"):
            run_sql(
                path,
                "INSERT INTO jobs (id, state, model, family, mode, prompt, asked, warnings, fingerprint, seconds,"
                " expected_seconds, created_at, updated_at, revision) VALUES ('old', 'submitting', 'veo3', 'veo',"
                " 't2v', 'A boat', '{}', '[]', 'f', 5, 100, 2000, 2000, 0)",
            )
        assert len(await ledger.newest(100, principal=LOCAL_PRINCIPAL)) == len(FIRST_STATES)


def lease_the_request(path: Path, *, ends_in_seconds: float) -> None:
    """Let an older program wait for the answer to its request."""
    until = time.time() + ends_in_seconds
    run_sql(path, f"UPDATE jobs SET lease_owner = 'older', lease_until = {until} WHERE id = 'video_submitting'")


async def test_a_migration_waits_until_an_older_program_has_recorded_its_answer(tmp_path: Path) -> None:
    path = first_shape_in(tmp_path)
    lease_the_request(path, ends_in_seconds=200)
    before = columns_of(path)

    async def record_the_answer() -> None:
        await anyio.sleep(0.5)
        assert columns_of(path) == before
        answer = "state = 'rendering', phase = 'queued', upstream_id = 'task_1'"
        run_sql(path, f"UPDATE jobs SET {answer} WHERE id = 'video_submitting'")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(record_the_answer)
        async with open_ledger(url(path), path) as ledger:
            known = await ledger.get("video_submitting")
            assert (known.status, known.upstream_id) == ("queued", "task_1")


@pytest.mark.parametrize("ends_in_seconds", [-1.0, 7 * 86400.0])
async def test_a_dead_programs_request_holds_no_migration_up(tmp_path: Path, ends_in_seconds: float) -> None:
    path = first_shape_in(tmp_path)
    lease_the_request(path, ends_in_seconds=ends_in_seconds)
    async with open_database(url(path), path) as database:
        await bring_up_to_date(database, may_migrate=True, most_wait_seconds=0.0)
        assert await database.read(shape_of) == NEWEST


async def test_while_an_older_program_goes_on_sending_the_ledger_is_left_as_it_is(tmp_path: Path) -> None:
    path = first_shape_in(tmp_path)
    lease_the_request(path, ends_in_seconds=200)
    async with open_database(url(path), path) as database:
        with pytest.raises(LedgerUnavailable, match=r"older video-mcp that is sending.*close the programs"):
            await bring_up_to_date(database, may_migrate=True, most_wait_seconds=0.0)
        assert await database.read(shape_of) == SHAPES[0]


async def claim(ledger: Ledger, **changes: object) -> str:
    wanted = job(STATES["submitting"], **changes)
    claimed = await ledger.claim(wanted, BODY, owner="a", lease_until=lambda: 0.0, caps=Caps(), allow_duplicate=False)
    return claimed.id


async def test_an_equal_job_in_a_state_of_a_newer_version_is_not_paid_again(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    async with open_ledger(url(path), path) as ledger:
        await claim(ledger, fingerprint="same")
        run_sql(path, "UPDATE jobs SET state = 'paused'")
        with pytest.raises(LedgerUnavailable, match="written by a newer video-mcp"):
            await claim(ledger, id="video_2", fingerprint="same")
        assert await claim(ledger, id="video_3", fingerprint="other") == "video_3"


OPENS = """
import sys, anyio
from pathlib import Path
from video_mcp.jobs.store.ledger import open_ledger
async def main(path):
    async with open_ledger(f"sqlite:///{path}", path):
        print("alembic" in sys.modules)
anyio.run(main, Path(sys.argv[1]))
"""


def test_alembic_is_loaded_only_when_the_shape_changes(tmp_path: Path) -> None:
    command = [sys.executable, "-c", OPENS, str(tmp_path / "ledger.sqlite3")]
    loaded = [
        subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout.strip()
        for _ in range(2)
    ]
    assert loaded == ["True", "False"]


def test_the_newest_shape_is_the_last() -> None:
    assert max(SHAPES) == NEWEST
