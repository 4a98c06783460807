"""The eighth shape: running sums of what was charged, so that a cap adds up minutes and not videos.

Triggers keep them: no write of a job can forget to, not even that of an older replica during an upgrade.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_COLUMNS = "principal, minute, videos, milliseconds, nano_usd"
_ADD = (
    "ON CONFLICT (principal, minute) DO UPDATE SET videos = spending.videos + excluded.videos,"
    " milliseconds = spending.milliseconds + excluded.milliseconds, nano_usd = spending.nano_usd + excluded.nano_usd"
)
_AMOUNTS = ("principal", "created_at", "seconds", "cost_usd")
_CHANGED = "AFTER UPDATE OF adopted, state, charged, " + ", ".join(_AMOUNTS) + " ON jobs"
# More than any video takes; with it no sum passes 64 bits, whatever a gateway says.
_MOST = "1000000.0"


def upgrade() -> None:
    """Make the table and the triggers, and add up the jobs that are there; writers of jobs wait meanwhile."""
    op.create_table(
        "spending",
        sa.Column("principal", sa.Text, primary_key=True),
        sa.Column("minute", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("videos", sa.BigInteger, nullable=False),
        sa.Column("milliseconds", sa.BigInteger, nullable=False),
        sa.Column("nano_usd", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in (*(_sqlite_triggers() if is_sqlite else _postgresql_triggers()), *_fill(is_sqlite=is_sqlite)):
        op.get_bind().exec_driver_sql(statement)


def _sqlite_triggers() -> tuple[str, ...]:
    added, subtracted = (_add_row(row, sign, is_sqlite=True) for row, sign in (("new", ""), ("old", "-")))
    change = f"{_CHANGED} WHEN {_is_changed('IS NOT')} BEGIN {subtracted}; {added}; END"
    return (
        f"CREATE TRIGGER spending_of_new AFTER INSERT ON jobs BEGIN {added}; END",
        f"CREATE TRIGGER spending_of_changed {change}",
        f"CREATE TRIGGER spending_of_deleted AFTER DELETE ON jobs BEGIN {subtracted}; END",
    )


def _postgresql_triggers() -> tuple[str, ...]:
    added, subtracted = (_add_row(row, sign, is_sqlite=False) for row, sign in (("new", ""), ("old", "-")))
    steps = f"IF TG_OP <> 'INSERT' THEN {subtracted}; END IF; IF TG_OP <> 'DELETE' THEN {added}; END IF; RETURN NULL;"
    change = f"{_CHANGED} FOR EACH ROW WHEN ({_is_changed('IS DISTINCT FROM')})"
    return (
        f"CREATE FUNCTION count_spending() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {steps} END $$",
        "CREATE TRIGGER spending_of_new AFTER INSERT OR DELETE ON jobs FOR EACH ROW EXECUTE FUNCTION count_spending()",
        f"CREATE TRIGGER spending_of_changed {change} EXECUTE FUNCTION count_spending()",
    )


def _is_changed(differs: str) -> str:
    amounts = (f"old.{name} {differs} new.{name}" for name in _AMOUNTS)
    return " OR ".join((f"({_is_counted('old.')}) {differs} ({_is_counted('new.')})", *amounts))


def _add_row(row: str, sign: str, *, is_sqlite: bool) -> str:
    """Return the statement that adds a row to its principal's sum of its minute, then to that of all."""
    milliseconds, nano_usd = (sign + amount for amount in _amounts(f"{row}.", is_sqlite=is_sqlite))
    return (
        f"INSERT INTO spending ({_COLUMNS})"
        f" SELECT one.name, {_minute(f'{row}.', is_sqlite=is_sqlite)}, {sign}1, {milliseconds}, {nano_usd}"
        f" FROM (SELECT {row}.principal AS name UNION ALL SELECT '') AS one WHERE {_is_counted(f'{row}.')} {_ADD}"
    )


def _fill(*, is_sqlite: bool) -> tuple[str, ...]:
    milliseconds, nano_usd = _amounts("", is_sqlite=is_sqlite)
    # PostgreSQL adds large integers up to a numeric.
    sums = ", ".join(f"CAST(sum({amount}) AS BIGINT)" for amount in (milliseconds, nano_usd))
    return tuple(
        f"INSERT INTO spending ({_COLUMNS}) SELECT {name}, {_minute('', is_sqlite=is_sqlite)}, count(*), {sums}"
        f" FROM jobs WHERE {_is_counted('')} GROUP BY 1, 2"
        for name in ("principal", "''")
    )


def _minute(row: str, *, is_sqlite: bool) -> str:
    minute = f"{row}created_at / 60"
    return f"CAST({minute} AS INTEGER)" if is_sqlite else f"CAST(floor({minute}) AS BIGINT)"


def _amounts(row: str, *, is_sqlite: bool) -> tuple[str, str]:
    least, greatest = ("min", "max") if is_sqlite else ("least", "greatest")

    def whole(column: str, parts: str) -> str:
        bounded = f"{least}({greatest}(coalesce({row}{column}, 0.0), 0.0), {_MOST})"
        return f"CAST(round({bounded} * {parts}) AS BIGINT)"

    return whole("seconds", "1000.0"), whole("cost_usd", "1000000000.0")


def _is_counted(row: str) -> str:
    """Return what tells that a job was, or may have been, charged: not refused for nothing, not found by looking."""
    return f"NOT ({row}adopted OR ({row}state = 'failed' AND coalesce({row}charged, '') = 'no'))"
