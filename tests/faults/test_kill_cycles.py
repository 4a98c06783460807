"""The real program is killed again and again, at every step of a create; nothing is paid twice and nothing is lost.

Two cycles in each run, a hundred each night (`--nightly`).
"""

from __future__ import annotations

import hashlib
import json
import random
import secrets
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import anyio
import pytest

from tests.faults.harness import PATIENCE_SECONDS
from tests.faults.processes import Server, a_server
from tests.ledger_places import LedgerPlace
from video_mcp.simulator import Fault, Simulator, SimulatorConfig, run_simulator

pytestmark = pytest.mark.anyio

CYCLES, NIGHTLY_CYCLES = 2, 100
BRISK = SimulatorConfig(render_seconds=0.2, max_side=64, poll_after_ms=50)

STEPS = ("called", "claimed", "posted", "recorded", "polled", "downloading", "named", "completed")
# The steps in which an answer could be lost come first, for the few cycles of each run.
ORDER = ("posted", "recorded", "claimed", "downloading", "called", "polled", "named", "completed")
ENDED = {"completed", "failed", "unknown"}


def test_every_step_has_its_turn() -> None:
    assert sorted(ORDER) == sorted(STEPS)


async def test_killed_at_any_step_nothing_is_paid_twice_or_lost(
    tmp_path: Path, pytestconfig: pytest.Config, record_property: Callable[[str, object], None]
) -> None:
    is_nightly = bool(pytestconfig.getoption("--nightly"))
    seed = secrets.randbelow(10**9) if is_nightly else 7
    record_property("seed", seed)
    chance = random.Random(seed)
    async with run_simulator(BRISK) as simulator:
        trial = Trial(tmp_path, simulator)
        for cycle in range(NIGHTLY_CYCLES if is_nightly else CYCLES):
            await trial.cycle(cycle, ORDER[cycle % len(ORDER)], chance.uniform(0.0, 0.03))
            trial.require_no_second_payment(f"seed {seed}, cycle {cycle}")
        await trial.require_every_video(f"seed {seed}")


class Trial:
    """One home and one gateway, over all cycles."""

    def __init__(self, folder: Path, simulator: Simulator) -> None:
        self._folder = folder
        self._simulator = simulator

    async def cycle(self, cycle: int, step: str, delay_seconds: float) -> None:
        """Repeat the call that was killed before, make the next one, and kill the program at a step of it."""
        self._simulator.faults.clear()
        self._simulator.faults.arm(
            Fault(on="create", kind="stall", seconds=0.05), Fault(on="link", kind="stall_body", seconds=0.1)
        )
        async with a_server(self._folder, self._simulator) as server:
            if cycle:
                await server.answer("create_video", request(cycle - 1))
            posts = self._posts
            await server.call("create_video", request(cycle))
            with anyio.fail_after(PATIENCE_SECONDS):
                while self._reached(cycle, posts) < STEPS.index(step):  # noqa: ASYNC110 - another process writes it
                    await anyio.sleep(0.002)
            await anyio.sleep(delay_seconds)
            await server.kill()
        if self._ledger.exists():
            LedgerPlace(path=self._ledger).end_leases()

    def require_no_second_payment(self, where: str) -> None:
        """Each call was paid once at most, and a paid one has its row."""
        paid = Counter(job.clip.prompt for job in self._simulator.jobs)
        rows = Counter(str(row["prompt"]) for row in self._rows())
        assert set(paid.values()) <= {1}, where
        assert set(rows.values()) <= {1}, where
        assert paid.keys() <= rows.keys(), where

    async def require_every_video(self, where: str) -> None:
        """Each paid video is in the library, or is told as unknown and found by the gateway's id."""
        self._simulator.faults.clear()
        async with a_server(self._folder, self._simulator) as server:
            await server.answer("get_video_status", {})
            with anyio.fail_after(PATIENCE_SECONDS):
                while any(row["state"] not in ENDED for row in self._rows()):  # noqa: ASYNC110 - the same
                    await anyio.sleep(0.05)
            by_prompt = {str(row["prompt"]): row for row in self._rows()}
            posts = self._posts
            for job in self._simulator.jobs:
                await self._require_found(server, job.id, by_prompt[job.clip.prompt], where)
        assert (self._posts, len(self._simulator.jobs)) == (posts, len({job.id for job in self._simulator.jobs}))
        self._require_whole_files(where)

    async def _require_found(self, server: Server, upstream_id: str, row: sqlite3.Row, where: str) -> None:
        if row["state"] == "unknown":
            told = await server.answer("get_video_status", {"video_id": row["id"]})
            assert (told["status"], told["charged"], row["upstream_id"]) == ("unknown", "unknown", None), where
            found = await server.answer("fetch_video", {"video_id": upstream_id})
            assert found["status"] == "completed", where
        else:
            assert (row["state"], row["upstream_id"]) == ("completed", upstream_id), where

    def _require_whole_files(self, where: str) -> None:
        completed = [json.loads(row["file"]) for row in self._rows() if row["state"] == "completed"]
        files = {path.name: path.read_bytes() for path in (self._folder / "videos").iterdir()}
        assert sorted(files) == sorted(facts["name"] for facts in completed), where
        for facts in completed:
            content = files[facts["name"]]
            assert (len(content), hashlib.sha256(content).hexdigest()) == (facts["bytes"], facts["sha256"]), where

    def _reached(self, cycle: int, posts: int) -> int:
        """Return the last step that a call has reached, as its number in `STEPS`."""
        row = next((row for row in self._rows() if row["prompt"] == prompt_of(cycle)), None)
        if row is None:
            return STEPS.index("called")
        if row["state"] in ENDED:
            return STEPS.index("completed")
        if row["upstream_id"] is None:
            return STEPS.index("posted" if self._posts > posts else "claimed")
        return STEPS.index(self._after_the_record(str(row["id"]), str(row["upstream_id"])))

    def _after_the_record(self, video_id: str, upstream_id: str) -> str:
        names = [path.name for path in (self._folder / "videos").glob(f"*{video_id.removeprefix('video_')[-6:]}*")]
        if any(name.endswith(".mp4") for name in names):
            return "named"
        if names:
            return "downloading"
        has_polled = self._simulator.requests.matching("GET", f"/v1/videos/{upstream_id}")
        return "polled" if has_polled else "recorded"

    def _rows(self) -> list[sqlite3.Row]:
        if not self._ledger.exists():
            return []
        with closing(sqlite3.connect(self._ledger, timeout=PATIENCE_SECONDS)) as connection:
            connection.row_factory = sqlite3.Row
            try:
                return connection.execute("SELECT * FROM jobs").fetchall()
            except sqlite3.OperationalError:
                return []  # the tables are not made yet

    @property
    def _ledger(self) -> Path:
        return self._folder / "home" / "ledger.sqlite3"

    @property
    def _posts(self) -> int:
        return len(self._simulator.requests.matching("POST", "/v1/videos"))


def prompt_of(cycle: int) -> str:
    return f"boat number {cycle}"


def request(cycle: int) -> dict[str, object]:
    return {"model": "kling-v2-6", "prompt": prompt_of(cycle), "seconds": 5, "wait_seconds": 0}
