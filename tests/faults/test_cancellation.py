"""Whoever leaves in the middle of a write leaves the ledger whole, and a process that can end."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import anyio
import pytest

from tests.jobs.samples import STATES, job
from video_mcp.jobs.events import Polled, transition
from video_mcp.jobs.store.ledger import open_ledger

pytestmark = pytest.mark.anyio


async def test_a_write_that_is_left_midway_is_finished_and_leaves_no_task_behind(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    before = len(anyio.get_running_tasks())
    with anyio.fail_after(120):
        async with open_ledger(f"sqlite:///{path.as_posix()}", path) as ledger:
            await ledger.insert(job(STATES["queued"]), owner="a", lease_until=2000.0)
            polled = transition(await ledger.get("video_1"), Polled(phase="in_progress", progress=10), now=1001.0)
            async with anyio.create_task_group() as tasks:
                with closing(sqlite3.connect(path, isolation_level=None)) as other:
                    other.execute("BEGIN IMMEDIATE")
                    for write in (lambda: ledger.save(polled), lambda: ledger.release(owner="a")):
                        tasks.start_soon(write)
                    await anyio.wait_all_tasks_blocked()
                    tasks.cancel_scope.cancel()
                    other.execute("ROLLBACK")
            assert (await ledger.get("video_1")).status == "in_progress"
    assert len(anyio.get_running_tasks()) == before
