"""The ninth shape: the films that were joined, so that retention finds them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the table and its index."""
    op.create_table(
        "films",
        sa.Column("principal", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.Double, nullable=False),
    )
    op.create_index("films_used", "films", ["used_at"])
