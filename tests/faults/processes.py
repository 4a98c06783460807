"""The real command in a process of its own, to be killed where a test wants it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import anyio
from anyio.abc import Process, SocketAttribute, SocketStream
from anyio.streams.buffered import BufferedByteReceiveStream

from tests.interaction.test_stdio import environment, handshake
from tests.ledger_places import LedgerPlace
from video_mcp.simulator import Simulator


@dataclass(slots=True, kw_only=True)
class Server:
    """A running server and the pipes to it."""

    process: Process
    _lines: BufferedByteReceiveStream
    _calls: int = field(default=1)

    async def call(self, tool: str, arguments: Mapping[str, object]) -> int:
        """Send a tool call; returns its number."""
        self._calls += 1
        params = {"name": tool, "arguments": dict(arguments)}
        message = {"jsonrpc": "2.0", "id": self._calls, "method": "tools/call", "params": params}
        assert self.process.stdin is not None
        await self.process.stdin.send(f"{json.dumps(message)}\n".encode())
        return self._calls

    async def read(self, numbers: set[int]) -> list[dict[str, object]]:
        """Return the structured answers to some calls, in the order of their coming."""
        answers: list[dict[str, object]] = []
        with anyio.fail_after(300):
            while len(answers) < len(numbers):
                message = json.loads(await self._lines.receive_until(b"\n", 1_000_000))
                if message.get("id") in numbers:
                    answers.append(dict(message["result"]["structuredContent"]))
        return answers

    async def answer(self, tool: str, arguments: Mapping[str, object]) -> dict[str, object]:
        """Call a tool and return its structured answer."""
        return (await self.read({await self.call(tool, arguments)}))[0]

    async def kill(self) -> None:
        """End it at once, without a chance to tidy up: SIGKILL, or what Windows has for it."""
        self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def a_server(
    folder: Path, simulator: Simulator, base_url: str | None = None, *, place: LedgerPlace | None = None
) -> AsyncGenerator[Server]:
    """Run the real command on a home; it is killed at the end."""
    more = {"VIDEO_MCP_BASE_URL": base_url or simulator.base_url, "VIDEO_MCP_LOG_LEVEL": "ERROR"}
    env = environment(folder, simulator, **more, **(place.variables if place is not None else {}))
    command = [sys.executable, "-m", "video_mcp"]
    async with await anyio.open_process(command, env=env, stderr=subprocess.DEVNULL) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            await process.stdin.send(handshake().encode())
            yield Server(process=process, _lines=BufferedByteReceiveStream(process.stdout))
        finally:
            with suppress(ProcessLookupError):
                process.kill()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """A wire to the gateway that tells when a create has left, and when its answer has been read to the end."""

    base_url: str
    left: anyio.Event
    answered: anyio.Event


@asynccontextmanager
async def a_wire_to(simulator: Simulator, *, swallows_creates: bool = False) -> AsyncGenerator[Wire]:
    """Pass bytes on in both directions; a create that is swallowed has left, and nobody has seen it."""
    target, left, answered = int(simulator.base_url.rsplit(":", 1)[1]), anyio.Event(), anyio.Event()

    async def carry(client: SocketStream) -> None:
        async with client, await anyio.connect_tcp("127.0.0.1", target) as gateway, anyio.create_task_group() as tasks:
            first = await client.receive()
            is_create = first.startswith(b"POST")
            if is_create:
                left.set()
            if is_create and swallows_creates:
                await anyio.sleep_forever()
            await gateway.send(first)
            tasks.start_soon(pump, gateway, client)
            await pump(client, gateway)
            if is_create:  # the client closes a create's connection when it has its answer
                answered.set()
            tasks.cancel_scope.cancel()

    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, carry)
        port = listener.extra(SocketAttribute.local_port)
        yield Wire(base_url=f"http://127.0.0.1:{port}", left=left, answered=answered)
        tasks.cancel_scope.cancel()


async def pump(source: SocketStream, sink: SocketStream) -> None:
    with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
        async for chunk in source:
            await sink.send(chunk)
