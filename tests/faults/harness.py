"""Services in one process that share a home, a clock that is moved by hand, and a gateway that misbehaves.

Everything is real (HTTP, SQLite, files) but time. A service can be killed: from then on nothing of it reaches the disk.
"""

from __future__ import annotations

import asyncio  # noqa: TID251 - only its own cancellation passes a shield, as death does
import itertools
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, fields, replace
from functools import partial
from pathlib import Path

import anyio
import anyio.lowlevel
import anyio.to_thread
from pydantic import JsonValue

from tests.ledger_places import LedgerPlace
from tests.simulator.visits import ManualClock
from video_mcp.gateway.upstream import WireBody
from video_mcp.jobs.budget import Caps
from video_mcp.jobs.composition import Runtime
from video_mcp.jobs.effects import Effects
from video_mcp.jobs.job import Job
from video_mcp.jobs.progress import Progress
from video_mcp.jobs.request import CreateRequest
from video_mcp.jobs.runtime import open_runtime
from video_mcp.jobs.store.claims import BegunSubmission
from video_mcp.jobs.store.database import Database
from video_mcp.jobs.store.ledger import Ledger, TakenTurn
from video_mcp.jobs.store.turns import Turn
from video_mcp.jobs.store.writes import StepEnd
from video_mcp.jobs.submit import Submitted
from video_mcp.settings import Settings, load_settings
from video_mcp.simulator import Simulator, SimulatorConfig, run_simulator

RENDER_SECONDS = 10.0
LEASE_SECONDS = 15.0
NEXT_POLL_SECONDS = 16.0
"""Longer than any interval between polls, and than a lease."""

PATIENCE_SECONDS = 120.0
"""How long real time may take for what normally takes a moment: other programs may have the processors."""

# The gateway gives no hint, so that the product's own pace is what is tested.
GATEWAY = SimulatorConfig(render_seconds=RENDER_SECONDS, max_side=64, poll_after_ms=None)
REQUEST: dict[str, JsonValue] = {"model": "kling-v2-6", "prompt": "A paper boat", "seconds": 5}

_numbers = itertools.count(1)


class Killed(BaseException):
    """Ends whatever a killed service was doing; no `except Exception` keeps it alive."""


class MortalLedger(Ledger):
    """A ledger that its process can lose: once killed, nothing is written and nothing is given back.

    `after_claim` runs between a claim's commit and its return, `after_look` between reading the open jobs and their
    return: the operating system may stop a process there.
    """

    def __init__(
        self,
        database: Database,
        *,
        after_claim: Callable[[], Awaitable[None]],
        after_look: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__(database)
        self._after_claim = after_claim
        self._after_look = after_look
        self.is_dead = False
        self.looks = 0
        self.begun_by: set[object] = set()
        self._in_flight = 0

    async def claim(
        self,
        job: Job,
        body: WireBody,
        *,
        owner: str,
        lease_until: Callable[[], float],
        caps: Caps,
        allow_duplicate: bool,
    ) -> Job:
        self._require_life()
        claimed = await super().claim(
            job, body, owner=owner, lease_until=lease_until, caps=caps, allow_duplicate=allow_duplicate
        )
        await self._after_claim()
        return claimed

    async def begin(
        self, job: Job, *, owner: str, lease_until: Callable[[], float], caps: Caps, now: float
    ) -> BegunSubmission | None:
        with self._writing():
            begun = await super().begin(job, owner=owner, lease_until=lease_until, caps=caps, now=now)
            self.begun_by.add(asyncio.current_task())
            return begun

    async def save(self, job: Job, *, due_at: float | None = None) -> Job | None:
        with self._writing():
            return await super().save(job, due_at=due_at)

    async def save_step(self, job: Job, after: Job, end: StepEnd) -> Job | None:
        with self._writing():
            return await super().save_step(job, after, end)

    async def at_rest(self) -> None:
        """Return when nothing is being written."""
        with anyio.CancelScope(shield=True):
            while True:
                if not self._in_flight:
                    return
                await anyio.sleep(0.001)

    async def take_turn(self, turn: Turn) -> TakenTurn:
        with self._writing():
            self.looks += 1
            taken = await super().take_turn(turn)
        await self._after_look()
        return taken

    async def release(self, *, owner: str) -> None:
        self._require_life()
        await super().release(owner=owner)

    @contextmanager
    def _writing(self) -> Generator[None]:
        self._require_life()
        self._in_flight += 1
        try:
            yield
        finally:
            self._in_flight -= 1

    def _require_life(self) -> None:
        if self.is_dead:
            raise Killed


async def at_once(_seconds: float) -> None:
    """Pause for no time at all."""
    await anyio.lowlevel.checkpoint()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one service is told; by default nothing is capped, nobody is asked, and pauses take no time.

    `settings` are the user's own, by their names; `dollars` is the price of a video, `now` a wall clock of its own.
    """

    settings: Mapping[str, object] = field(default_factory=dict[str, object])
    dollars: float | None = None
    lease_seconds: float = LEASE_SECONDS
    sleep: Callable[[float], Awaitable[None]] = at_once
    after_claim: Callable[[], Awaitable[None]] = anyio.lowlevel.checkpoint
    after_look: Callable[[], Awaitable[None]] = anyio.lowlevel.checkpoint
    now: Callable[[], float] | None = None
    polling: bool = True
    serves_files: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Running(Runtime):
    """A service at work, whose ledger can be lost."""

    ledger: MortalLedger

    @property
    def name(self) -> str:
        """What the ledger and the gateway know this process by."""
        return self.poller.owner

    async def kill(self) -> None:
        """End it as SIGKILL would: nothing more is written, no lease is given back, connections break."""
        self.ledger.is_dead = True
        self.tasks.cancel_scope.cancel()
        await self.ledger.at_rest()
        for task in asyncio.all_tasks():
            if task in self._sending():
                task.cancel()  # death knows no shield

    def _sending(self) -> set[object]:
        created = {task for task in getattr(self.tasks, "_tasks", ()) if "Sender.send" in task.get_name()}
        return created | self.ledger.begun_by

    async def create(self, *, wait_seconds: float = 0.0, allow_duplicate: bool = False, **changes: JsonValue) -> Job:
        """Ask for a video and return its job."""
        return (await self.submit(changes, wait_seconds=wait_seconds, allow_duplicate=allow_duplicate)).job

    async def submit(
        self,
        changes: Mapping[str, JsonValue] | None = None,
        *,
        wait_seconds: float = 0.0,
        allow_duplicate: bool = False,
        token: str | None = None,
    ) -> Submitted:
        """Ask for a video as the tool does; return its job, and whether that is an earlier one."""
        with anyio.fail_after(PATIENCE_SECONDS):
            prepared = await self.service.prepare(CreateRequest(fields={**REQUEST, **(changes or {})}))
            submitted = await self.service.submit(prepared, allow_duplicate=allow_duplicate, confirmation_token=token)
            job = await self.service.wait(
                submitted.job.id, wait_seconds=wait_seconds, report=silent, until_accepted=True
            )
        return replace(submitted, job=job)

    async def status(self, video_id: str, *, wait_seconds: float = 0.0) -> Job:
        """Ask how a video is doing."""
        with anyio.fail_after(PATIENCE_SECONDS):
            return await self.service.wait(video_id, wait_seconds=wait_seconds, report=silent)

    async def fetch(self, video_id: str, *, wait_seconds: float = 0.0) -> Job:
        """Ask for a video's file."""
        with anyio.fail_after(PATIENCE_SECONDS):
            return await self.service.fetch(video_id, wait_seconds=wait_seconds, report=silent)

    async def until(self, video_id: str, is_so: Callable[[Job], bool]) -> Job:
        """Return a job as soon as it is so."""
        with anyio.fail_after(PATIENCE_SECONDS):
            with self.changes.watch(video_id) as watch:
                while not is_so(job := await self.ledger.get(video_id)):
                    await watch.next(at_most_seconds=0.02)
        return job

    async def ended(self, video_id: str) -> Job:
        return await self.until(video_id, lambda job: not job.is_open)


@dataclass(slots=True, kw_only=True)
class Bench:
    """A gateway, a home folder, and the services that work in it."""

    folder: Path
    place: LedgerPlace
    clock: ManualClock
    monotonic: ManualClock
    simulator: Simulator
    running: list[Running] = field(default_factory=list[Running])

    @property
    def posts(self) -> int:
        return len(self.simulator.requests.matching("POST", "/v1/videos"))

    @property
    def polls(self) -> int:
        gets = self.simulator.requests.matching("GET", "/v1/videos/")
        return len([one for one in gets if not one.path.endswith("/content")])

    def has_polled(self, times: int) -> bool:
        """Tell whether the gateway has been asked about videos so often."""
        return self.polls >= times

    def advance(self, seconds: float = NEXT_POLL_SECONDS) -> None:
        """Let time pass for the gateway and every service."""
        self.clock.advance(seconds)
        self.monotonic.advance(seconds)
        for running in self.running:
            running.poller.wake()

    def advance_at_rest(self) -> None:
        """Let time pass unless a job is being worked on: on a busy machine a step must not outlive its lease."""
        if not leads():
            self.advance()

    async def polled(self, times: int = 1) -> None:
        """Return when the gateway has been asked so many times more; time passes as needed."""
        wanted = self.polls + times
        await self.passing(lambda: self.polls >= wanted)

    async def passing(self, is_so: Callable[[], bool]) -> None:
        """Let time pass until something is so."""
        with anyio.fail_after(PATIENCE_SECONDS):
            while not is_so():
                self.advance_at_rest()
                await anyio.sleep(0.01)

    async def ended(self, running: Running, video_id: str) -> Job:
        """Let time pass until a job has ended."""
        with anyio.fail_after(PATIENCE_SECONDS):
            with running.changes.watch(video_id) as watch:
                while (job := await running.ledger.get(video_id)).is_open:
                    self.advance_at_rest()
                    await watch.next(at_most_seconds=0.01)
        return job

    async def looked(self, running: Running, *, times: int) -> None:
        """Return when a service has looked at the open jobs so many times more, without any time passing."""
        wanted = running.ledger.looks + times
        with anyio.fail_after(PATIENCE_SECONDS):
            while running.ledger.looks < wanted:
                running.poller.wake()
                await anyio.sleep(0.005)

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Return when something is so, without any time passing."""
        with anyio.fail_after(PATIENCE_SECONDS):
            while True:
                if is_so():
                    return
                await anyio.sleep(0.005)

    def rows(self) -> list[dict[str, object]]:
        """Return the ledger's rows as any tool of the database sees them."""
        return self.place.rows()

    async def tamper(self, statement: str, *values: object) -> None:
        """Change the ledger behind everybody's back; on a thread, because a service here may be in mid-write."""
        await anyio.to_thread.run_sync(self.place.change, statement, *values)

    @asynccontextmanager
    async def service(self, plan: Plan | None = None) -> AsyncGenerator[Running]:
        """Run one more service on this home; killing it ends the block."""
        async with _running(self, plan or Plan()) as running:
            self.running.append(running)
            try:
                yield running
            finally:
                self.running.remove(running)


@asynccontextmanager
async def a_bench(
    folder: Path, config: SimulatorConfig = GATEWAY, *, database_url: str | None = None
) -> AsyncGenerator[Bench]:
    clock, place = ManualClock(), LedgerPlace(path=folder / "home" / "ledger.sqlite3", url=database_url)
    config = replace(config, clip_folder=folder.parent / "clips")
    async with run_simulator(config, clock=clock) as simulator:
        yield Bench(folder=folder, place=place, clock=clock, monotonic=ManualClock(now=1000.0), simulator=simulator)


def leads() -> list[str]:
    """Return the tasks in which a job is being led, in whichever service."""
    return [str(task.name) for task in anyio.get_running_tasks() if "Poller._run_step" in str(task.name)]


async def silent(_progress: Progress) -> None:
    """Hear of progress and say nothing."""


@contextmanager
def _death_is_silent() -> Generator[None]:
    try:
        yield
    except* Killed:
        pass


@asynccontextmanager
async def _running(bench: Bench, plan: Plan) -> AsyncGenerator[Running]:
    """Run the product itself, with time and chance by hand and a ledger that can be lost."""
    name = f"process-{next(_numbers)}"
    effects = Effects(
        now=plan.now or bench.clock,
        monotonic=bench.monotonic,
        sleep=plan.sleep,
        jitter=_middle,
        new_id=_new_id,
        owner=name,
        user_agent=name,
        lease_seconds=plan.lease_seconds,
        serves_files=plan.serves_files,
        wrap_ledger=partial(_mortal, plan),
    )
    settings = await _settings(bench, plan)
    with _death_is_silent():
        async with open_runtime(settings, effects, polling=plan.polling) as runtime:
            assert isinstance(runtime.ledger, MortalLedger)
            parts = {part.name: getattr(runtime, part.name) for part in fields(runtime)}
            yield Running(**parts)


async def _settings(bench: Bench, plan: Plan) -> Settings:
    known: dict[str, object] = {
        "base_url": bench.simulator.base_url,
        "api_key": bench.simulator.api_key,
        "home": bench.place.path.parent,
        "output_dir": bench.folder / "videos",
        "input_dirs": (bench.folder,),
        "request_timeout_seconds": 60.0,
        **bench.place.settings,
    }
    if plan.dollars is not None:
        prices = anyio.Path(bench.folder / "prices.toml")
        await prices.write_text(f'[models."kling-v2-6"]\nper_video = {plan.dollars}\n')
        known["prices"] = bench.folder / "prices.toml"
    return load_settings(**{**known, **plan.settings})


def _mortal(plan: Plan, ledger: Ledger) -> MortalLedger:
    return MortalLedger(ledger.database, after_claim=plan.after_claim, after_look=plan.after_look)


def _middle() -> float:
    return 0.5


def _new_id() -> str:
    return f"video_{next(_numbers)}"
