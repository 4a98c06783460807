"""What was, or may have been, charged: read from the sums that the database keeps."""

from __future__ import annotations

from video_mcp.jobs.budget import Caps, Spent
from video_mcp.jobs.store import claims
from video_mcp.jobs.store.database import Database
from video_mcp.types import Principal

_NO_CAPS = Caps()


class Spending:
    """The spending of all principals of a ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, principal: Principal, *, since: float, caps: Caps = _NO_CAPS) -> Spent:
        """Return what was, or may have been, charged since a time: to a principal, and to all where a cap counts it."""
        return await self._database.read(
            lambda connection: claims.spent_since(connection, principal, since=since, caps=caps)
        )

    async def by_model(self, principal: Principal, *, since: float) -> dict[str, Spent]:
        """Return the same for each model, the dearest first."""
        return await self._database.read(lambda connection: claims.spent_by_model(connection, principal, since=since))
