"""What unsent requests hold, over all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy import Connection, or_, select

from video_mcp.jobs.store.database import Database
from video_mcp.jobs.store.tables import unsent_requests_table

_body = unsent_requests_table.c.body
# A body may hold megabytes of an image.
_BODIES_AT_ONCE = 4


class UnsentRequests:
    """The requests that wait in the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def linked(self, names_in: Callable[[str], Iterable[str]]) -> frozenset[str]:
        """Return the inputs that any of them links to, as `names_in` finds them in a text."""
        statement = select(_body).where(or_(_body.contains("/inputs/"), _body.contains("/input/")))

        def read(connection: Connection) -> frozenset[str]:
            bodies = connection.execution_options(yield_per=_BODIES_AT_ONCE).execute(statement).scalars()
            return frozenset(name for body in bodies for name in names_in(body))

        return await self._database.read(read)
