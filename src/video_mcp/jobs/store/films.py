"""The films table: what was joined for whom, so that retention finds it; a film can be made again at any time."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from video_mcp.jobs.store.database import Database
from video_mcp.jobs.store.results import all_rows
from video_mcp.jobs.store.tables import films_table
from video_mcp.types import Principal

_films = films_table.c


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFilm:
    """A film that lies in the library or the object storage; `used_at` is when it was last joined."""

    principal: Principal
    name: str
    bytes: int
    used_at: float


class FilmStore:
    """The films of every process that opens the same database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, film: KeptFilm) -> None:
        """Write a film, or that a known one was used again."""

        def work(connection: Connection) -> None:
            insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
            connection.execute(
                insert(films_table)
                .values(asdict(film))
                .on_conflict_do_update(index_elements=["principal", "name"], set_={"used_at": film.used_at})
            )

        await self._database.write(work)

    async def longest_unused(self, limit: int) -> list[KeptFilm]:
        """Return films of all principals, the longest unused first."""
        statement = select(films_table).order_by(_films.used_at).limit(limit)
        rows = await self._database.read(lambda connection: all_rows(connection, statement))
        return [KeptFilm(**row) for row in rows]

    async def total_bytes(self) -> int:
        """Return how much all films take together."""
        statement = select(func.coalesce(func.sum(_films.bytes), 0))
        return int(await self._database.read(lambda connection: connection.execute(statement).scalar_one()))

    async def drop(self, film: KeptFilm) -> None:
        """Drop a film that was removed, unless it was joined again meanwhile."""
        is_same = (_films.principal == film.principal, _films.name == film.name, _films.used_at == film.used_at)
        await self._database.write(lambda connection: connection.execute(delete(films_table).where(*is_same)))
