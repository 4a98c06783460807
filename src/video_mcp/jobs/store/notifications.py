"""Changes of jobs, told from one replica to the others by PostgreSQL's LISTEN and NOTIFY."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import anyio
from sqlalchemy import ARRAY, URL, Connection, Text, func, literal, select

from video_mcp.errors import LedgerUnavailable
from video_mcp.jobs.store.database import Database

if TYPE_CHECKING:
    from psycopg import AsyncConnection

logger = logging.getLogger(__name__)

_CHANNEL = "video_mcp_jobs"
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 30.0
DUE = "*"
"""What is heard in place of an id when a job is due before its time."""
# A connection that has said nothing for so long is tried: it may have died without a word.
_SILENCE_SECONDS = 60.0


def announce(connection: Connection, sender: str, video_ids: Sequence[str]) -> None:
    """Tell the other replicas, once this transaction is committed, that jobs have changed; SQLite has none."""
    if connection.dialect.name == "postgresql" and video_ids:
        payloads = literal([f"{sender} {video_id}" for video_id in video_ids], ARRAY(Text))
        connection.execute(select(func.pg_notify(_CHANNEL, func.unnest(payloads))))


def announce_due(connection: Connection, sender: str, *, is_due: bool) -> None:
    """Tell the other replicas, once this transaction is committed, that a job is due before its time."""
    announce(connection, sender, [DUE] if is_due else [])


class Notifications:
    """Hears what other replicas announce, on a connection of its own that is made again whenever it breaks.

    `are_heard` tells whether anything arrives at all: a pooler of transactions takes LISTEN and passes nothing on.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._url = database.engine.url
        self._me = database.name
        self.are_heard = False

    async def run(self, *, changed: Callable[[str], None], connected: Callable[[], None]) -> None:
        """Call `changed` with the id of each job that another replica has changed, until cancelled.

        `connected` is called whenever listening begins: what changed before it was not heard.
        """
        from psycopg import Error  # noqa: PLC0415 - only a shared database needs the driver

        pause_seconds = _FIRST_PAUSE_SECONDS
        while True:
            try:
                async with _connected(self._url) as connection:
                    await connection.execute("LISTEN video_mcp_jobs")
                    pause_seconds = _FIRST_PAUSE_SECONDS
                    connected()
                    await self._hear(connection, changed)
            except Error as error:
                logger.warning("other replicas cannot be heard (%s); trying again", type(error).__name__)
            self.are_heard = False
            await anyio.sleep(pause_seconds)
            pause_seconds = min(_LONGEST_PAUSE_SECONDS, 2 * pause_seconds)

    async def _hear(self, connection: AsyncConnection, changed: Callable[[str], None]) -> None:
        while True:
            await self._send_test()
            is_one_heard = False
            async for notification in connection.notifies(timeout=_SILENCE_SECONDS):
                is_one_heard = self.are_heard = True
                sender, _, video_id = notification.payload.partition(" ")
                if sender != self._me and video_id:
                    changed(video_id)
            self.are_heard = is_one_heard
            await connection.execute("SELECT 1")

    async def _send_test(self) -> None:
        """Send on another connection what the one that listens should hear."""
        test = select(func.pg_notify(_CHANNEL, f"{self._me} "))
        with suppress(LedgerUnavailable):
            await self._database.write(lambda connection: connection.execute(test))


@asynccontextmanager
async def _connected(url: URL) -> AsyncGenerator[AsyncConnection]:
    """Connect as long as the block runs; the driver's own block leaves the connection open when it is cancelled."""
    from psycopg import AsyncConnection  # noqa: PLC0415 - see above

    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await AsyncConnection.connect(
        address, autocommit=True, connect_timeout=10, application_name="video-mcp listening"
    )
    try:
        yield connection
    finally:
        with anyio.CancelScope(shield=True):
            await connection.close()
