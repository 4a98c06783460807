"""The third shape: the requested parameters have the name that they have everywhere else."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Rename the column."""
    op.alter_column("jobs", "asked", new_column_name="parameters")
