"""The tasks table: calls that a client follows by an id of their own, across restarts and replicas."""

from __future__ import annotations

from dataclasses import asdict, replace

from pydantic import TypeAdapter
from sqlalchemy import insert, select, update

from video_mcp.jobs.store.database import Database
from video_mcp.jobs.store.results import first
from video_mcp.jobs.store.tables import tasks_table
from video_mcp.jobs.task import Task

_TASK = TypeAdapter(Task)


class TaskStore:
    """The tasks of every process that opens the same database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, task: Task) -> None:
        """Write a new task; it is on disk when this returns."""
        statement = insert(tasks_table).values(_to_row(task))
        await self._database.write(lambda connection: connection.execute(statement))

    async def get(self, task_id: str, *, principal: str) -> Task | None:
        """Return a principal's task; None when there is none of this id, or when it is somebody else's."""
        columns = tasks_table.c
        statement = select(tasks_table).where(columns.id == task_id, columns.principal == principal)
        row = await self._database.read(lambda connection: first(connection, statement))
        return _TASK.validate_python(row) if row is not None else None

    async def save(self, task: Task) -> bool:
        """Write a task that was read before; False when another process has written it since."""
        columns = tasks_table.c
        row = _to_row(replace(task, revision=task.revision + 1))
        statement = update(tasks_table).where(columns.id == task.id, columns.revision == task.revision).values(row)
        return await self._database.write(lambda connection: connection.execute(statement).rowcount) == 1


def _to_row(task: Task) -> dict[str, object]:
    return {**asdict(task), "accepted": list(task.accepted)}
