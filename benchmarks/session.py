"""One session on stdio: round trips beside a bare SDK server's, a create until its POST leaves, one video's context."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import cast

import anyio
import httpx2

from benchmarks.clips import small_clip
from benchmarks.harness import Gateway, a_gateway
from benchmarks.start import BARE, INITIALIZE, cpu_seconds

_CALLS = 60
_CREATES = 8


class _Session:
    """A server on stdio, spoken to in lines of JSON."""

    def __init__(self, server: subprocess.Popen[bytes]) -> None:
        self._server = server
        self._number = 1

    def call(self, method: str, parameters: Mapping[str, object]) -> dict[str, object]:
        """Return the result of a request, past whatever notifications come before it."""
        self._number += 1
        self._send({"jsonrpc": "2.0", "id": self._number, "method": method, "params": parameters})
        return self._answer(self._number)["result"]

    def call_tool(self, name: str, **arguments: object) -> dict[str, object]:
        """Return the result of a tool."""
        return self.call("tools/call", {"name": name, "arguments": arguments})

    def begin(self) -> None:
        """Shake hands."""
        self._send(INITIALIZE)
        self._answer(1)
        self._send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def costs(self, method: str, parameters: Mapping[str, object]) -> dict[str, float]:
        """Return what a request costs, after a first one that loads what it needs."""
        self.call(method, parameters)
        cpu, times = cpu_seconds(self._server.pid), list[float]()
        for _ in range(_CALLS):
            begun = time.perf_counter()
            self.call(method, parameters)
            times.append(time.perf_counter() - begun)
        cpu = cpu_seconds(self._server.pid) - cpu
        return {"cpu_ms": 1000 * cpu / _CALLS, "median_ms": 1000 * median(times)}

    def _send(self, message: Mapping[str, object]) -> None:
        assert self._server.stdin is not None
        self._server.stdin.write(json.dumps(message).encode() + b"\n")
        self._server.stdin.flush()

    def _answer(self, number: int) -> dict[str, dict[str, object]]:
        assert self._server.stdout is not None
        while (message := json.loads(self._server.stdout.readline())).get("id") != number:
            pass
        return message


@contextmanager
def _session(command: list[str], home: Path, gateway: Gateway) -> Generator[_Session]:
    environment = {
        "PATH": os.defpath,
        "HOME": str(home),
        "VIDEO_MCP_HOME": str(home / "home"),
        "VIDEO_MCP_OUTPUT_DIR": str(home / "videos"),
        "VIDEO_MCP_BASE_URL": gateway.url,
        "VIDEO_MCP_API_KEY": "key",
    }
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as server:
        session = _Session(server)
        session.begin()
        try:
            yield session
        finally:
            server.kill()


def measure() -> dict[str, dict[str, float]]:
    """Return the costs of each kind of request: ours, and the bare server's."""
    with tempfile.TemporaryDirectory() as folder, a_gateway(small_clip(Path(folder))) as gateway:
        anyio.run(lambda: gateway.set(render_seconds=0.2, hint_ms=200))
        with _session([sys.executable, "-c", BARE], Path(folder), gateway) as bare:
            bare_list = bare.costs("tools/list", {})
            bare_call = bare.costs("tools/call", {"name": "add", "arguments": {"a": 1, "b": 2}})
        with _session([sys.executable, "-m", "video_mcp"], Path(folder), gateway) as ours:
            found = ours.call_tool("create_video", model="kling-v2-6", prompt="A paper boat", wait_seconds=60)
            video = cast("dict[str, object]", found["structuredContent"])
            assert video["status"] == "completed", video
            status = {"name": "get_video_status", "arguments": {"video_id": video["video_id"], "wait_seconds": 0}}
            return {
                "tools/list, bare": bare_list,
                "tools/list": ours.costs("tools/list", {}),
                "a tool, bare": bare_call,
                "get_video_status, finished": ours.costs("tools/call", status),
                "create": _create_to_post(ours, gateway),
                "bare POST": _bare_post(gateway),
                "context of one video": {"bytes": float(_context_bytes(found))},
            }


def _context_bytes(result: Mapping[str, object]) -> int:
    """Return what a model reads of a result: clients show the structure or the text, and never both."""
    content = cast("list[dict[str, object]]", result["content"])
    texts = sum(len(str(one.get("text", "")).encode()) for one in content)
    return max(texts, len(json.dumps(result["structuredContent"], separators=(",", ":")).encode()))


def _create_to_post(session: _Session, gateway: Gateway) -> dict[str, float]:
    """Return the milliseconds from tools/call to the POST's arrival."""
    times: list[float] = []
    for number in range(_CREATES):
        begun = time.time()
        session.call_tool("create_video", model="kling-v2-6", prompt=f"A paper boat {number}", wait_seconds=0)
        times.append(anyio.run(gateway.counts)["last_post_at"] - begun)
    return {"median_ms": 1000 * median(times)}


def _bare_post(gateway: Gateway) -> dict[str, float]:
    """Return the same for the HTTP client alone, on a connection of its own as a create travels."""

    async def post() -> list[float]:
        times: list[float] = []
        for number in range(_CREATES):
            async with httpx2.AsyncClient(verify=False) as client:
                begun = time.time()
                await client.post(f"{gateway.url}/v1/videos", json={"prompt": f"A bare boat {number}"})
            times.append((await gateway.counts())["last_post_at"] - begun)
        return times

    return {"median_ms": 1000 * median(anyio.run(post))}
