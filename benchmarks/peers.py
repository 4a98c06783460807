"""Bytes of the tool definitions of other servers: `python -m benchmarks.peers`.

Each published package is installed into a folder of its own, started on stdio with a dummy key, and asked for its
tools. Nothing else is called.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import IO, Any, cast


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A published package, and the command that starts its server."""

    package: str
    command: tuple[str, ...]
    variables: tuple[str, ...] = ()
    npm: bool = False


PEERS = (
    Peer(package="hoobnn-minimax-mcp==0.3.0", command=("hoobnn-minimax-mcp",), variables=("MINIMAX_API_KEY",)),
    Peer(package="mostai-mcp==0.7.2", command=("mostai-mcp",), variables=("MOSTAI_API_KEY",)),
    Peer(package="mcp-seedance==2026.10.19.5", command=("mcp-seedance",), variables=("ACEDATACLOUD_API_TOKEN",)),
    Peer(
        package="minimax-mcp==0.0.19",
        command=("minimax-mcp",),
        variables=("MINIMAX_API_KEY", "MINIMAX_API_HOST", "MINIMAX_MCP_BASE_PATH"),
    ),
    Peer(
        package="@felores/kie-ai-mcp-server@5.0.0",
        command=("kie-ai-mcp-server",),
        variables=("KIE_AI_API_KEY",),
        npm=True,
    ),
)
_INSTALL_SECONDS = 600.0
_ANSWER_SECONDS = 120.0
_INITIALIZE: dict[str, object] = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "benchmark", "version": "1"},
}


def tool_bytes(command: Sequence[str], environment: dict[str, str]) -> tuple[int, int]:
    """Return how many tools a server on stdio lists, and their size as compact JSON."""
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        deadline = Timer(_ANSWER_SECONDS, server.kill)
        deadline.start()
        try:
            _request(server.stdin, server.stdout, 1, "initialize", _INITIALIZE)
            _send(server.stdin, {"jsonrpc": "2.0", "method": "notifications/initialized"})
            tools: list[Any] = _request(server.stdin, server.stdout, 2, "tools/list", {})["tools"]
        finally:
            deadline.cancel()
            server.kill()
    return len(tools), len(json.dumps(tools, ensure_ascii=False, separators=(",", ":")).encode())


def _request(
    stdin: IO[bytes], stdout: IO[bytes], number: int, method: str, params: dict[str, object]
) -> dict[str, Any]:
    _send(stdin, {"jsonrpc": "2.0", "id": number, "method": method, "params": params})
    for line in stdout:
        if line.startswith(b"{") and (message := json.loads(line)).get("id") == number:
            return cast("dict[str, Any]", message["result"])
    message = f"the server ended before it answered {method}"
    raise EOFError(message)


def _send(stdin: IO[bytes], message: dict[str, object]) -> None:
    stdin.write(json.dumps(message).encode() + b"\n")
    stdin.flush()


def _installed(peer: Peer, folder: Path) -> Path:
    """Install a package into a folder and return where its commands are."""
    if peer.npm:
        subprocess.run(
            ["npm", "install", "--prefix", folder, "--no-audit", "--no-fund", peer.package],
            check=True,
            timeout=_INSTALL_SECONDS,
        )
        return folder / "node_modules" / ".bin"
    venv.create(folder, with_pip=True)
    subprocess.run([folder / "bin" / "pip", "install", "-q", peer.package], check=True, timeout=_INSTALL_SECONDS)
    return folder / "bin"


def main() -> None:
    """Measure our own server and each peer, and print a line for each."""
    with tempfile.TemporaryDirectory() as temporary:
        path = os.pathsep.join(os.get_exec_path())
        usual = {"HOME": temporary, "PATH": path, "VIDEO_MCP_HOME": temporary}
        tools, size = tool_bytes([sys.executable, "-m", "video_mcp"], usual)
        sys.stdout.write(f"video-mcp: {tools} tools, {size} bytes\n")
        for number, peer in enumerate(PEERS):
            try:
                commands = _installed(peer, Path(temporary) / str(number))
                environment = {"HOME": temporary, "PATH": f"{commands}{os.pathsep}{path}"}
                environment |= dict.fromkeys(peer.variables, "dummy")
                tools, size = tool_bytes([str(commands / peer.command[0]), *peer.command[1:]], environment)
            except (OSError, subprocess.SubprocessError, EOFError, KeyError) as error:
                sys.stdout.write(f"{peer.package}: not run ({error})\n")
            else:
                sys.stdout.write(f"{peer.package}: {tools} tools, {size} bytes\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
