"""The time that all replicas agree on, the database's: a lease that one writes is judged by another."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import anyio
from sqlalchemy import Connection, func, select

from video_mcp.errors import LedgerUnavailable
from video_mcp.jobs.store.database import Database

_COMPARE_SECONDS = 60.0


class DatabaseClock:
    """Tells the database's time by this machine's monotonic clock, compared with it now and then."""

    def __init__(self, database: Database, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._monotonic = monotonic
        self._ahead_seconds = 0.0

    def now(self) -> float:
        """Return the database's Unix time."""
        return self._monotonic() + self._ahead_seconds

    async def compare(self) -> None:
        """Read the database's time.

        Raises:
            LedgerUnavailable: The database cannot be read.
        """

        def read(connection: Connection) -> float:
            connection.execute(select(1))  # the connection is there before the time is taken
            before = self._monotonic()
            seconds = database_time(connection)
            return seconds - (before + self._monotonic()) / 2

        self._ahead_seconds = await self._database.read(read)

    async def run(self) -> None:
        """Compare again and again until cancelled; a database that is away is compared with later."""
        while True:
            await anyio.sleep(_COMPARE_SECONDS)
            with suppress(LedgerUnavailable):
                await self.compare()


def database_time(connection: Connection) -> float:
    """Return PostgreSQL's Unix time."""
    return float(connection.execute(_TIME).scalar_one())


_TIME = select(func.extract("epoch", func.clock_timestamp()))
