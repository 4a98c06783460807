"""Which shape a ledger has, and making it the newest."""

from __future__ import annotations

import time
from pathlib import Path

import anyio
from sqlalchemy import Connection, inspect, text

from video_mcp.jobs.store.clock import database_time
from video_mcp.jobs.store.database import Database, open_database
from video_mcp.jobs.store.trouble import is_in_use, is_newer, is_older

SHAPES = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0011")
"""The revisions of `migrations`, oldest first."""

NEWEST = SHAPES[-1]

# Longer than a dead process's lease.
_WAIT_SECONDS = 20.0
_LOOK_SECONDS = 0.2
# A lease that seems to end later than this is from before the clock was set back.
_LONGEST_LEASE_SECONDS = 300.0


async def bring_up_to_date(database: Database, *, may_migrate: bool, most_wait_seconds: float = _WAIT_SECONDS) -> None:
    """Make the tables of an empty database; with `may_migrate`, change those of an older one too.

    An older program could not record the answer to its request in newer tables, so its living requests are waited for.

    Raises:
        LedgerUnavailable: The database is newer than this program, older and may not be changed here, or an older
            program goes on sending.
    """
    shape = await database.read(shape_of)
    if shape == NEWEST:
        return
    _require_known(shape, database)
    if shape is not None and not may_migrate:
        raise is_older()
    deadline = anyio.current_time() + most_wait_seconds
    while not await database.write(lambda connection: _upgrade(connection, database)):
        if anyio.current_time() >= deadline:
            raise is_in_use(_name(database))
        await anyio.sleep(_LOOK_SECONDS)


async def upgrade_database(url: str, path: Path | None) -> str | None:
    """Make a database's tables the newest, while every other process that tries waits; returns the shape before.

    Raises:
        ConfigurationError: The address is none, or its driver is not installed.
        LedgerUnavailable: The database cannot be used, or is newer than this program.
    """
    async with open_database(url, path) as database:
        before = await database.read(shape_of)
        await bring_up_to_date(database, may_migrate=True)
        return before


def shape_of(connection: Connection) -> str | None:
    """Return the revision of a ledger; None when there is no table yet."""
    tables = inspect(connection)
    if tables.has_table("alembic_version"):
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        if found is not None:
            return str(found)
    return SHAPES[0] if tables.has_table("jobs") else None


def _require_known(shape: str | None, database: Database) -> None:
    if shape is not None and shape not in SHAPES:
        raise is_newer(_name(database))


def _name(database: Database) -> Path | str:
    return database.file.path if database.file else "database"


def _upgrade(connection: Connection, database: Database) -> bool:
    """Change the tables; returns whether they are the newest now, which waits for requests that are under way."""
    from video_mcp.jobs.store.migrations.upgrade import lock, upgrade  # noqa: PLC0415 - Alembic loads for a change of shape

    lock(connection)
    shape = shape_of(connection)
    _require_known(shape, database)
    if shape not in {None, NEWEST} and _is_sending(connection):
        return False
    upgrade(connection)
    return True


def _is_sending(connection: Connection) -> bool:
    """Tell whether a living process waits for the answer to a request."""
    now = database_time(connection) if connection.dialect.name == "postgresql" else time.time()
    statement = text(
        "SELECT count(*) FROM jobs WHERE state = 'submitting' AND lease_owner IS NOT NULL"
        " AND lease_until > :now AND lease_until < :most"
    )
    return bool(connection.execute(statement, {"now": now, "most": now + _LONGEST_LEASE_SECONDS}).scalar())
