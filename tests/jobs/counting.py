"""Counting what is sent to a ledger: counts hold on any machine where times do not."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection, event

from video_mcp.jobs.store.ledger import Ledger

_FULL = 2  # of what SQLite answers to PRAGMA synchronous


@dataclass(slots=True)
class Counted:
    """What was sent to the database while it was watched."""

    sql: list[str] = field(default_factory=list[str])
    rows_written: int = 0
    durable_commits: int = 0

    @property
    def statements(self) -> int:
        """Statements that read or write; not those that set up a transaction."""
        return len([sql for sql in self.sql if not sql.startswith(("PRAGMA", "BEGIN", "COMMIT"))])


@contextmanager
def counting(ledger: Ledger) -> Generator[Counted]:
    counted = Counted()
    written: dict[int, tuple[int, int]] = {}

    def note(connection: Connection, _cursor: object, sql: str, *_rest: object) -> None:
        counted.sql.append(sql)
        count_rows(connection)

    def count_rows(connection: Connection) -> None:
        opened = connection.connection.dbapi_connection
        if not isinstance(opened, sqlite3.Connection):
            return  # PostgreSQL does not count for us
        first, _ = written.get(id(opened), (opened.total_changes, 0))
        written[id(opened)] = first, opened.total_changes

    def commit(connection: Connection) -> None:
        count_rows(connection)
        writes = any(sql.startswith("BEGIN IMMEDIATE") for sql in counted.sql[-12:])
        counted.durable_commits += writes and waits_for_disk(connection)

    def waits_for_disk(connection: Connection) -> bool:
        opened = connection.connection.dbapi_connection
        return isinstance(opened, sqlite3.Connection) and opened.execute("PRAGMA synchronous").fetchone() == (_FULL,)

    engine = ledger.database.engine
    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "commit", commit)
    try:
        yield counted
    finally:
        event.remove(engine, "before_cursor_execute", note)
        event.remove(engine, "commit", commit)
    counted.rows_written = sum(last - first for first, last in written.values())


@contextmanager
def counting_steps(ledger: Ledger) -> Generator[list[int]]:
    counted = [0]

    def step() -> int:
        counted[0] += 1
        return 0

    def watch(connection: Connection, *_rest: object) -> None:
        opened = connection.connection.dbapi_connection
        assert isinstance(opened, sqlite3.Connection)
        opened.set_progress_handler(step, 10)

    engine = ledger.database.engine
    event.listen(engine, "before_cursor_execute", watch)
    try:
        yield counted
    finally:
        event.remove(engine, "before_cursor_execute", watch)
