"""A look into a SQLite ledger with nothing but the standard library: is there anything to do?"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

_BUSY_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a ledger holds: any job at all, and any that somebody must go on with."""

    has_jobs: bool
    has_open_jobs: bool


def peek(path: Path) -> Contents:
    """Return what a ledger holds, of any shape; one that cannot be read counts as full, for opening it says why."""
    if not path.exists():
        return Contents(has_jobs=False, has_open_jobs=False)
    import sqlite3  # noqa: PLC0415 - a first start has no ledger

    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY_SECONDS)) as ledger:
            return Contents(
                has_jobs=_finds(ledger, "SELECT 1 FROM jobs LIMIT 1"),
                # The words of the index, so that it serves the query.
                has_open_jobs=_finds(
                    ledger,
                    "SELECT 1 FROM jobs WHERE state IN ('unsent', 'submitting', 'rendering', 'rendered') LIMIT 1",
                ),
            )
    except sqlite3.Error:
        return Contents(has_jobs=True, has_open_jobs=True)


def _finds(ledger: sqlite3.Connection, query: str) -> bool:
    return ledger.execute(query).fetchone() is not None
