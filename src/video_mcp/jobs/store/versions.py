"""Which shape a ledger has, and making it the newest."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from video_mcp.jobs.store.database import Database, open_database
from video_mcp.jobs.store.trouble import is_newer, is_older

SHAPES = ("0001", "0002", "0003", "0004", "0005", "0006", "0007")
"""The revisions of `migrations`, oldest first."""

NEWEST = SHAPES[-1]


async def bring_up_to_date(database: Database, *, may_migrate: bool) -> None:
    """Make the tables of an empty database; with `may_migrate`, change those of an older one too.

    Raises:
        LedgerUnavailable: The database is newer than this program, or older and may not be changed here.
    """
    shape = await database.read(shape_of)
    if shape == NEWEST:
        return
    _require_known(shape, database)
    if shape is not None and not may_migrate:
        raise is_older()
    await database.write(lambda connection: _upgrade(connection, database))


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
        raise is_newer(database.file.path if database.file else "database")


def _upgrade(connection: Connection, database: Database) -> None:
    from video_mcp.jobs.store.migrations.upgrade import lock, upgrade  # noqa: PLC0415 - Alembic loads for a change of shape

    lock(connection)
    _require_known(shape_of(connection), database)
    upgrade(connection)
