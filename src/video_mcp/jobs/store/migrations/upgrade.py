"""Brings a database to the newest shape; the only module that loads Alembic."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

# Any number that no other program takes for its own advisory lock.
_LOCK = 7_306_086_201


def lock(connection: Connection) -> None:
    """Wait until no other process migrates; SQLite's transaction holds its write lock already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def upgrade(connection: Connection) -> None:
    """Run every migration that the database lacks, inside the connection's transaction."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "video_mcp.jobs.store:migrations")
    command.upgrade(config, "head")
