"""The second shape: due times, principals, render times, and an index for every query."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_OPEN = sa.text("state IN ('submitting', 'rendering', 'rendered')")
_KEPT = sa.text("state = 'completed' AND removed_at IS NULL")

_LONGER_TEXTS = ("id", "state", "phase", "model", "family", "mode", "charged", "fingerprint", "lease_owner")
_LARGER_INTEGERS = ("progress", "revision")
_OLD_INDEXES = ("ix_jobs_created_at", "ix_jobs_fingerprint", "ix_jobs_upstream_id", "jobs_open")


def upgrade() -> None:
    """Add the columns, fill what old rows can tell, and exchange the indexes."""
    for column in _new_columns():
        op.add_column("jobs", column)
    _widen_types()
    _fill()
    for name in _OLD_INDEXES:
        op.drop_index(name, "jobs", if_exists=True)
    _make_indexes()
    op.create_table(
        "secrets", sa.Column("name", sa.Text, primary_key=True), sa.Column("value", sa.Text, nullable=False)
    )
    op.create_table(
        "used_tokens", sa.Column("token", sa.Text, primary_key=True), sa.Column("used_at", sa.Double, nullable=False)
    )


def _new_columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("principal", sa.Text, nullable=False, server_default=sa.text("'local'")),
        sa.Column("adopted", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("file_bytes", sa.BigInteger),
        sa.Column("object_key", sa.Text),
        sa.Column("fetched_at", sa.Double),
        sa.Column("resolution", sa.Text),
        sa.Column("polled_at", sa.Double),
        sa.Column("rendered_at", sa.Double),
        sa.Column("due_at", sa.Double, nullable=False, server_default=sa.text("0")),
        sa.Column("traceparent", sa.Text),
    )


def _widen_types() -> None:
    """Take text of any length and large integers; SQLite has always taken both."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for name in _LONGER_TEXTS:
        op.alter_column("jobs", name, type_=sa.Text)
    for name in _LARGER_INTEGERS:
        op.alter_column("jobs", name, type_=sa.BigInteger)


def _fill() -> None:
    jobs = sa.table(
        "jobs",
        *(sa.column(name, sa.JSON) for name in ("file", "asked")),
        *(sa.column(name, sa.Double) for name in ("finished_at", "fetched_at", "rendered_at")),
        sa.column("file_bytes", sa.BigInteger),
        sa.column("resolution", sa.Text),
        sa.column("adopted", sa.Boolean),
        *(sa.column(name, sa.Text) for name in ("state", "prompt", "family")),
    )
    op.execute(
        jobs.update()
        .where(jobs.c.state == "completed")
        .values(
            file_bytes=jobs.c.file["bytes"].as_integer(),
            fetched_at=jobs.c.finished_at,
            # Late by the last interval between polls and by the download: the best that old rows know.
            rendered_at=jobs.c.finished_at,
        )
    )
    op.execute(jobs.update().values(resolution=jobs.c.asked["resolution"].as_string()))
    # The first shape marked an adopted job only by what it cannot know.
    op.execute(jobs.update().where(jobs.c.family == "generic", jobs.c.prompt == "").values(adopted=sa.true()))


def _make_indexes() -> None:
    leased, known, rendered = (sa.text(f"{name} IS NOT NULL") for name in ("lease_owner", "upstream_id", "rendered_at"))
    op.create_index("jobs_due", "jobs", ["state", "due_at"], sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_index("jobs_leased", "jobs", ["lease_owner"], sqlite_where=leased, postgresql_where=leased)
    op.create_index("jobs_newest", "jobs", ["principal", "created_at", "id"])
    op.create_index("jobs_equal", "jobs", ["principal", "fingerprint", "created_at"])
    op.create_index("jobs_upstream", "jobs", ["upstream_id"], sqlite_where=known, postgresql_where=known)
    op.create_index("jobs_rendered", "jobs", ["model", "rendered_at"], sqlite_where=rendered, postgresql_where=rendered)
    kept_columns = ["fetched_at", "file_bytes", "state", "removed_at"]
    op.create_index("jobs_kept", "jobs", kept_columns, sqlite_where=_KEPT, postgresql_where=_KEPT)
