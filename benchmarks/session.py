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
from types import MappingProxyType
from typing import cast

import anyio
import httpx2

from benchmarks.clips import small_clip
from benchmarks.harness import Gateway, a_gateway
from benchmarks.samples import Samples, cpu_seconds, gathered
from benchmarks.start import BARE, INITIALIZE

FLOORS = MappingProxyType({"tools/list": "tools/list, bare", "get_video_status, finished": "a tool, bare"})
"""What each request is compared with."""

_ROUNDS = 7
_CALLS = 20
_CREATES = 15


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
        """Return the CPU seconds of a request and the median of its round trips, of several in a row."""
        cpu, times = cpu_seconds(self._server.pid), list[float]()
        for _ in range(_CALLS):
            begun = time.perf_counter()
            self.call(method, parameters)
            times.append(time.perf_counter() - begun)
        return {"cpu": (cpu_seconds(self._server.pid) - cpu) / _CALLS, "wall": median(times)}

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


def measure() -> tuple[dict[str, Samples], float]:
    """Return the costs of each kind of request, ours and the bare server's in turn, and the bytes of one video."""
    with tempfile.TemporaryDirectory() as folder, a_gateway(small_clip(Path(folder))) as gateway:
        anyio.run(lambda: gateway.set(render_seconds=0.2, hint_ms=200))
        with (
            _session([sys.executable, "-c", BARE], Path(folder), gateway) as bare,
            _session([sys.executable, "-m", "video_mcp"], Path(folder), gateway) as ours,
        ):
            video, context_bytes = _one_video(ours)
            status = {"name": "get_video_status", "arguments": {"video_id": video, "wait_seconds": 0}}
            a_tool = {"name": "add", "arguments": {"a": 1, "b": 2}}
            requests = {
                "tools/list, bare": lambda: bare.costs("tools/list", {}),
                "tools/list": lambda: ours.costs("tools/list", {}),
                "a tool, bare": lambda: bare.costs("tools/call", a_tool),
                "get_video_status, finished": lambda: ours.costs("tools/call", status),
            }
            for costs in requests.values():
                costs()  # the first ones load what they need
            rounds = [{name: costs() for name, costs in requests.items()} for _ in range(_ROUNDS)]
            posts = _create_to_post(ours, gateway)
    return {**gathered(rounds), **posts}, context_bytes


def _one_video(session: _Session) -> tuple[str, float]:
    """Return the id of a video that was made, and what a model reads of it."""
    found = session.call_tool("create_video", model="kling-v2-6", prompt="A paper boat", wait_seconds=60)
    video = cast("dict[str, object]", found["structuredContent"])
    assert video["status"] == "completed", video
    return str(video["video_id"]), float(_context_bytes(found))


def _context_bytes(result: Mapping[str, object]) -> int:
    """Return what a model reads of a result: clients show the structure or the text, and never both."""
    content = cast("list[dict[str, object]]", result["content"])
    texts = sum(len(str(one.get("text", "")).encode()) for one in content)
    return max(texts, len(json.dumps(result["structuredContent"], separators=(",", ":")).encode()))


def _create_to_post(session: _Session, gateway: Gateway) -> dict[str, Samples]:
    """Return the seconds from tools/call to the POST's arrival, beside those of the HTTP client alone, in turn."""
    ours, bare = list[float](), list[float]()
    for number in range(_CREATES):
        bare.append(anyio.run(_bare_post, gateway, number))
        begun = time.time()
        session.call_tool("create_video", model="kling-v2-6", prompt=f"A paper boat {number}", wait_seconds=0)
        ours.append(anyio.run(gateway.counts)["last_post_at"] - begun)
    return {"create": {"wall": ours}, "bare POST": {"wall": bare}}


async def _bare_post(gateway: Gateway, number: int) -> float:
    """Post on a connection of its own, as a create travels."""
    async with httpx2.AsyncClient(verify=False) as client:
        begun = time.time()
        await client.post(f"{gateway.url}/v1/videos", json={"prompt": f"A bare boat {number}"})
    return (await gateway.counts())["last_post_at"] - begun
