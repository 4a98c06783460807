from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from tests.jobs.samples import STATES, job
from tests.jobs.test_migrations import FIRST_SHAPE
from video_mcp.jobs.store.ledger import open_ledger
from video_mcp.jobs.store.peek import Contents, peek

HEAVY = (
    *("sqlalchemy", "alembic", "av", "PIL", "rich", "typer", "openai"),
    *("psycopg", "obstore", "prometheus_client", "opentelemetry.sdk", "video_mcp.jobs.telemetry"),
    *("video_mcp.server.requests", "video_mcp.jobs.job", "video_mcp.gateway.dialects"),
)

LOADED = f"""
import sys
from video_mcp.families.catalog import default_catalog
from video_mcp.server.app import create_server
from video_mcp.server.app import serve
from video_mcp.server.tools import definitions
from video_mcp.settings import Settings
create_server(Settings())
definitions(default_catalog())
print(*[name for name in {HEAVY!r} if name in sys.modules])
"""


def test_a_server_that_lists_its_tools_has_loaded_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, timeout=600, check=True)
    assert done.stdout.strip() == ""


STARTED = f"""
import sys, anyio
from contextlib import nullcontext
from pathlib import Path
from mcp import Client
from video_mcp.server.app import create_server
from video_mcp.settings import Settings
async def main():
    for era in ("legacy", "auto"):
        async with Client(create_server(Settings(home=Path(sys.argv[1]))), mode=era) as client:
            async with client.listen(resources_list_changed=True) if era == "auto" else nullcontext():
                await client.list_tools()
                await anyio.sleep(0.5)
                with anyio.move_on_after(float(sys.argv[2])):
                    while "sqlalchemy" not in sys.modules:
                        await anyio.sleep(0.05)
    print(*[name for name in {HEAVY!r} if name in sys.modules])
anyio.run(main)
"""


def loaded_at_start(home: Path, *, within_seconds: float = 0) -> str:
    command = [sys.executable, "-c", STARTED, str(home), str(within_seconds)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout.strip()


def test_a_start_beside_a_ledger_without_an_open_job_loads_nothing_heavy_though_a_client_listens(
    tmp_path: Path,
) -> None:
    fill(tmp_path / "ledger.sqlite3", "completed")
    assert loaded_at_start(tmp_path) == ""


def test_a_start_beside_an_open_job_opens_the_service(tmp_path: Path) -> None:
    fill(tmp_path / "ledger.sqlite3", "queued")
    assert "sqlalchemy" in loaded_at_start(tmp_path, within_seconds=60)


def fill(path: Path, state: str) -> None:
    async def write() -> None:
        async with open_ledger(f"sqlite:///{path.as_posix()}", path) as ledger:
            await ledger.insert(job(STATES[state]), owner="a", lease_until=0.0)

    anyio.run(write)


@pytest.mark.parametrize("state", ["completed", "failed", "lost"])
def test_a_look_finds_ended_jobs(tmp_path: Path, state: str) -> None:
    fill(tmp_path / "ledger.sqlite3", state)
    assert peek(tmp_path / "ledger.sqlite3") == Contents(has_jobs=True, has_open_jobs=False)


def test_a_look_reads_the_first_shape_and_distrusts_what_it_cannot_read(tmp_path: Path) -> None:
    full = Contents(has_jobs=True, has_open_jobs=True)
    assert peek(FIRST_SHAPE) == full
    broken = tmp_path / "a ? and a % #.sqlite3"
    broken.write_bytes(b"no ledger" * 500)
    assert peek(broken) == full
    assert peek(tmp_path / "nothing") == Contents(has_jobs=False, has_open_jobs=False)
