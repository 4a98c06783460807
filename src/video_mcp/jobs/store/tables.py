"""The ledger's tables as the newest migration leaves them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    MetaData,
    Table,
    Text,
    bindparam,
    false,
    literal_column,
    text,
)

from video_mcp.jobs.store.rows import OPEN_STATES

metadata = MetaData()

jobs_table = Table(
    "jobs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("principal", Text, nullable=False, server_default=text("'local'")),
    Column("account", Text),
    Column("state", Text, nullable=False),
    Column("phase", Text),
    Column("progress", BigInteger),
    Column("upstream_id", Text),
    Column("adopted", Boolean, nullable=False, server_default=false()),
    Column("model", Text, nullable=False),
    Column("family", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("prompt", Text, nullable=False),
    Column("parameters", JSON, nullable=False),
    Column("external_task_id", Text),
    Column("warnings", JSON, nullable=False),
    Column("problem", JSON(none_as_null=True)),
    Column("charged", Text),
    Column("file", JSON(none_as_null=True)),
    Column("file_bytes", BigInteger),
    Column("object_key", Text),
    Column("removed_at", Double),
    Column("fetched_at", Double),
    Column("fingerprint", Text, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("resolution", Text),
    Column("cost", JSON(none_as_null=True)),
    Column("cost_usd", Double),
    Column("charged_usd", Double),
    Column("expected_seconds", Double, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("waiting_since", Double),
    Column("updated_at", Double, nullable=False),
    Column("polled_at", Double),
    Column("poked_at", Double),
    Column("rendered_at", Double),
    Column("finished_at", Double),
    Column("revision", BigInteger, nullable=False),
    Column("due_at", Double, nullable=False, server_default=text("0")),
    Column("lease_owner", Text),
    Column("lease_until", Double),
    Column("traceparent", Text),
)

_jobs = jobs_table.c

# A partial index serves a query only when the query names the same constants, so they are never bound parameters.
IS_OPEN = _jobs.state.in_([literal_column(f"'{state}'", Text) for state in OPEN_STATES])
IS_KEPT = (_jobs.state == bindparam("kept_state", "completed", literal_execute=True)) & _jobs.removed_at.is_(None)

Index("jobs_due", _jobs.state, _jobs.due_at, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN)
Index(
    "jobs_leased",
    _jobs.lease_owner,
    sqlite_where=_jobs.lease_owner.is_not(None),
    postgresql_where=_jobs.lease_owner.is_not(None),
)
Index(
    "jobs_named",
    _jobs.principal,
    _jobs.external_task_id,
    _jobs.created_at,
    sqlite_where=_jobs.external_task_id.is_not(None),
    postgresql_where=_jobs.external_task_id.is_not(None),
)
Index("jobs_newest", _jobs.principal, _jobs.created_at, _jobs.id)
Index("jobs_created", _jobs.created_at)
Index("jobs_equal", _jobs.principal, _jobs.fingerprint, _jobs.created_at)
Index(
    "jobs_upstream",
    _jobs.upstream_id,
    sqlite_where=_jobs.upstream_id.is_not(None),
    postgresql_where=_jobs.upstream_id.is_not(None),
)
Index(
    "jobs_rendered",
    _jobs.model,
    _jobs.rendered_at,
    sqlite_where=_jobs.rendered_at.is_not(None),
    postgresql_where=_jobs.rendered_at.is_not(None),
)
# The last two columns are constants; with them SQLite adds up sizes without looking at the rows.
_kept_columns = (_jobs.fetched_at, _jobs.file_bytes, _jobs.state, _jobs.removed_at)
Index("jobs_kept", *_kept_columns, sqlite_where=IS_KEPT, postgresql_where=IS_KEPT)

# What a job that was not sent at once will send; gone as soon as it has been sent.
unsent_requests_table = Table(
    "unsent_requests", metadata, Column("job_id", Text, primary_key=True), Column("body", Text, nullable=False)
)

# What all replicas share: the keys that sign confirmations, hooks and links, each made once.
secrets_table = Table(
    "secrets", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False)
)

# Tokens that count once, such as a user's yes to one video.
used_tokens_table = Table(
    "used_tokens", metadata, Column("token", Text, primary_key=True), Column("used_at", Double, nullable=False)
)

# Calls that a client follows by an id of their own; `question` is what the user has still to answer.
tasks_table = Table(
    "tasks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("principal", Text, nullable=False),
    Column("tool", Text, nullable=False),
    Column("arguments", JSON, nullable=False),
    Column("video_id", Text, nullable=False),
    Column("is_duplicate", Boolean, nullable=False),
    Column("accepted", JSON, nullable=False),
    Column("question", JSON(none_as_null=True)),
    Column("result", JSON(none_as_null=True)),
    Column("cancelled_at", Double),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("revision", BigInteger, nullable=False),
)

# What was, or may have been, charged in a minute (Unix seconds by 60), for each principal and under no name for all of
# them: triggers of `jobs` keep it. Integers, so that what is taken out again leaves nothing behind.
spending_table = Table(
    "spending",
    metadata,
    Column("principal", Text, primary_key=True),
    Column("minute", BigInteger, primary_key=True, autoincrement=False),
    Column("videos", BigInteger, nullable=False),
    Column("milliseconds", BigInteger, nullable=False),
    Column("nano_usd", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# What `fetch_video` has joined, so that retention can remove it.
films_table = Table(
    "films",
    metadata,
    Column("principal", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("bytes", BigInteger, nullable=False),
    Column("used_at", Double, nullable=False),
)
Index("films_used", films_table.c.used_at)
