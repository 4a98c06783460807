"""Whatever happens, in whatever order: nothing is paid twice, nothing is lost, no half file has a whole file's name."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
import pytest
from anyio.abc import TaskStatus
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.faults.harness import GATEWAY, PATIENCE_SECONDS, Bench, Running, a_bench, leads
from tests.postgresql import new_database
from video_mcp.errors import GatewayError
from video_mcp.jobs.job import Job
from video_mcp.media.probe import probe
from video_mcp.simulator import Fault
from video_mcp.simulator.faults import FAULT_KINDS, FAULT_POINTS, FaultKind, FaultPoint

# A process may die when it has made the task that sends, and before that task has begun.
pytestmark = pytest.mark.filterwarnings("ignore:coroutine 'Sender.send' was never awaited:RuntimeWarning")

PROMPTS = ("a boat", "[fail] a storm")
HOUR = 3600.0
# What a status may be followed by; the unknown may become known.
AFTER: dict[str, set[str]] = {
    "queued": {"queued", "in_progress", "completed", "failed", "unknown"},
    "in_progress": {"in_progress", "completed", "failed", "unknown"},
    "unknown": {"queued", "in_progress", "completed", "failed", "unknown"},
    "completed": {"completed"},
    "failed": {"failed"},
}


def is_possible(on: FaultPoint, kind: FaultKind) -> bool:
    try:
        Fault(on=on, kind=kind)
    except ValueError:
        return False
    return True


PLACES = [(on, kind) for on in FAULT_POINTS for kind in FAULT_KINDS if on != "models" and is_possible(on, kind)]
PLACES.remove(("create", "no_place"))  # a job that waits unsent has tests of its own
# The job is made, and its answer never arrives.
LOSING: tuple[FaultKind, ...] = ("drop_answer", "reset_answer", "html_200", "broken_json", "no_id")
ON_CREATE = [kind for on, kind in PLACES if on == "create"]
prompts = st.sampled_from(PROMPTS)
picks = st.integers(0, 7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosted:
    """A service in a task of its own, and how to end it."""

    running: Running
    close: anyio.Event
    ended: Future[None]


class Life(RuleBasedStateMachine):
    """Two processes at most, one gateway, and everything that can befall them."""

    def __init__(self, database_url: str | None = None) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._portal: BlockingPortal = self._stack.enter_context(start_blocking_portal())
        folder = Path(self._stack.enter_context(TemporaryDirectory()))
        self._bench: Bench = self._stack.enter_context(
            self._portal.wrap_async_context_manager(a_bench(folder, GATEWAY, database_url=database_url))
        )
        self._hosted: list[Hosted] = []
        self._seen: dict[str, str] = {}
        self._whole: set[tuple[str, int]] = set()
        self._cut_off = 0

    @initialize()
    def begin(self) -> None:
        self.start()

    @precondition(lambda self: len(self._hosted) < 2)
    @rule()
    def start(self) -> None:
        close = self._portal.call(anyio.Event)
        ended, running = self._portal.start_task(self._host, close)
        self._hosted.append(Hosted(running=running, close=close, ended=ended))

    async def _host(self, close: anyio.Event, *, task_status: TaskStatus[Running]) -> None:
        async with self._bench.service() as running:
            task_status.started(running)
            await close.wait()

    @precondition(lambda self: self._hosted)
    @rule(pick=picks)
    def kill(self, pick: int) -> None:
        hosted = self._hosted.pop(pick % len(self._hosted))
        self._portal.call(self._kill, hosted.running)
        hosted.ended.result(timeout=PATIENCE_SECONDS)

    async def _kill(self, running: Running) -> None:
        await running.kill()
        self._cut_off += sum(row["state"] == "submitting" for row in self._bench.rows())

    @precondition(lambda self: self._hosted)
    @rule(pick=picks)
    def close(self, pick: int) -> None:
        hosted = self._hosted.pop(pick % len(self._hosted))
        self._portal.call(hosted.close.set)
        hosted.ended.result(timeout=PATIENCE_SECONDS)

    @precondition(lambda self: self._hosted)
    @rule(pick=picks, prompt=prompts, allow=st.sampled_from([False, False, True]), callers=st.integers(1, 3))
    def create(self, pick: int, prompt: str, allow: bool, callers: int) -> None:
        before = {str(row["id"]) for row in self._bench.rows()}
        self._portal.call(self._create, pick, prompt, allow, callers)
        made = [row for row in self._rows(prompt) if str(row["id"]) not in before]
        # One that was refused for nothing makes room for the next.
        assert len([row for row in made if self._counts(row)]) <= (callers if allow else 1)
        if made and not allow:
            others = [row for row in self._rows(prompt) if str(row["id"]) in before]
            assert not [row for row in others if self._counts(row)], "an equal video was paid again"

    async def _create(self, pick: int, prompt: str, allow: bool, callers: int) -> None:
        # An equal call waits for the answer to a dead process's request; here it leaves before that is given up.
        with anyio.move_on_after(0.7):
            await self._creates(pick, prompt, allow, callers)

    async def _creates(self, pick: int, prompt: str, allow: bool, callers: int) -> None:
        async with anyio.create_task_group() as calls:
            for number in range(callers):
                service = self._service(pick + number)
                calls.start_soon(lambda one=service: one.create(prompt=prompt, allow_duplicate=allow))

    @precondition(lambda self: self._hosted)
    @rule(pick=picks, prompt=prompts, moments=st.integers(0, 30))
    def create_and_leave(self, pick: int, prompt: str, moments: int) -> None:
        self._portal.call(self._create_and_leave, pick, prompt, moments)

    async def _create_and_leave(self, pick: int, prompt: str, moments: int) -> None:
        async with anyio.create_task_group() as calls:
            calls.start_soon(lambda: self._service(pick).create(prompt=prompt))
            for _ in range(moments):
                await anyio.lowlevel.checkpoint()
            calls.cancel_scope.cancel()

    @precondition(lambda self: self._hosted)
    @rule(pick=picks, prompt=prompts)
    def create_and_die(self, pick: int, prompt: str) -> None:
        hosted = self._hosted.pop(pick % len(self._hosted))
        self._bench.simulator.faults.arm(Fault(on="create", kind="stall", seconds=0.2))
        self._portal.call(self._create_and_die, hosted.running, prompt)
        hosted.ended.result(timeout=PATIENCE_SECONDS)

    async def _create_and_die(self, running: Running, prompt: str) -> None:
        posts, rows = self._bench.posts, len(self._bench.rows())
        running.tasks.start_soon(lambda: running.create(prompt=prompt))
        with anyio.move_on_after(0.3):
            await self._bench.until(lambda: self._bench.posts > posts or len(self._bench.rows()) > rows)
        await self._kill(running)

    @precondition(lambda self: self._hosted)
    @rule(pick=picks, fetch=st.booleans())
    def ask(self, pick: int, fetch: bool) -> None:
        rows = self._bench.rows()
        if rows:
            self._portal.call(self._ask, self._service(pick), str(rows[pick % len(rows)]["id"]), fetch)

    async def _ask(self, service: Running, video_id: str, fetch: bool) -> Job | None:
        try:
            return await (service.fetch if fetch else service.status)(video_id, wait_seconds=0.05)
        except GatewayError:
            return None

    @rule(place=st.sampled_from(PLACES), times=st.integers(1, 3))
    def arm(self, place: tuple[FaultPoint, FaultKind], times: int) -> None:
        on, kind = place
        seconds = 0.3 if kind == "stall" else 0.1
        self._bench.simulator.faults.arm(Fault(on=on, kind=kind, times=times, seconds=seconds))

    @precondition(lambda self: self._hosted)
    @rule(pick=picks, kind=st.sampled_from(ON_CREATE), prompt=prompts)
    def create_with_trouble(self, pick: int, kind: FaultKind, prompt: str) -> None:
        self._bench.simulator.faults.arm(Fault(on="create", kind=kind, seconds=0.3))
        self.create(pick, prompt, allow=False, callers=1)
        self.create(pick, prompt, allow=False, callers=1)

    @rule(seconds=st.sampled_from([1.0, 16.0, 120.0, 1.1 * HOUR, 25 * HOUR]))
    def pass_time(self, seconds: float) -> None:
        self._portal.call(self._pass_time, seconds)

    async def _pass_time(self, seconds: float) -> None:
        self._bench.advance(seconds)
        for _ in range(20):
            await anyio.sleep(0.01)
            if not leads():
                return

    @invariant()
    def nothing_is_paid_without_a_row(self) -> None:
        paid = Counter(job.clip.prompt for job in self._bench.simulator.jobs)
        rows = self._bench.rows()
        written = Counter(str(row["prompt"]) for row in rows if (row["state"], row["charged"]) != ("failed", "no"))
        assert all(paid[prompt] <= written[prompt] for prompt in PROMPTS)
        assert self._bench.posts <= len(rows) + self._happened("rate_limit", "rate_limit_empty", "no_place")

    @invariant()
    def no_paid_video_is_lost(self) -> None:
        rows, jobs = self._bench.rows(), self._bench.simulator.jobs
        known = {row["upstream_id"] for row in rows if row["upstream_id"] is not None}
        assert known <= {job.id for job in jobs}
        unknown = Counter(str(row["prompt"]) for row in rows if row["state"] in {"submitting", "unknown"})
        lost = Counter(job.clip.prompt for job in jobs if job.id not in known)
        assert all(lost[prompt] <= unknown[prompt] for prompt in PROMPTS)
        under_way = sum(row["state"] == "submitting" for row in rows)
        assert lost.total() <= self._happened(*LOSING) + self._cut_off + under_way

    @invariant()
    def no_status_goes_backwards_and_every_row_is_sound(self) -> None:
        for job in self._portal.call(self._jobs):
            assert job.status in AFTER[self._seen.get(job.id, "queued")], (self._seen[job.id], job)
            self._seen[job.id] = job.status

    async def _jobs(self) -> list[Job]:
        if not self._hosted:
            return []
        ledger = self._hosted[0].running.ledger
        return [await ledger.get(str(row["id"])) for row in self._bench.rows()]

    @invariant()
    def every_video_in_the_library_is_whole(self) -> None:
        files = {path.name: path for path in (self._bench.folder / "videos").glob("*.mp4")}
        for row in self._bench.rows():
            if row["state"] == "completed":
                facts = json.loads(str(row["file"]))
                content = files[facts["name"]].read_bytes()
                assert (len(content), hashlib.sha256(content).hexdigest()) == (facts["bytes"], facts["sha256"])
        for path in files.values():
            if (path.name, path.stat().st_size) not in self._whole:
                self._portal.call(probe, path)
                self._whole.add((path.name, path.stat().st_size))

    def teardown(self) -> None:
        try:
            if self._bench.rows() if self._bench.place.exists() else ():
                self._end_everything()
        finally:
            while self._hosted:
                self.close(0)
            self._stack.close()

    def _end_everything(self) -> None:
        """With all faults gone, every open job comes to its end."""
        self._bench.simulator.faults.clear()
        if not self._hosted:
            self.start()
        self._portal.call(self._bench.passing, lambda: all(row["state"] not in OPEN for row in self._bench.rows()))
        self.nothing_is_paid_without_a_row()
        self.no_paid_video_is_lost()
        self.no_status_goes_backwards_and_every_row_is_sound()
        self.every_video_in_the_library_is_whole()

    def _happened(self, *kinds: FaultKind) -> int:
        return sum(fault.on == "create" and fault.kind in kinds for fault in self._bench.simulator.faults.happened())

    def _service(self, pick: int) -> Running:
        return self._hosted[pick % len(self._hosted)].running

    def _rows(self, prompt: str) -> list[dict[str, object]]:
        return [row for row in self._bench.rows() if row["prompt"] == prompt]

    def _counts(self, row: dict[str, object]) -> bool:
        """Tell whether a row must keep an equal video from being paid."""
        if row["state"] in OPEN:
            return True
        age = self._bench.clock() - float(str(row["finished_at"]))
        return age < {"completed": HOUR, "unknown": 24 * HOUR}.get(str(row["state"]), 0.0)


OPEN = {"unsent", "submitting", "rendering", "rendered"}
Life.TestCase.settings = settings(max_examples=12, stateful_step_count=15, deadline=None)
TestLife = Life.TestCase


def test_the_same_on_postgresql(request: pytest.FixtureRequest, postgresql: str, ledger_template: str) -> None:
    if not request.config.getoption("--nightly"):
        pytest.skip("each night: the same lives again, on a database of their own each")

    class LifeOnPostgreSQL(Life):
        def __init__(self) -> None:
            super().__init__(new_database(postgresql, template=ledger_template))

    run_state_machine_as_test(LifeOnPostgreSQL, settings=Life.TestCase.settings)
