"""Starting: CPU until `initialize` is answered, and memory two seconds later, beside a bare SDK server. Linux only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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
_ROUNDS = 5
_IDLE_SECONDS = 2.0


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
        server.stdin.write(json.dumps(INITIALIZE).encode() + b"\n")
        server.stdin.flush()
        server.stdout.readline()
        cpu = cpu_seconds(server.pid)
        time.sleep(_IDLE_SECONDS)  # noqa: TID251 - no loop runs here; the server is left alone for a while
        idle_cpu, memory = cpu_seconds(server.pid), _resident_mb(server.pid)
        server.kill()
    return {"cpu_ms": 1000 * cpu, "cpu_ms_after_idling": 1000 * idle_cpu, "memory_mb": memory}


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
