"""What all processes of one ledger share beside jobs: keys that sign, and tokens that count once."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, Select, insert, select

from video_mcp.jobs.store.claims import wait_for_others
from video_mcp.jobs.store.database import Database
from video_mcp.jobs.store.tables import secrets_table, used_tokens_table

_KEY_BYTES = 32


class SharedValues:
    """What every process that opens the same database has in common."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def signing_key(self, name: str) -> bytes:
        """Return the key of a name, the same for every process; it is made the first time."""
        return await self._database.write(lambda connection: _signing_key(connection, name))

    async def is_used(self, token: str) -> bool:
        """Return whether a token has counted already, in whichever process."""
        return await self._database.read(lambda connection: _is_used(connection, token))

    async def use(self, token: str, *, now: float) -> bool:
        """Let a token count once; False when it has already, in whichever process."""
        return await self._database.write(lambda connection: _use(connection, token, now=now))


def _signing_key(connection: Connection, name: str) -> bytes:
    known = select(secrets_table.c.value).where(secrets_table.c.name == name)
    value = connection.execute(known).scalar()
    if value is None:
        wait_for_others(connection, f"secret {name}")
        value = connection.execute(known).scalar()
    if value is None:
        value = secrets.token_hex(_KEY_BYTES)
        connection.execute(insert(secrets_table).values(name=name, value=value))
    return bytes.fromhex(value)


def _is_used(connection: Connection, token: str) -> bool:
    return connection.execute(_used(token)).first() is not None


def _use(connection: Connection, token: str, *, now: float) -> bool:
    wait_for_others(connection, f"token {token}")
    if _is_used(connection, token):
        return False
    connection.execute(insert(used_tokens_table).values(token=token, used_at=now))
    return True


def _used(token: str) -> Select[tuple[str]]:
    return select(used_tokens_table.c.token).where(used_tokens_table.c.token == token)
