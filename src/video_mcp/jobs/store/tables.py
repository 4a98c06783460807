"""The shape of the ledger on disk, and how SQLite is told to keep it."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, Index, Integer, MetaData, String, Table, Text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.schema import CreateIndex, CreateTable

jobs_table = Table(
    "jobs",
    MetaData(),
    Column("id", String(64), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("phase", String(16)),
    Column("progress", Integer),
    Column("upstream_id", Text, index=True),
    Column("model", String(128), nullable=False),
    Column("family", String(32), nullable=False),
    Column("mode", String(32), nullable=False),
    Column("prompt", Text, nullable=False),
    Column("asked", JSON, nullable=False),
    Column("warnings", JSON, nullable=False),
    Column("problem", JSON(none_as_null=True)),
    Column("charged", String(8)),
    Column("file", JSON(none_as_null=True)),
    Column("removed_at", Float),
    Column("fingerprint", String(64), nullable=False, index=True),
    Column("seconds", Float, nullable=False),
    Column("cost", JSON(none_as_null=True)),
    Column("cost_usd", Float),
    Column("expected_seconds", Float, nullable=False),
    Column("created_at", Float, nullable=False, index=True),
    Column("updated_at", Float, nullable=False),
    Column("finished_at", Float),
    Column("revision", Integer, nullable=False),
    Column("lease_owner", String(64)),
    Column("lease_until", Float),
    Index("jobs_open", "state", "lease_until"),
)


async def make_tables(engine: AsyncEngine) -> None:
    """Make what is missing; several processes may do so at once."""
    async with engine.begin() as connection:
        await connection.execute(CreateTable(jobs_table, if_not_exists=True))
        for index in sorted(jobs_table.indexes, key=lambda index: str(index.name)):
            await connection.execute(CreateIndex(index, if_not_exists=True))


def set_pragmas(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Set up a new connection to SQLite."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 10000")  # another process may be writing
    cursor.execute("PRAGMA journal_mode = WAL")  # readers never wait for the writer
    cursor.execute("PRAGMA synchronous = FULL")  # a committed job survives the power going
    cursor.close()
