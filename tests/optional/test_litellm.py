"""LiteLLM's own proxy between video-mcp and the simulator: what it passes on arrives, and what it refuses is told.

Runs where `litellm[proxy]` is installed: beside these tests, or in the environment that `LITELLM` names.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast

import anyio
import pytest
from mcp import Client

from tests.cli.shell import a_shell
from tests.interaction.conftest import QUICK, a_house
from tests.media.samples import picture
from video_mcp.simulator import Simulator, run_simulator
from video_mcp.simulator.listener import bound_socket

pytestmark = pytest.mark.anyio

LITELLM = os.environ.get("LITELLM") or shutil.which("litellm")  # noqa: TID251 - no setting of the product
MODEL = "my-video-model"
_KEY = "sk-proxy-1234"
_START_SECONDS = 180.0


def config(simulator: Simulator) -> str:
    return f"""
model_list:
  - model_name: {MODEL}
    litellm_params:
      model: openai/sora-2
      api_base: {simulator.base_url}/v1
      api_key: {simulator.api_key}
general_settings:
  master_key: {_KEY}
"""


@asynccontextmanager
async def a_proxy(folder: Path, simulator: Simulator) -> AsyncGenerator[str]:
    """Run the proxy in front of a simulator and return its address."""
    if LITELLM is None:
        pytest.skip("litellm[proxy] is not installed; LITELLM can name the command")
    path = folder / "config.yaml"
    path.write_text(config(simulator))
    with bound_socket("127.0.0.1", 0) as found:
        port = found.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [LITELLM, "--config", str(path), "--port", str(port), "--host", "127.0.0.1"]
    log = folder / "litellm.log"
    with log.open("wb") as output:
        async with await anyio.open_process(command, stdout=output, stderr=output) as process:
            try:
                with anyio.fail_after(_START_SECONDS):
                    await listening(port)
                yield url
            finally:
                process.terminate()


async def listening(port: int) -> None:
    while True:
        try:
            async with await anyio.connect_tcp("127.0.0.1", port):
                return
        except OSError:
            await anyio.sleep(0.5)


async def test_the_doctor_recognizes_the_proxy(tmp_path: Path) -> None:
    async with run_simulator(replace(QUICK, server="litellm")) as upstream, a_proxy(tmp_path, upstream) as url:
        shell = a_shell(tmp_path).setting(base_url=url, api_key=_KEY)
        found = await shell.run("doctor", "--json")
    checks = cast("list[dict[str, str]]", found.answer["checks"])
    dialect = next(check for check in checks if check["name"] == "dialect")
    assert (dialect["verdict"], "VIDEO_MCP_DIALECT=openai" in dialect["remedy"]) == ("warning", True), dialect


async def created(client: Client, **arguments: object) -> Mapping[str, object]:
    known = {"model": MODEL, "prompt": "A fox.", "seconds": 4, "size": "1280x720", "wait_seconds": 45}
    result = await client.call_tool("create_video", {**known, **arguments})
    return cast("dict[str, object]", result.structured_content or {})


async def test_a_video_its_first_frame_and_a_refusal_pass_through_the_proxy(tmp_path: Path) -> None:
    content = picture()
    (tmp_path / "first.png").write_bytes(content)
    async with (
        run_simulator(replace(QUICK, server="litellm")) as upstream,
        a_proxy(tmp_path, upstream) as url,
        a_house(
            tmp_path, "auto", base_url=url, api_key=_KEY, dialect="openai", extra_models=[MODEL], input_dirs=[tmp_path]
        ) as house,
        house.connect() as client,
    ):
        made = await created(client, image=str(tmp_path / "first.png"))
        assert made["status"] == "completed", made
        unknown = await created(client, model="sora-2", prompt="A cat.", size="1280x720")
        assert (unknown["status"], unknown["charged"]) == ("failed", "no"), unknown
    (job,) = upstream.jobs
    understood = upstream.gateway.understood[job.id]
    assert [medium.source for medium in understood.media] == [f"sha256:{hashlib.sha256(content).hexdigest()}"]
    assert (understood.seconds, understood.size, understood.dropped) == (4.0, "1280x720", ())
