"""The tenth shape: a caller's own name for a job is a column, and looked up by an index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_NAMES = {
    "sqlite": "json_extract(parameters, '$.external_task_id')",
    "postgresql": "parameters ->> 'external_task_id'",
}


def upgrade() -> None:
    """Add the column, and fill it for the jobs that are there."""
    connection = op.get_bind()
    name = _NAMES[connection.dialect.name]
    op.add_column("jobs", sa.Column("external_task_id", sa.Text))
    connection.exec_driver_sql(f"UPDATE jobs SET external_task_id = {name} WHERE {name} IS NOT NULL")
    is_named = sa.column("external_task_id").is_not(None)
    op.create_index(
        "jobs_named",
        "jobs",
        ["principal", "external_task_id", "created_at"],
        sqlite_where=is_named,
        postgresql_where=is_named,
    )
