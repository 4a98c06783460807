"""The real process is killed at every step of a create, and started again.

Each step is reached for certain: the gateway stalls, a lock holds the ledger, or the parent sees the file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from tests.faults.harness import PATIENCE_SECONDS, REQUEST, Bench, a_bench
from tests.faults.processes import Server, a_server, a_wire_to
from video_mcp.simulator import Fault, SimulatorConfig
from video_mcp.simulator.answers import FileAnswer

pytestmark = pytest.mark.anyio

CREATE = {**REQUEST, "wait_seconds": 0}
# The gateway says when to ask again, so that no test waits for the product's calm pace.
BRISK = SimulatorConfig(render_seconds=10.0, max_side=64, poll_after_ms=50)


@pytest.fixture
async def brisk(tmp_path: Path, shared_database: str | None) -> AsyncGenerator[Bench]:
    async with a_bench(tmp_path, BRISK, database_url=shared_database) as bench:
        async with bench.place.open():
            pass  # an earlier session was here
        yield bench


@asynccontextmanager
async def restarted(bench: Bench) -> AsyncGenerator[Server]:
    """Start the server again, after a dead one's leases have run out."""
    bench.simulator.faults.clear()
    bench.place.end_leases()
    async with a_server(bench.folder, bench.simulator, place=bench.place) as server:
        yield server


def files_in(bench: Bench, suffix: str) -> list[Path]:
    return sorted((bench.folder / "videos").glob(f"*{suffix}"))


def has_state(bench: Bench, state: str) -> bool:
    return [row["state"] for row in bench.rows()] == [state]


def require_the_one_file(bench: Bench) -> None:
    """The library holds one file: the one that the ledger names, whole."""
    row = bench.rows()[0]
    facts = json.loads(str(row["file"]))
    assert (row["state"], row["upstream_id"]) == ("completed", bench.simulator.jobs[0].id)
    assert [path.name for path in (bench.folder / "videos").iterdir()] == [facts["name"]]
    content = files_in(bench, ".mp4")[0].read_bytes()
    assert (len(content), hashlib.sha256(content).hexdigest()) == (facts["bytes"], facts["sha256"])
    assert bench.posts == len(bench.simulator.jobs) == 1


async def require_unknown(bench: Bench, *, posts: int) -> None:
    """The job is told as unknown after the restart, and an equal call pays nothing."""
    async with restarted(bench) as server:
        await bench.until(lambda: has_state(bench, "unknown"))
        again = await server.answer("create_video", CREATE)
    assert (again["status"], again["charged"]) == ("unknown", "unknown")
    assert again["duplicate_of"] == bench.rows()[0]["id"]
    assert bench.posts == len(bench.simulator.jobs) == posts


async def require_completed(bench: Bench) -> None:
    """The job goes on by itself after the restart, to its one file."""
    async with restarted(bench):
        bench.advance()
        await bench.until(lambda: has_state(bench, "completed"))
    require_the_one_file(bench)


async def test_killed_before_the_row_nothing_has_happened(brisk: Bench) -> None:
    with brisk.place.locked():
        async with a_server(brisk.folder, brisk.simulator, place=brisk.place) as server:
            await server.call("create_video", CREATE)
            await server.answer("list_models", {"model": "kling-v2-6"})
            await server.kill()
    assert (brisk.rows(), brisk.posts) == ([], 0)
    async with restarted(brisk) as server:
        made = await server.answer("create_video", CREATE)
    assert (made["status"], brisk.posts, len(brisk.rows())) == ("queued", 1, 1)


async def test_killed_between_the_row_and_the_request_it_is_unknown(brisk: Bench) -> None:
    async with (
        a_wire_to(brisk.simulator, swallows_creates=True) as wire,
        a_server(brisk.folder, brisk.simulator, base_url=wire.base_url, place=brisk.place) as server,
    ):
        await server.call("create_video", CREATE)
        with anyio.fail_after(PATIENCE_SECONDS):
            await wire.left.wait()
        assert has_state(brisk, "submitting")
        await server.kill()
    await require_unknown(brisk, posts=0)


async def test_killed_while_the_request_is_under_way_it_is_unknown(brisk: Bench) -> None:
    brisk.simulator.faults.arm(Fault(on="create", kind="stall", seconds=60))
    async with a_server(brisk.folder, brisk.simulator, place=brisk.place) as server:
        await server.call("create_video", CREATE)
        await brisk.until(lambda: len(brisk.simulator.jobs) == 1)
        assert has_state(brisk, "submitting")
        await server.kill()
    await require_unknown(brisk, posts=1)


async def test_killed_between_the_answer_and_its_record_it_is_unknown(brisk: Bench) -> None:
    brisk.simulator.faults.arm(Fault(on="create", kind="stall", seconds=60))
    async with (
        a_wire_to(brisk.simulator) as wire,
        a_server(brisk.folder, brisk.simulator, base_url=wire.base_url, place=brisk.place) as server,
    ):
        await server.call("create_video", CREATE)
        await brisk.until(lambda: len(brisk.simulator.jobs) == 1)
        with brisk.place.locked():
            assert not wire.answered.is_set()
            brisk.simulator.faults.release()
            with anyio.fail_after(PATIENCE_SECONDS):
                await wire.answered.wait()
            await server.kill()
    assert has_state(brisk, "submitting")
    await require_unknown(brisk, posts=1)


async def test_killed_after_the_record_it_is_rendered_to_its_end(brisk: Bench) -> None:
    async with a_server(brisk.folder, brisk.simulator, place=brisk.place) as server:
        await server.call("create_video", CREATE)
        await brisk.until(lambda: has_state(brisk, "rendering"))
        await server.kill()
    await require_completed(brisk)


async def test_killed_while_polling_it_is_rendered_to_its_end(brisk: Bench) -> None:
    brisk.simulator.faults.arm(Fault(on="status", kind="stall", seconds=60))
    async with a_server(brisk.folder, brisk.simulator, place=brisk.place) as server:
        await server.call("create_video", CREATE)
        await brisk.until(lambda: brisk.polls == 1)
        await server.kill()
    await require_completed(brisk)


async def killed_in_the_download(bench: Bench) -> Path:
    """Kill the server when half of the video is here; returns that half."""
    bench.simulator.faults.arm(Fault(on="link", kind="stall_body", seconds=60))
    async with a_server(bench.folder, bench.simulator, place=bench.place) as server:
        await server.call("create_video", CREATE)
        await bench.until(lambda: has_state(bench, "rendering"))
        bench.advance()
        await bench.until(lambda: any(path.stat().st_size for path in files_in(bench, ".part")))
        await server.kill()
    assert files_in(bench, ".mp4") == []
    return files_in(bench, ".part")[0]


def ranges_asked(bench: Bench) -> list[str | None]:
    """Return the Range of every request for the video's bytes."""
    return [one.headers.get("range") for one in bench.simulator.requests if one.path.startswith("/media/")]


async def test_killed_in_the_middle_of_the_download_it_goes_on_where_it_stopped(brisk: Bench) -> None:
    part = await killed_in_the_download(brisk)
    have = part.stat().st_size
    await require_completed(brisk)
    assert ranges_asked(brisk) == [None, f"bytes={have}-"]


async def test_killed_between_the_last_byte_and_the_name_nothing_is_fetched_again(brisk: Bench) -> None:
    part = await killed_in_the_download(brisk)
    # Between two system calls nobody can kill for certain: what the disk holds then is made here.
    part.write_bytes(await whole_video(brisk))
    await require_completed(brisk)
    assert ranges_asked(brisk) == [None]


async def whole_video(bench: Bench) -> bytes:
    answer = await bench.simulator.gateway.content(bench.simulator.jobs[0].id)
    assert isinstance(answer, FileAnswer)
    return await anyio.Path(answer.path).read_bytes()


async def test_killed_between_the_name_and_its_record_the_file_is_found(brisk: Bench) -> None:
    brisk.simulator.faults.arm(Fault(on="link", kind="stall_body", seconds=60))
    async with a_server(brisk.folder, brisk.simulator, place=brisk.place) as server:
        await server.call("create_video", CREATE)
        await brisk.until(lambda: has_state(brisk, "rendering"))
        brisk.advance()
        await brisk.until(lambda: files_in(brisk, ".part") != [])
        with brisk.place.locked():
            brisk.simulator.faults.release()
            await brisk.until(lambda: any(path.stat().st_size for path in files_in(brisk, ".mp4")))
            await server.kill()
    assert has_state(brisk, "rendered")
    await require_completed(brisk)
    assert ranges_asked(brisk) == [None]


async def test_killed_when_all_is_done_the_file_is_verified_and_nothing_is_asked(brisk: Bench) -> None:
    async with a_server(brisk.folder, brisk.simulator, place=brisk.place) as server:
        await server.call("create_video", CREATE)
        await brisk.until(lambda: has_state(brisk, "rendering"))
        brisk.advance()
        await brisk.until(lambda: has_state(brisk, "completed"))
        await server.kill()
    asked = brisk.simulator.requests.matching("GET", "/v1/videos/")
    async with restarted(brisk) as server:
        fetched = await server.answer("fetch_video", {"video_id": brisk.rows()[0]["id"]})
        again = await server.answer("create_video", CREATE)
    assert (fetched["status"], again["duplicate_of"]) == ("completed", fetched["video_id"])
    assert brisk.simulator.requests.matching("GET", "/v1/videos/") == asked
    assert ranges_asked(brisk) == [None]
    require_the_one_file(brisk)
