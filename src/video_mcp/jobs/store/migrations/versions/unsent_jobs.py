"""The fifth shape: jobs that have not been sent yet, and what they will send."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_OPEN = sa.text("state IN ('unsent', 'submitting', 'rendering', 'rendered')")


def upgrade() -> None:
    """Add the table, and let the index of open jobs hold unsent ones too."""
    op.create_table(
        "unsent_requests", sa.Column("job_id", sa.Text, primary_key=True), sa.Column("body", sa.Text, nullable=False)
    )
    op.drop_index("jobs_due", "jobs")
    op.create_index("jobs_due", "jobs", ["state", "due_at"], sqlite_where=_OPEN, postgresql_where=_OPEN)
