"""The ledger's queries over a thousand to a million finished rows; a flat line is the target."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import MappingProxyType

from video_mcp.jobs.budget import DAY_SECONDS
from video_mcp.jobs.job import Completed, Job, VideoFile
from video_mcp.jobs.store.ledger import Ledger, open_ledger
from video_mcp.types import LOCAL_PRINCIPAL

_REPEATS = 25
_ROWS_A_DAY = 200
_NOW = 1_800_000_000.0
_FILE = VideoFile(
    name="boat.mp4", bytes=1000, sha256="ab" * 32, seconds=5.0, width=1280, height=720, fps=24.0, has_audio=True
)

_COPY = """
INSERT INTO jobs SELECT {columns} FROM jobs,
  (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows) SELECT i FROM n)
"""


_Query = Callable[[Ledger], Awaitable[object]]
_QUERIES: Mapping[str, _Query] = MappingProxyType(
    {
        "list": lambda ledger: ledger.newest(20, principal=LOCAL_PRINCIPAL),
        "duplicate check": lambda ledger: ledger.equal(_job("x", fingerprint="1" * 64)),
        "sums of a day": lambda ledger: ledger.spending.of(LOCAL_PRINCIPAL, since=_NOW - DAY_SECONDS),
        "render times": lambda ledger: ledger.render_times("kling-v2-6", 200),
        "give leases back": lambda ledger: ledger.release(owner="nobody"),
    }
)


async def measure(sizes: Sequence[int]) -> dict[str, list[list[float]]]:
    """Return for each query its seconds over so many rows, of several rounds through all sizes."""
    async with AsyncExitStack() as stack:
        ledgers = [await _ledger(stack, rows) for rows in sizes]
        found: dict[str, list[list[float]]] = {name: [[] for _ in sizes] for name in _QUERIES}
        for _ in range(_REPEATS):
            for name, query in _QUERIES.items():
                for times, ledger in zip(found[name], ledgers, strict=True):
                    times.append(await _seconds(query, ledger))
        return found


async def _ledger(stack: AsyncExitStack, rows: int) -> Ledger:
    path = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "ledger.sqlite3"
    ledger = await stack.enter_async_context(open_ledger(f"sqlite:///{path.as_posix()}", path))
    await _fill(ledger, rows)
    return ledger


async def fill_ledger(path: Path, rows: int) -> None:
    """Make a ledger of so many finished videos."""
    async with open_ledger(f"sqlite:///{path.as_posix()}", path) as ledger:
        await _fill(ledger, rows)


async def _seconds(query: _Query, ledger: Ledger) -> float:
    started = time.perf_counter()
    await query(ledger)
    return time.perf_counter() - started


def _job(video_id: str, *, fingerprint: str) -> Job:
    return Job(
        id=video_id,
        model="kling-v2-6",
        family="kling",
        mode="t2v",
        prompt="A paper boat",
        expected_seconds=180.0,
        created_at=_NOW,
        updated_at=_NOW,
        rendered_at=_NOW + 100,
        finished_at=_NOW + 110,
        fetched_at=_NOW + 110,
        fingerprint=fingerprint,
        state=Completed(upstream_id="task", file=_FILE),
    )


async def _fill(ledger: Ledger, rows: int) -> None:
    await ledger.insert(_job("first", fingerprint="f" * 64), owner="x", lease_until=0.0)
    apart = DAY_SECONDS / _ROWS_A_DAY
    changed = {
        "id": "'video_' || i",
        "upstream_id": "'task_' || i",
        "fingerprint": "printf('%064d', i)",
        **{name: f"{name} - {apart} * i" for name in ("created_at", "rendered_at", "finished_at", "fetched_at")},
    }

    def work(names: list[str]) -> str:
        return _COPY.format(columns=", ".join(changed.get(name, name) for name in names))

    await ledger.database.write(
        lambda connection: connection.exec_driver_sql(
            work([row[1] for row in connection.exec_driver_sql("PRAGMA table_info(jobs)")]), {"rows": rows}
        )
    )
