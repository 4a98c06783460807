"""The first shape: one table, made before there were versions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the table, unless a program from before versions has made it."""
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("phase", sa.String(16)),
        sa.Column("progress", sa.Integer),
        sa.Column("upstream_id", sa.Text),
        sa.Column("model", sa.String(128), nullable=False),
        sa.Column("family", sa.String(32), nullable=False),
        sa.Column("mode", sa.String(32), nullable=False),
        sa.Column("prompt", sa.Text, nullable=False),
        sa.Column("asked", sa.JSON, nullable=False),
        sa.Column("warnings", sa.JSON, nullable=False),
        sa.Column("problem", sa.JSON),
        sa.Column("charged", sa.String(8)),
        sa.Column("file", sa.JSON),
        sa.Column("removed_at", sa.Float),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("cost", sa.JSON),
        sa.Column("cost_usd", sa.Float),
        sa.Column("expected_seconds", sa.Float, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("updated_at", sa.Float, nullable=False),
        sa.Column("finished_at", sa.Float),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("lease_owner", sa.String(64)),
        sa.Column("lease_until", sa.Float),
        if_not_exists=True,
    )
    op.create_index("ix_jobs_created_at", "jobs", ["created_at"], if_not_exists=True)
    op.create_index("ix_jobs_fingerprint", "jobs", ["fingerprint"], if_not_exists=True)
    op.create_index("ix_jobs_upstream_id", "jobs", ["upstream_id"], if_not_exists=True)
    op.create_index("jobs_open", "jobs", ["state", "lease_until"], if_not_exists=True)
