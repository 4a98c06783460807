"""The eleventh shape: since when a job has waited for a place, which another try does not begin anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the column: what waits in an older ledger has waited since its latest try."""
    op.add_column("jobs", sa.Column("waiting_since", sa.Double))
