"""The ledger's queries over a thousand to a million finished rows; a flat line is the target."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

from video_mcp.jobs.budget import DAY_SECONDS
from video_mcp.jobs.job import Completed, Job, VideoFile
from video_mcp.jobs.store.ledger import Ledger, open_ledger
from video_mcp.types import LOCAL_PRINCIPAL

_REPEATS = 15
_ROWS_A_DAY = 200
_NOW = 1_800_000_000.0
_FILE = VideoFile(
    name="boat.mp4", bytes=1000, sha256="ab" * 32, seconds=5.0, width=1280, height=720, fps=24.0, has_audio=True
)

_COPY = """
INSERT INTO jobs SELECT {columns} FROM jobs,
  (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows) SELECT i FROM n)
"""


async def measure(rows: int) -> dict[str, float]:
    """Return the median milliseconds of each query over so many rows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite3"
        async with open_ledger(f"sqlite:///{path.as_posix()}", path) as ledger:
            await _fill(ledger, rows)
            queries: dict[str, Callable[[], Awaitable[object]]] = {
                "list": lambda: ledger.newest(20, principal=LOCAL_PRINCIPAL),
                "duplicate check": lambda: ledger.equal(_job("x", fingerprint="1" * 64)),
                "sums of a day": lambda: ledger.spent(since=_NOW - DAY_SECONDS, principal=LOCAL_PRINCIPAL),
                "render times": lambda: ledger.render_times("kling-v2-6", 200),
                "give leases back": lambda: ledger.release(owner="nobody"),
            }
            return {name: await _milliseconds(query) for name, query in queries.items()}


async def fill_ledger(path: Path, rows: int) -> None:
    """Make a ledger of so many finished videos."""
    async with open_ledger(f"sqlite:///{path.as_posix()}", path) as ledger:
        await _fill(ledger, rows)


async def _milliseconds(query: Callable[[], Awaitable[object]]) -> float:
    times = list[float]()
    for _ in range(_REPEATS):
        started = time.perf_counter()
        await query()
        times.append(time.perf_counter() - started)
    return 1000 * median(times)


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
