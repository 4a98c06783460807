"""The sixth shape: calls that a client follows by an id of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "tasks",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("principal", sa.Text, nullable=False),
        sa.Column("tool", sa.Text, nullable=False),
        sa.Column("arguments", sa.JSON, nullable=False),
        sa.Column("video_id", sa.Text, nullable=False),
        sa.Column("is_duplicate", sa.Boolean, nullable=False),
        sa.Column("accepted", sa.JSON, nullable=False),
        sa.Column("question", sa.JSON),
        sa.Column("result", sa.JSON),
        sa.Column("cancelled_at", sa.Double),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("updated_at", sa.Double, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
    )
