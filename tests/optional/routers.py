"""Routers of others, run over a stubbed engine by an interpreter that has them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import anyio

from tests.optional.test_litellm import listening
from video_mcp.simulator.listener import bound_socket
from video_mcp.types import JsonObject

_START_SECONDS = 180.0


@asynccontextmanager
async def a_router(python: str, script: str, folder: Path, video: Path) -> AsyncGenerator[str]:
    """Run a router and return its address."""
    with bound_socket("127.0.0.1", 0) as found:
        port = found.getsockname()[1]
    router = Path(__file__).with_name(script)
    command = [python, str(router), str(port), str(folder / "engine.log"), str(video)]
    with (folder / "router.log").open("wb") as output:
        async with await anyio.open_process(command, stdout=output, stderr=output, cwd=folder) as process:
            try:
                with anyio.fail_after(_START_SECONDS):
                    await listening(port)
                yield f"http://127.0.0.1:{port}"
            finally:
                process.terminate()


def reached(folder: Path) -> dict[str, Mapping[str, object]]:
    """Return what reached the engine, by prompt."""
    lines = (folder / "engine.log").read_text(encoding="utf-8").splitlines()
    return {str(line["prompt"]): cast("dict[str, object]", line) for line in map(json.loads, lines)}


def digest(content: bytes) -> str:
    """Return the digest of a file as the routers log it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def in_folder(arguments: JsonObject, folder: Path | str) -> JsonObject:
    """Return arguments with the names of files made whole: below a folder, or an address."""

    def whole(value: object) -> object:
        if isinstance(value, list):
            return [whole(item) for item in cast("list[object]", value)]
        is_file = isinstance(value, str) and value.endswith((".png", ".mp4"))
        return f"{folder}/{value}" if is_file else value

    return cast("JsonObject", {name: whole(value) for name, value in arguments.items()})
