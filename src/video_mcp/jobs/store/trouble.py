"""What is wrong with a database, in a sentence that names the file and the next step. Pure."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from video_mcp.errors import LedgerUnavailable

# By SQLite's primary result codes.
_SQLITE: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_BUSY: ("is locked by another process", "Find out which program holds it, then try again."),
    sqlite3.SQLITE_LOCKED: ("is locked by another process", "Find out which program holds it, then try again."),
    sqlite3.SQLITE_FULL: ("cannot grow: its disk is full", "Make room on that disk, then try again."),
    sqlite3.SQLITE_READONLY: ("is read-only", "Make the file and its folder writable, then try again."),
    sqlite3.SQLITE_PERM: ("may not be opened", "Make the file readable and writable, then try again."),
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", "Check that the file and its folder are there and writable."),
    sqlite3.SQLITE_CORRUPT: ("is damaged", "Move it away or restore a copy; video-mcp then starts with a new one."),
    sqlite3.SQLITE_NOTADB: ("is no ledger", "Move that file away; video-mcp then starts with a new one."),
    sqlite3.SQLITE_IOERR: ("cannot be read or written: its disk reports an error", "Check the disk, then try again."),
}
_PRIMARY_CODE = 0xFF


def explain(error: DBAPIError, path: Path | None) -> LedgerUnavailable:
    """Return the error of a database as a user can use it; it repeats no statement and no value."""
    cause = error.orig
    if path is None:
        return LedgerUnavailable(
            f"The database cannot be used ({type(cause).__name__}).",
            advice="Check VIDEO_MCP_DATABASE_URL and that the database runs, then try again.",
        )
    code = getattr(cause, "sqlite_errorcode", None)
    known = _SQLITE.get(code & _PRIMARY_CODE) if isinstance(code, int) else None
    what, advice = known or (
        f"cannot be used ({type(cause).__name__})",
        "Try again; if it stays so, restart video-mcp.",
    )
    return LedgerUnavailable(f"The ledger {path} {what}.", advice=advice)


def is_newer(name: object) -> LedgerUnavailable:
    """Say that a newer program has written this ledger."""
    return LedgerUnavailable(
        f"The ledger {name} is newer than this video-mcp; it was left as it is.",
        advice="Update video-mcp, or set VIDEO_MCP_HOME to another folder.",
    )


def is_older() -> LedgerUnavailable:
    """Say that a shared database has to be migrated by hand."""
    return LedgerUnavailable(
        "The database's tables are older than this video-mcp; replicas change no tables.",
        advice="Run `video-mcp db upgrade` once, then start again.",
    )
