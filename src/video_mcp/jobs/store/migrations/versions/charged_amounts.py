"""The fourth shape: what a gateway says that a video really cost, beside the estimate."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column."""
    op.add_column("jobs", sa.Column("charged_usd", sa.Double))
