"""The real command in a process of its own: what clients start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from tests.interaction.conftest import QUICK, Era, path_of
from video_mcp.server.answer_models import VideoJob
from video_mcp.simulator import Simulator, run_simulator

pytestmark = pytest.mark.anyio

REQUEST = {"model": "kling-v2-6", "prompt": "A paper boat", "seconds": 5}


def environment(folder: Path, simulator: Simulator | None = None, **more: str) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in ("PATH", "COVERAGE_PROCESS_START") if name in os.environ}  # noqa: TID251 - what a client hands on
    known = {
        "VIDEO_MCP_HOME": str(folder / "home"),
        "VIDEO_MCP_OUTPUT_DIR": str(folder / "videos"),
        "VIDEO_MCP_LOG_LEVEL": "DEBUG",
    }
    gateway = {"VIDEO_MCP_BASE_URL": simulator.base_url, "VIDEO_MCP_API_KEY": simulator.api_key} if simulator else {}
    return {**inherited, **known, **gateway, **more}


def command(env: Mapping[str, str], *arguments: str) -> StdioServerParameters:
    return StdioServerParameters(command=sys.executable, args=["-m", "video_mcp", *arguments], env=dict(env))


async def test_a_client_gets_a_finished_file_over_stdio(tmp_path: Path, era: Era) -> None:
    errlog = tmp_path / "stderr.txt"
    async with run_simulator(QUICK) as simulator:
        with errlog.open("w", encoding="utf-8") as stderr:
            parameters = command(environment(tmp_path, simulator))
            async with Client(stdio_client(parameters, errlog=stderr), mode=era) as client:
                with anyio.fail_after(120):
                    result = await client.call_tool("create_video", REQUEST)
        job = VideoJob.model_validate(result.structured_content)
        assert job.status == "completed"
        assert job.file is not None
        assert await anyio.Path(path_of(job)).exists()
        assert len(simulator.jobs) == 1
        log = errlog.read_text(encoding="utf-8")
        assert simulator.api_key not in log
        assert "?signature" not in log
        assert "/media/" not in log


async def test_the_simulator_inside_needs_no_settings(tmp_path: Path) -> None:
    parameters = command(environment(tmp_path), "serve", "--simulate")
    async with Client(stdio_client(parameters)) as client:
        with anyio.fail_after(300):
            result = await client.call_tool("create_video", {**REQUEST, "wait_seconds": 0})
            while (job := VideoJob.model_validate(result.structured_content)).status in {"queued", "in_progress"}:
                result = await client.call_tool("get_video_status", {"video_id": job.video_id, "wait_seconds": 40})
    assert (job.status, job.file is not None) == ("completed", True)


def handshake(*requests: Mapping[str, object]) -> str:
    start: list[Mapping[str, object]] = [
        {
            "id": 1,
            "method": "initialize",
            "params": {
                "protocolVersion": "2025-11-25",
                "capabilities": {},
                "clientInfo": {"name": "test", "version": "1"},
            },
        },
        {"method": "notifications/initialized"},
    ]
    return "".join(json.dumps({"jsonrpc": "2.0", **message}) + "\n" for message in (*start, *requests))


def test_stdout_carries_json_rpc_and_nothing_else(tmp_path: Path) -> None:
    messages = handshake(
        {"id": 2, "method": "tools/list"},
        {"id": 3, "method": "tools/call", "params": {"name": "create_video", "arguments": dict(REQUEST)}},
    )
    with subprocess.Popen(
        [sys.executable, "-m", "video_mcp"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(tmp_path),
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(messages)
        process.stdin.flush()
        answers = [json.loads(process.stdout.readline()) for _ in range(3)]
        process.stdin.close()
        rest = process.stdout.read()
        assert process.wait(timeout=120) == 0
    assert [answer["id"] for answer in sorted(answers, key=lambda answer: answer["id"])] == [1, 2, 3]
    assert all(answer["jsonrpc"] == "2.0" for answer in answers)
    assert rest == ""


def test_the_demo_ends_with_a_playable_file_and_its_facts(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "video_mcp", "demo", "--output", str(tmp_path), "--render-seconds", "0.5"],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    videos = list(tmp_path.glob("*.mp4"))
    assert done.returncode == 0, done.stderr
    assert len(videos) == 1
    assert str(videos[0]) in done.stdout.replace("\n", "")
    assert f"{videos[0].stat().st_size:,} bytes" in done.stdout
    assert "1920x1080" in done.stdout
    assert "exactly one" in done.stdout
