"""Three real processes on one ledger, a gateway that misbehaves at every step, and one process that is killed."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import AsyncExitStack, closing
from pathlib import Path

import anyio
import pytest

from tests.faults.processes import Server, a_server
from tests.ledger_places import LedgerPlace
from video_mcp.simulator import Fault, SimulatorConfig, run_simulator

pytestmark = pytest.mark.anyio

QUICK = SimulatorConfig(render_seconds=0.5, max_side=64, poll_after_ms=100)
SHARED = "the same for all"

HOSTILITY = (
    Fault(on="create", kind="drop_answer", after=2),
    Fault(on="create", kind="rate_limit", after=3, retry_after="0"),
    Fault(on="create", kind="html_200", after=4),
    Fault(on="create", kind="overloaded", after=5),
    Fault(on="status", kind="html_502", times=3),
    Fault(on="status", kind="task_not_found", times=1),
    Fault(on="status", kind="broken_json", times=2),
    Fault(on="status", kind="reset_answer", times=2),
    Fault(on="status", kind="failed_in_500", after=12),
    Fault(on="link", kind="cut_body", times=3),
    Fault(on="link", kind="html_200", times=2),
    Fault(on="content", kind="ignore_range", times=2),
)


async def test_three_processes_at_a_hostile_gateway_pay_for_nothing_twice_and_lose_nothing(tmp_path: Path) -> None:
    async with run_simulator(QUICK) as simulator, AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(a_server(tmp_path, simulator)) for _ in range(3)]
        simulator.faults.arm(*HOSTILITY)
        async with anyio.create_task_group() as tasks:
            for number, server in enumerate(servers):
                tasks.start_soon(create_all, server, number)
        await servers[0].kill()
        LedgerPlace(path=tmp_path / "home" / "ledger.sqlite3").end_leases()
        rows = await all_ended(tmp_path)
        paid = Counter(str(job.prompt) for job in simulator.jobs)
        accepted = {job.id for job in simulator.jobs}
    by_prompt = {row["prompt"]: row for row in rows}
    assert len(by_prompt) == len(rows) == 10
    assert set(paid.values()) == {1}
    for row in rows:
        if row["state"] == "completed":
            assert row["upstream_id"] in accepted
            assert paid[row["prompt"]] == 1
    known = {row["upstream_id"] for row in rows}
    lost = [job_id for job_id in accepted if job_id not in known]
    unknown = [row for row in rows if row["state"] == "unknown"]
    assert len(lost) <= len(unknown)
    assert all(row["charged"] != "no" for row in rows if paid[row["prompt"]])


async def create_all(server: Server, number: int) -> None:
    prompts = [SHARED, *(f"boat {number} {index}" for index in range(3))]
    numbers = {
        await server.call("create_video", {"model": "kling-v2-6", "prompt": prompt, "seconds": 5, "wait_seconds": 0})
        for prompt in prompts
    }
    await server.read(numbers)


async def all_ended(folder: Path) -> list[sqlite3.Row]:
    with anyio.fail_after(300):
        while True:
            rows = read_rows(folder)
            if all(row["state"] in {"completed", "failed", "unknown"} for row in rows):
                return rows
            await anyio.sleep(0.2)


def read_rows(folder: Path) -> list[sqlite3.Row]:
    with closing(sqlite3.connect(folder / "home" / "ledger.sqlite3", timeout=120)) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute("SELECT prompt, state, upstream_id, charged FROM jobs").fetchall()
