"""Starting and stopping."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import anyio
import httpx2
import pytest

from video_mcp.simulator import Fault, Simulator, run_simulator

from .visits import SMALL, creation

pytestmark = pytest.mark.anyio

QUICKLY_SECONDS = 30.0  # half of what the tests hold requests back for
LIMIT_SECONDS = 200.0


def client_of(simulator: Simulator) -> httpx2.AsyncClient:
    headers = {"Authorization": f"Bearer {simulator.api_key}"}
    return httpx2.AsyncClient(base_url=simulator.base_url, headers=headers, timeout=LIMIT_SECONDS)


async def reached(condition: Callable[[], bool]) -> None:
    with anyio.fail_after(LIMIT_SECONDS):
        while not condition():  # noqa: ASYNC110 - the simulator tells nobody that a request has come
            await anyio.sleep(0.001)


def names_in(folder: Path) -> list[str]:
    return [one.name for one in folder.iterdir()]


async def test_a_simulator_ends_quickly_and_quietly_while_a_client_still_waits(
    caplog: pytest.LogCaptureFixture,
) -> None:
    failures: list[type[Exception]] = []

    async def wait_for_an_answer(client: httpx2.AsyncClient) -> None:
        try:
            await client.post("/v1/videos", json=creation())
        except httpx2.TransportError as error:
            failures.append(type(error))

    async with AsyncExitStack() as clients, anyio.create_task_group() as tasks:
        async with run_simulator(SMALL) as simulator:
            simulator.faults.arm(Fault(on="create", kind="stall", seconds=60))
            client = await clients.enter_async_context(client_of(simulator))
            tasks.start_soon(wait_for_an_answer, client)
            await reached(lambda: len(simulator.jobs) == 1)
            started = anyio.current_time()
        assert anyio.current_time() - started < QUICKLY_SECONDS

    assert len(failures) == 1
    assert caplog.records == []


async def test_a_simulator_ends_quickly_and_quietly_while_it_encodes_a_long_clip(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with AsyncExitStack() as clients, anyio.create_task_group() as tasks:
        async with run_simulator(replace(SMALL, render_seconds=0, max_side=None)) as simulator:
            client = await clients.enter_async_context(client_of(simulator))
            answer = await client.post(
                "/v1/videos", json=creation(model="grok-imagine-1.0-video", seconds=30, resolution="1080p")
            )
            tasks.start_soon(failing_download, client, answer.json()["id"])
            await reached(lambda: len(simulator.requests.matching("GET", "/content")) == 1)
            await anyio.sleep(0.1)
            began = time.process_time()
        # The whole clip takes far more of a processor's time, however busy the machine is.
        assert time.process_time() - began < 2.0
    assert caplog.records == []


async def failing_download(client: httpx2.AsyncClient, video_id: str) -> None:
    with pytest.raises(httpx2.TransportError):
        await client.get(f"/v1/videos/{video_id}/content")


async def test_a_cancelled_simulator_frees_its_port_and_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    urls: list[str] = []
    with anyio.CancelScope() as scope:
        async with run_simulator(SMALL) as simulator:
            urls.append(simulator.base_url)
            assert names_in(tmp_path)
            scope.cancel()
            await anyio.sleep_forever()

    assert names_in(tmp_path) == []
    async with httpx2.AsyncClient(base_url=urls[0]) as client:
        with pytest.raises(httpx2.ConnectError):
            await client.get("/v1/models")


async def test_an_error_in_the_block_comes_out_as_it_is() -> None:
    with pytest.raises(LookupError):
        async with run_simulator(SMALL):
            raise LookupError


async def test_a_port_can_be_chosen_and_taken_again() -> None:
    async with run_simulator(SMALL) as first:
        port = int(first.base_url.rsplit(":", 1)[1])
    async with run_simulator(SMALL, port=port) as second:
        assert second.base_url == first.base_url


async def test_two_simulators_share_nothing() -> None:
    async with run_simulator(SMALL) as one, run_simulator(SMALL) as other, client_of(one) as client:
        await client.post("/v1/videos", json=creation())

        assert (len(one.jobs), len(other.jobs), len(other.requests)) == (1, 0, 0)


async def test_nothing_is_written_or_logged(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="uvicorn")
    async with run_simulator(replace(SMALL, render_seconds=0)) as simulator, client_of(simulator) as client:
        simulator.faults.arm(Fault(on="models", kind="drop_answer"), Fault(on="content", kind="cut_body"))
        with pytest.raises(httpx2.RemoteProtocolError):
            await client.get("/v1/models")
        video_id = (await client.post("/v1/videos", json=creation())).json()["id"]
        with pytest.raises(httpx2.RemoteProtocolError):
            await client.get(f"/v1/videos/{video_id}/content")
        await client.get(f"/v1/videos/{video_id}/content")

    assert capfd.readouterr() == ("", "")
    assert [one for one in caplog.records if one.name.startswith("uvicorn")] == []


def test_importing_the_simulator_loads_neither_ffmpeg_nor_pillow() -> None:
    program = "import sys, video_mcp.simulator; print([name for name in ('av', 'PIL') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
