"""Transactions on threads: nothing of a database blocks the loop, and no cancellation cuts a write in two."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from sqlalchemy import URL, Connection, Engine, Select, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from video_mcp.errors import ConfigurationError, LedgerUnavailable
from video_mcp.jobs.store.ledger_file import LedgerFile
from video_mcp.jobs.store.trouble import explain, may_work_again, primary_code
from video_mcp.setting_values import database_url_of

Result = TypeVar("Result")

_SQLITE_READERS = 4
_SERVER_CONNECTIONS = 16
# What is known to work behind a pooler of transactions, and to notice within a minute that a server is gone.
_CONNECT: Mapping[str, object] = MappingProxyType(
    {
        "application_name": "video-mcp",
        "connect_timeout": 10,
        "keepalives_idle": 30,
        "tcp_user_timeout": 30_000,
        "prepare_threshold": None,
    }
)
# Of two transactions that wait for one another PostgreSQL undoes one; it is begun again.
_TRIES = 3
# Between our waiting and the switch another process may begin to write.
_TRIES_TO_SWITCH = 20
_WRITES, _DURABLE, _ON_WRITER = "writes", "durable", "on_writer"
_READ = {_WRITES: False}
_WAITS = "commits_wait_for_disk"
_SYNCHRONOUS = "synchronous"


class Database:
    """Runs transactions, each on a thread of its own until it has ended.

    SQLite takes one writer at a time, so the writers of this process queue here instead of at the file's lock, where
    they could starve one another; all write on one connection, which can tell other processes' commits from theirs.
    `name` tells this process from others that use the same database.
    """

    def __init__(self, engine: Engine, file: LedgerFile | None) -> None:
        self.engine = engine
        self.file = file
        self.name = secrets.token_hex(4)
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._writers = anyio.CapacityLimiter(1 if self.is_sqlite else _SERVER_CONNECTIONS)
        self._readers = anyio.CapacityLimiter(_SQLITE_READERS) if self.is_sqlite else self._writers
        self._writer: Connection | None = None
        self._writers_made = 0
        self._texts: dict[Select[Any], tuple[str, Sequence[str]]] = {}

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in a transaction that only reads.

        Raises:
            LedgerUnavailable: The database cannot be read.
        """
        return await anyio.to_thread.run_sync(self._run, work, _READ, limiter=self._readers)

    async def look(
        self, statement: Select[Any], asked: Mapping[str, object], then: Callable[[int | None], Result]
    ) -> Result:
        """Return what `then` makes, on the same thread, of the number that one statement finds; None for no number.

        Raises:
            LedgerUnavailable: The database cannot be read.
        """
        if self.is_sqlite:
            with suppress(sqlite3.Error):  # what is wrong is said by the transaction
                look = partial(self._number, statement, asked)
                return await anyio.to_thread.run_sync(lambda: then(look()), limiter=self._readers)
        return await self.read(lambda connection: then(connection.execute(statement, asked).scalars().first()))

    def _number(self, statement: Select[Any], asked: Mapping[str, object]) -> int | None:
        """Run a statement on the driver's own connection: a transaction around it takes ten times its CPU."""
        text, names = self._written(statement)
        connection = self.engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute(text, [asked[name] for name in names])
            row = cursor.fetchone()
            cursor.close()
        finally:
            connection.close()
        return row[0] if row is not None else None

    def _written(self, statement: Select[Any]) -> tuple[str, Sequence[str]]:
        """Return a statement as the driver takes it, and what its places stand for; written once."""
        known = self._texts.get(statement)
        if known is None:
            compiled = statement.compile(dialect=self.engine.dialect)
            known = self._texts[statement] = str(compiled), tuple(compiled.positiontup or ())
        return known

    async def write(self, work: Callable[[Connection], Result], *, durable: bool = True) -> Result:
        """Run `work` in a transaction that no other writer of this file overlaps; it is committed when this returns.

        Without `durable` a power failure may undo it: for what can be found out again, such as when a job is due.

        Raises:
            LedgerUnavailable: The database refuses; nothing of `work` is written.
        """
        options = {_WRITES: True, _DURABLE: durable}
        return await anyio.to_thread.run_sync(self._run, work, options, limiter=self._writers)

    async def version_of_others(self) -> tuple[int, int]:
        """Return what differs for a SQLite file when another process has committed since the last time.

        Raises:
            LedgerUnavailable: The database cannot be read.
        """

        def read(connection: Connection) -> tuple[int, int]:
            version = connection.exec_driver_sql("PRAGMA data_version").scalar_one()
            return self._writers_made, int(version)  # versions of two connections cannot be compared

        options = {_WRITES: False, _ON_WRITER: True}
        return await anyio.to_thread.run_sync(self._run, read, options, limiter=self._writers)

    def close(self) -> None:
        """Close every connection."""
        self._drop_writer()
        self.engine.dispose()

    def _drop_writer(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    @contextmanager
    def _connection(self, options: Mapping[str, bool]) -> Generator[Connection]:
        if not self.is_sqlite or not (options[_WRITES] or options.get(_ON_WRITER)):
            with self.engine.connect().execution_options(**options) as connection:
                yield connection
            return
        if self._writer is None:
            self._writer, self._writers_made = self.engine.connect(), self._writers_made + 1
        try:
            yield self._writer.execution_options(**options)
        except DBAPIError:
            self._drop_writer()
            raise

    def _run(self, work: Callable[[Connection], Result], options: Mapping[str, bool]) -> Result:
        for tries_left in reversed(range(_TRIES)):
            try:
                with self._connection(options) as connection, connection.begin():
                    return work(connection)
            except DBAPIError as error:
                if tries_left == 0 or not may_work_again(error):
                    raise self._explained(error) from error
        raise AssertionError("the last try returns or raises")

    def _explained(self, error: DBAPIError) -> LedgerUnavailable:
        # A connection that is opened anew finds an empty file where the ledger was.
        if self.file is not None and self.file.is_replaced():
            return self.file.replaced()
        return explain(error, self.file.path if self.file else None)


@asynccontextmanager
async def open_database(url: str, path: Path | None) -> AsyncGenerator[Database]:
    """Open a database as long as the context lasts, making the folder of a SQLite file where it is missing.

    Raises:
        ConfigurationError: The folder cannot be written, the address is none, or its driver is not installed.
    """
    file = LedgerFile(path) if path is not None else None
    if file is not None:
        await anyio.to_thread.run_sync(file.prepare)
    database = Database(await anyio.to_thread.run_sync(_engine, url, path), file)
    try:
        yield database
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(database.close)


def _engine(url: str, path: Path | None) -> Engine:
    address = URL.create("sqlite", database=str(path)) if path is not None else _with_driver(url)
    to_json = partial(json.dumps, allow_nan=False)  # NaN is not JSON, and PostgreSQL refuses it
    if address.get_backend_name() == "sqlite":
        engine = create_engine(address, hide_parameters=True, json_serializer=to_json)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        engine = create_engine(
            address,
            hide_parameters=True,
            json_serializer=to_json,
            pool_size=_SERVER_CONNECTIONS,
            max_overflow=0,
            pool_pre_ping=True,
            connect_args={name: value for name, value in _CONNECT.items() if name not in address.query},
        )
    except ModuleNotFoundError as error:
        problem = "VIDEO_MCP_DATABASE_URL needs a driver; install the extra: pip install 'video-mcp-gateway[team]'"
        raise ConfigurationError([problem]) from error
    event.listen(engine, "connect", _read_commits)
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _with_driver(url: str) -> URL:
    """Return a database's address with the driver that is used here, whatever driver it names."""
    try:
        address = make_url(database_url_of(url))
    except (ArgumentError, ValueError):
        problem = "VIDEO_MCP_DATABASE_URL is not an address of a database; write postgresql://USER:PASSWORD@HOST/NAME"
        raise ConfigurationError([problem]) from None  # the cause may repeat the password
    return address.set(drivername="postgresql+psycopg") if address.get_backend_name() == "postgresql" else address


def _read_commits(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
    """Keep whether commits of this connection wait for the disk unless told otherwise."""
    cursor = connection.cursor()
    cursor.execute("SHOW synchronous_commit")
    (setting,) = cursor.fetchone() or ("on",)
    cursor.close()
    connection.rollback()
    entry.info[_WAITS] = setting != "off"


def _begin_postgresql(connection: Connection) -> None:
    """Let a durable commit survive a crash whatever the database's default is, and let no other wait for the disk."""
    options = connection.get_execution_options()
    is_durable = bool(options.get(_DURABLE, True))
    if options.get(_WRITES) and connection.info[_WAITS] is not is_durable:
        connection.exec_driver_sql(f"SET LOCAL synchronous_commit TO {'on' if is_durable else 'off'}")


def _set_up_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # Python's driver would begin transactions by itself, late and as a reader.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 10000")  # another process may be writing
    _switch_to_wal(cursor)
    cursor.close()


def _switch_to_wal(cursor: DBAPICursor) -> None:
    """Choose the journal in which readers never wait for the writer.

    SQLite refuses the switch at once while another process writes, however long `busy_timeout` is; a transaction of
    our own waits that long.
    """
    for tries_left in reversed(range(_TRIES_TO_SWITCH)):
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if tries_left == 0 or primary_code(error) != sqlite3.SQLITE_BUSY:
                raise
            cursor.execute("BEGIN EXCLUSIVE")
            cursor.execute("COMMIT")
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    """Begin a transaction: as the one writer, or as a reader.

    A durable commit survives the power going; another one survives the process, and waits for no disk.
    """
    options = connection.get_execution_options()
    synchronous = "FULL" if options.get(_DURABLE, True) else "NORMAL"
    if connection.info.get(_SYNCHRONOUS) != synchronous:
        connection.exec_driver_sql(f"PRAGMA synchronous = {synchronous}")
        connection.info[_SYNCHRONOUS] = synchronous
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(_WRITES) else "BEGIN")
