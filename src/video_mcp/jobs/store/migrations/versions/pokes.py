"""The seventh shape: whose key a job was sent with, whether a gateway called back, and an index for all spending."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the columns and the index."""
    op.add_column("jobs", sa.Column("account", sa.Text))
    op.add_column("jobs", sa.Column("poked_at", sa.Double))
    op.create_index("jobs_created", "jobs", ["created_at"])
