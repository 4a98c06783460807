"""Starting: CPU until `initialize` and `tools/list` are answered, and memory while idle, beside a bare SDK server.

Linux only.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import anyio

from benchmarks.ledger_sizes import fill_ledger
from benchmarks.samples import Samples, cpu_seconds, gathered

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "benchmark", "version": "1"},
    },
}
_LISTING = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
_INITIALIZED = {"jsonrpc": "2.0", "method": "notifications/initialized"}
BARE = """
import anyio
from mcp.server.mcpserver import MCPServer
server = MCPServer("bare")
@server.tool()
def add(a: int, b: int) -> int:
    return a + b
anyio.run(server.run_stdio_async)
"""
FLOOR = "bare SDK server"
_ROUNDS = 9
_IDLE_SECONDS = 1.0


def measure() -> dict[str, Samples]:
    """Return several starts: bare, with an empty home, and beside a ledger without an open job, in turn."""
    with tempfile.TemporaryDirectory() as folder:
        fresh, used = Path(folder) / "fresh", Path(folder) / "used"
        anyio.run(fill_ledger, used / "ledger.sqlite3", 1000)
        ours = [sys.executable, "-m", "video_mcp"]
        servers = {
            FLOOR: ([sys.executable, "-c", BARE], fresh),
            "video-mcp, fresh": (ours, fresh),
            "video-mcp, with a ledger": (ours, used),
        }
        rounds = [{name: _start(*server) for name, server in servers.items()} for _ in range(_ROUNDS)]
    return gathered(rounds)


def _start(command: list[str], home: Path) -> dict[str, float]:
    environment = {"PATH": os.defpath, "HOME": str(home.parent), "VIDEO_MCP_HOME": str(home)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        _ask(server.stdin, server.stdout, INITIALIZE)
        cpu = cpu_seconds(server.pid)
        _ask(server.stdin, server.stdout, _INITIALIZED, _LISTING)
        listed_cpu = cpu_seconds(server.pid)
        time.sleep(_IDLE_SECONDS)  # noqa: TID251 - no loop runs here; the server is left alone for a while
        memory = _resident_mb(server.pid)
        server.kill()
    return {"cpu_ms": 1000 * cpu, "cpu_ms_to_tools": 1000 * listed_cpu, "memory_mb": memory}


def _ask(requests: IO[bytes], answers: IO[bytes], *messages: Mapping[str, object]) -> None:
    """Send messages, and return when the last one is answered."""
    requests.write(b"".join(json.dumps(message).encode() + b"\n" for message in messages))
    requests.flush()
    while json.loads(answers.readline()).get("id") != messages[-1]["id"]:
        pass


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
