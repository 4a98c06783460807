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

_NO_TABLES = ("has no tables yet", "Run `video-mcp db upgrade` once, then start again.")
_NO_RIGHT = (
    "does not let its user do this",
    "Run `video-mcp db upgrade` as the tables' owner, and grant the replicas' user SELECT, INSERT and UPDATE.",
)
_NO_LOGIN = ("refuses its user or password", "Check both in VIDEO_MCP_DATABASE_URL.")
_NO_DATABASE = ("does not exist on its server", "Create it, or check its name in VIDEO_MCP_DATABASE_URL.")
_NO_CONNECTION_LEFT = (
    "has no connection left",
    "Raise its max_connections: a replica takes up to 17; or run fewer replicas.",
)
_IS_STARTING = ("is starting or stopping", "Try again in a moment.")

# By PostgreSQL's SQLSTATE, or the class that it begins with.
_POSTGRESQL: dict[str, tuple[str, str]] = {
    "28": _NO_LOGIN,
    "3D": _NO_DATABASE,
    "42P01": _NO_TABLES,
    "42501": _NO_RIGHT,
    "53300": _NO_CONNECTION_LEFT,
    "53": ("has no room or memory left", "Look at its disk, then try again."),
    "57P": _IS_STARTING,
    "25006": ("is read-only", "Name the primary in VIDEO_MCP_DATABASE_URL, not a standby."),
    "08": ("lost the connection", "Try again; if it stays so, check the network between the two."),
}
_REFUSED_CONNECTION: dict[str, tuple[str, str]] = {
    "authentication failed": _NO_LOGIN,
    "no password supplied": _NO_LOGIN,
    "too many clients": _NO_CONNECTION_LEFT,
    "remaining connection slots": _NO_CONNECTION_LEFT,
    "starting up": _IS_STARTING,
    "shutting down": _IS_STARTING,
    'role "': _NO_LOGIN,
    '" does not exist': _NO_DATABASE,
}


def explain(error: DBAPIError, path: Path | None) -> LedgerUnavailable:
    """Return the error of a database as a user can use it; it repeats no statement, no value and no address."""
    cause = error.orig
    if path is None:
        what, advice = _of_server(cause)
        return LedgerUnavailable(f"The database {what}.", advice=advice)
    code = primary_code(cause)
    known = _SQLITE.get(code) if code is not None else None
    what, advice = known or (
        f"cannot be used ({type(cause).__name__})",
        "Try again; if it stays so, restart video-mcp.",
    )
    return LedgerUnavailable(f"The ledger {path} {what}.", advice=advice)


def may_work_again(error: DBAPIError) -> bool:
    """Return whether a transaction was undone for another one's sake, so that the same can be done again."""
    return getattr(error.orig, "sqlstate", None) in {"40001", "40P01"}


def _of_server(cause: BaseException | None) -> tuple[str, str]:
    sqlstate = getattr(cause, "sqlstate", None)
    if isinstance(sqlstate, str):
        for beginning, known in _POSTGRESQL.items():
            if sqlstate.startswith(beginning):
                return known
        return f"refuses ({type(cause).__name__}, {sqlstate})", "Try again; its own log says more."
    text = str(cause)  # a refused connection has no code, and its text names host and user: none of it is repeated
    for words, known in _REFUSED_CONNECTION.items():
        if words in text:
            return known
    return "cannot be reached", "Check VIDEO_MCP_DATABASE_URL and that the database runs, then try again."


def is_newer(name: object) -> LedgerUnavailable:
    """Say that a newer program has written this ledger."""
    return LedgerUnavailable(
        f"The ledger {name} is newer than this video-mcp; it was left as it is.",
        advice="Update video-mcp, or set VIDEO_MCP_HOME to another folder.",
    )


def is_in_use(name: object) -> LedgerUnavailable:
    """Say that an older program is sending requests, whose answers it could not record in newer tables."""
    return LedgerUnavailable(
        f"The ledger {name} is in use by an older video-mcp that is sending a request; it was left as it is.",
        advice="Try again in a minute, or close the programs that still run the older version.",
    )


def is_older() -> LedgerUnavailable:
    """Say that a shared database has to be migrated by hand."""
    return LedgerUnavailable(
        "The database's tables are older than this video-mcp; replicas change no tables.",
        advice="Run `video-mcp db upgrade` once, then start again.",
    )


def primary_code(error: BaseException | None) -> int | None:
    """Return SQLite's primary result code of an error; None for an error that has none."""
    code = getattr(error, "sqlite_errorcode", None)
    return code & _PRIMARY_CODE if isinstance(code, int) else None
