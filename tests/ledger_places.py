"""Where a test's ledger lies, SQLite or PostgreSQL, and what any tool of the database sees and does there."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString, cast

import psycopg
from psycopg.rows import dict_row

from video_mcp.jobs.store.ledger import Ledger, open_ledger

_PATIENCE_SECONDS = 120
_REFUSAL_ON_SQLITE = (
    "CREATE TRIGGER full BEFORE UPDATE ON jobs WHEN old.state = 'submitting' BEGIN SELECT RAISE(ABORT, 'no'); END"
)
_REFUSAL_ON_POSTGRESQL: tuple[LiteralString, ...] = (
    (
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = 'disk_full'; END $$"
    ),
    (
        "CREATE TRIGGER refusal BEFORE UPDATE ON jobs FOR EACH ROW WHEN (old.state = 'submitting')"
        " EXECUTE FUNCTION refuse()"
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerPlace:
    """One ledger: a SQLite file, or with `url` a database of PostgreSQL."""

    path: Path
    url: str | None = None

    @property
    def settings(self) -> dict[str, object]:
        """What a service has to be told beside its home."""
        return {"database_url": self.url} if self.url is not None else {}

    @property
    def variables(self) -> dict[str, str]:
        """What a process has to be told beside its home."""
        return {"VIDEO_MCP_DATABASE_URL": self.url} if self.url is not None else {}

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Ledger]:
        """Open the ledger as a service does."""
        path = None if self.url is not None else self.path
        async with open_ledger(self.url or f"sqlite:///{self.path.as_posix()}", path) as ledger:
            yield ledger

    def exists(self) -> bool:
        """Tell whether there are tables already."""
        return self.url is not None or self.path.exists()

    def rows(self, statement: LiteralString = "SELECT * FROM jobs ORDER BY created_at, id") -> list[dict[str, object]]:
        """Return what a query finds; JSON is text, as SQLite has it."""
        if self.url is not None:
            with psycopg.connect(self.url) as connection, connection.cursor(row_factory=dict_row) as cursor:
                return [_as_text(row) for row in cursor.execute(statement)]
        with closing(sqlite3.connect(self.path)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(statement)]

    def change(self, statement: str, *values: object) -> None:
        """Run a statement behind every service's back; `?` stands for a value."""
        if self.url is not None:
            with psycopg.connect(self.url) as connection:
                connection.execute(cast("LiteralString", statement.replace("?", "%s")), values)
            return
        with closing(sqlite3.connect(self.path, timeout=_PATIENCE_SECONDS)) as connection, connection:
            connection.execute(statement, values)

    def refuse_answers(self) -> None:
        """Let the database refuse what is written about a request that is on its way."""
        for statement in _REFUSAL_ON_POSTGRESQL if self.url is not None else (_REFUSAL_ON_SQLITE,):
            self.change(statement)

    def take_answers(self) -> None:
        """Let the database take such a write again."""
        self.change("DROP TRIGGER refusal ON jobs" if self.url is not None else "DROP TRIGGER full")

    @contextmanager
    def locked(self) -> Generator[None]:
        """Keep every process from writing, as a slow disk does."""
        if self.url is not None:
            with psycopg.connect(self.url) as connection:
                connection.execute("LOCK TABLE jobs IN EXCLUSIVE MODE")
                yield
            return
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")

    def end_leases(self) -> None:
        """Let the time pass after which a dead process's jobs are free."""
        self.change("UPDATE jobs SET lease_until = 0")


def _as_text(row: dict[str, Any]) -> dict[str, object]:
    return {name: json.dumps(value) if isinstance(value, dict | list) else value for name, value in row.items()}
