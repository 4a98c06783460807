"""Every statement is served by an index: asked of the databases themselves, over a ledger that has grown."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from inspect import isfunction, unwrap
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Executable, case, event, func, insert, literal, select

from tests.jobs.samples import STATES, job
from video_mcp.jobs.job import Rendering, RenderingChange
from video_mcp.jobs.store import queries, writes
from video_mcp.jobs.store.ledger import Ledger, open_ledger
from video_mcp.jobs.store.rows import to_row
from video_mcp.jobs.store.tables import jobs_table, unsent_requests_table

pytestmark = pytest.mark.anyio

JOB = job(STATES["submitting"], fingerprint="same")
CHANGE = RenderingChange(state=Rendering(upstream_id="task_1"), warnings=(), updated_at=1000.0)

_FINISHED = 5000

STATEMENTS: dict[str, Executable] = {
    "by id": queries.by_id(),
    "revision": queries.revision(),
    "by ids": queries.by_ids(["video_1", "video_2"]),
    "by upstream id": queries.by_upstream_id("task_1"),
    "by external task id": queries.by_external_task_id(JOB, "order-7"),
    "beginning with": queries.beginning_with("video_1", "local", 2),
    "awaiting approval": queries.awaiting_approval(),
    "unsent request": queries.unsent_request("video_1"),
    "begin sending": writes.begin_sending(JOB, JOB, owner="me", lease_until=1015.0),
    "make places due": writes.make_places_due(now=1000.0),
    "drop sent requests": writes.drop_sent_requests(),
    "open jobs": queries.open_jobs("local"),
    "open count": queries.open_count("local"),
    "open by model": queries.open_by_model(),
    "newest": queries.newest("local", 20),
    "newest kept": queries.newest_kept("local", 20, before=(1000.0, "video_1")),
    "equal": queries.equal(JOB),
    "spent": queries.spent("local", since=1000.0),
    "spent by all": queries.spent_by_all(since=1000.0),
    "made": queries.made("local", "same"),
    "spent by model": queries.spent_by_model("local", since=1000.0),
    "rendered": queries.rendered("veo3", 200),
    "kept": queries.kept(100),
    "kept bytes": queries.kept_bytes(),
    "claim due": writes.claim_due(),
    "next moments": queries.next_moments(),
    "due at": queries.due_at("me", ["video_1", "video_2"]),
    "renew": writes.renew("me", ["video_1"], lease_until=1015.0),
    "poke": writes.poke("video_1", now=1000.0),
    "make due": writes.make_due(["video_1"], now=1000.0),
    "end steps": writes.end_steps(),
    "release": writes.release("me"),
    "save": writes.save(JOB, JOB),
    "save steps": writes.save_steps(),
    "save polls": writes.save_polls(),
    "revisions": queries.revisions(["video_1"]),
    "free leases": writes.free_leases(beyond=9000.0),
    "pull forward": writes.pull_forward(beyond=9000.0, now=1000.0),
}

PARAMETERS: dict[str, Mapping[str, object]] = {
    "claim due": writes.claim_row("me", "rendering", now=1000.0, due_by=1004.0, lease_until=1015.0, limit=8),
    "by id": {"job_id": "video_1"},
    "revision": {"job_id": "video_1"},
    "next moments": {"lease_now": 1000.0},
    "end steps": writes.end_row(JOB, writes.StepEnd(owner="me", due_at=1.0)),
    "save polls": writes.poll_row(JOB, CHANGE, writes.StepEnd(owner="me", due_at=1.0)),
    "save steps": writes.step_row(JOB, JOB, writes.StepEnd(owner="me", due_at=1.0)),
}

# Partial indexes that are read from their beginning: in order, and to a limit or over the few rows that they hold.
READS_A_SMALL_INDEX = {
    "drop sent requests": ("SCAN unsent_requests",),  # the few that wait
    "kept": ("SCAN jobs USING INDEX jobs_kept",),
    "kept bytes": ("SCAN jobs USING COVERING INDEX jobs_kept",),
    "open by model": ("SCAN jobs USING INDEX jobs_due",),
    "next moments": ("SCAN jobs USING INDEX jobs_leased", "SCAN CONSTANT ROW"),
    "spent": ("SCAN anon_1",),  # two sums: of the whole minutes, and of the first one
    "spent by all": ("SCAN anon_1",),
}


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncGenerator[Ledger]:
    path = tmp_path / "ledger.sqlite3"
    async with open_ledger(f"sqlite:///{path.as_posix()}", path) as opened:
        yield opened


def sent_for(connection: Connection, statement: Executable) -> tuple[str, Any]:
    """Return a statement and its parameters as they are sent."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, sql: str, parameters: object, *_rest: object) -> None:
        sent.append((sql, parameters))

    event.listen(connection, "before_cursor_execute", note)
    parameters = PARAMETERS.get(next((name for name, one in STATEMENTS.items() if one is statement), ""), {})
    connection.execute(statement, parameters)
    event.remove(connection, "before_cursor_execute", note)
    return sent[0]


def plan_of(connection: Connection, statement: Executable) -> str:
    """Return the steps that SQLite takes for a statement."""
    sql, parameters = sent_for(connection, statement)
    return "; ".join(str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters))


def postgresql_plan_of(connection: Connection, statement: Executable) -> list[str]:
    """Return PostgreSQL's own plan of a statement."""
    sql, parameters = sent_for(connection, statement)
    return [str(row[0]) for row in connection.exec_driver_sql(f"EXPLAIN {sql}", parameters)]


def fill_postgresql(connection: Connection) -> None:
    """Write a history of finished jobs, a few open ones among them, and let PostgreSQL count what is there."""
    row = {column.name: column for column in jobs_table.c}
    number = func.generate_series(1, _FINISHED).table_valued("value").render_derived()
    value = number.c.value
    sample = to_row(job(STATES["completed"], model="veo3", fingerprint="other"))
    varied = {
        "id": func.concat("old_", value),
        "principal": case((value % 50 == 0, "local"), else_=func.concat("user_", value % 50)),
        "upstream_id": func.concat("task_old_", value),
        "model": func.concat("model_", value % 40),
        "fingerprint": func.concat("print_", value),
        "created_at": value * -60.0,
        "rendered_at": value * -60.0 + 50.0,
        "finished_at": value * -60.0 + 55.0,
        "fetched_at": value * -60.0 + 55.0,
    }
    columns = {name: varied.get(name, literal(fact, row[name].type)) for name, fact in sample.items()}
    selected = select(*(one.label(name) for name, one in columns.items())).select_from(number)
    connection.execute(insert(jobs_table).from_select(list(columns), selected))
    for index in range(20):
        connection.execute(writes.add(job(STATES["rendering"], id=f"open_{index}"), owner="me", lease_until=9.0))
    bodies = select(func.concat("old_", value).label("job_id"), literal("{}").label("body")).select_from(number)
    connection.execute(insert(unsent_requests_table).from_select(["job_id", "body"], bodies))
    connection.exec_driver_sql("ANALYZE jobs")
    connection.exec_driver_sql("ANALYZE unsent_requests")


@pytest.mark.parametrize("name", STATEMENTS)
async def test_every_statement_is_served_by_an_index(ledger: Ledger, name: str) -> None:
    plan = await ledger.database.write(lambda connection: plan_of(connection, STATEMENTS[name]))
    steps = [step for step in plan.split("; ") if step.startswith(("SEARCH ", "SCAN "))]
    assert steps
    for step in steps:
        is_look_up = step.startswith(
            ("SEARCH jobs USING", "SEARCH spending USING", "SEARCH unsent_requests USING")
        ) or step in READS_A_SMALL_INDEX.get(name, ())
        assert is_look_up, plan


def test_every_statement_of_the_ledger_is_in_the_table() -> None:
    functions = {
        name
        for module in (queries, writes)
        for name, value in vars(module).items()
        if isfunction(unwrap(value)) and value.__module__ == module.__name__
    }
    # Inserts and locks look for nothing; what awaits an id is looked for so rarely that no index is kept for it.
    others = {"add", "step_row", "claim_row", "end_row", "poll_row", "keep_request", "advisory_lock", "awaiting_id"}
    public = {name for name in functions if not name.startswith("_")}
    assert public - others == {name.replace(" ", "_") for name in STATEMENTS}


async def test_every_statement_is_served_by_an_index_of_postgresql_too(database_url: str) -> None:
    async with open_ledger(database_url, None) as ledger:
        await ledger.database.write(fill_postgresql)
        for name, statement in STATEMENTS.items():
            plan = await ledger.database.write(
                lambda connection, statement=statement: postgresql_plan_of(connection, statement)
            )
            assert plan, name
            if name not in READS_A_SMALL_INDEX:
                assert not [step for step in plan if "Seq Scan" in step], (name, plan)
                # The index of the few open jobs may be read from end to end.
                assert any("Index Cond" in step or "jobs_due" in step for step in plan), (name, plan)


async def test_a_callers_own_name_is_found_among_the_named_jobs_of_theirs(ledger: Ledger) -> None:
    statement = queries.by_external_task_id(JOB, "order-7")
    plan = await ledger.database.write(lambda connection: plan_of(connection, statement))
    assert "INDEX jobs_named (principal=? AND external_task_id=?)" in plan


@pytest.mark.parametrize("statement", [queries.open_count("local"), queries.open_jobs("local")])
async def test_open_jobs_are_found_among_the_open_ones_and_not_among_all(ledger: Ledger, statement: Executable) -> None:
    assert "INDEX jobs_due" in await ledger.database.write(lambda connection: plan_of(connection, statement))
