"""Clients that others wrote make a video over stdio: each lists, makes, reads and is refused in its own way."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import anyio
import pytest

from tests.interaction.conftest import QUICK
from tests.interaction.test_stdio import environment
from tests.thirdparty import packages
from tests.thirdparty.conftest import Provide
from tests.thirdparty.packages import Programs
from tests.thirdparty.results import Recorder
from tests.thirdparty.scripted_model import ScriptedModel, a_scripted_model
from video_mcp.simulator import run_simulator

pytestmark = pytest.mark.anyio

SCRIPTS = Path(__file__).with_name("journeys")
JOURNEY_SECONDS = 1800
TOOLS = ["create_video", "get_video_status", "fetch_video", "list_models"]
CHECKS = ("lists the tools", "makes a video", "is refused with the reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """One client, the script that drives it, and what the page calls it."""

    client: str
    programs: Programs
    script: str
    arguments: tuple[str, ...] = ()
    reads_resources: bool = True

    @property
    def checks(self) -> tuple[str, ...]:
        return (*CHECKS, "reads the film and its poster") if self.reads_resources else CHECKS


JOURNEYS = (
    Journey(client="Python SDK 1, oldest", programs=packages.MCP_1_OLDEST, script="mcp_1.py"),
    Journey(client="Python SDK 1", programs=packages.MCP_1, script="mcp_1.py"),
    Journey(client="Python SDK 2, 2025 era", programs=packages.MCP_2, script="mcp_2.py", arguments=("legacy",)),
    Journey(client="Python SDK 2, 2026 era", programs=packages.MCP_2, script="mcp_2.py", arguments=("auto",)),
    Journey(client="TypeScript SDK 1, oldest", programs=packages.TYPESCRIPT_1_OLDEST, script="typescript_1.mjs"),
    Journey(client="TypeScript SDK 1", programs=packages.TYPESCRIPT_1, script="typescript_1.mjs"),
    Journey(client="TypeScript SDK 2, 2025 era", programs=packages.TYPESCRIPT_2, script="typescript_2.mjs"),
    Journey(
        client="TypeScript SDK 2, 2026 era",
        programs=packages.TYPESCRIPT_2,
        script="typescript_2.mjs",
        arguments=("auto",),
    ),
    Journey(client="fastmcp 2", programs=packages.FASTMCP_2, script="fastmcp_client.py"),
    Journey(client="fastmcp", programs=packages.FASTMCP, script="fastmcp_client.py"),
    Journey(client="LangChain", programs=packages.LANGCHAIN, script="langchain_tools.py"),
    Journey(client="OpenAI Agents", programs=packages.OPENAI_AGENTS, script="openai_agents.py", arguments=("plain",)),
    Journey(
        client="OpenAI Agents, strict schemas",
        programs=packages.OPENAI_AGENTS,
        script="openai_agents.py",
        arguments=("strict",),
    ),
    Journey(client="pydantic-ai", programs=packages.PYDANTIC_AI, script="pydantic_ai_agent.py", reads_resources=False),
    Journey(
        client="google-genai", programs=packages.GOOGLE_GENAI, script="google_genai_session.py", reads_resources=False
    ),
)


@pytest.fixture
def language_model() -> Iterator[ScriptedModel]:
    with a_scripted_model() as model:
        yield model


@pytest.mark.parametrize("journey", [pytest.param(journey, id=journey.client) for journey in JOURNEYS])
async def test_a_client_makes_a_video_and_gets_its_file(
    tmp_path: Path,
    provide_nightly: Provide,
    node_environment: dict[str, str],
    language_model: ScriptedModel,
    recorder: Recorder,
    journey: Journey,
) -> None:
    programs = provide_nightly(journey.programs)
    async with run_simulator(QUICK) as simulator:
        env = environment(tmp_path, simulator, VIDEO_MCP_WAIT_SECONDS="600", VIDEO_MCP_LOG_LEVEL="WARNING")
        server = {"command": sys.executable, "args": ["-m", "video_mcp"], "env": env}
        keys = {"GEMINI_API_KEY": "x", "GOOGLE_GEMINI_BASE_URL": language_model.url}
        own = {**node_environment, **keys, "JOURNEY_SERVER": json.dumps(server)}
        with anyio.fail_after(JOURNEY_SECONDS):
            command = [*await anyio.to_thread.run_sync(_command, journey, programs, tmp_path), *journey.arguments]
            done = await anyio.run_process(command, check=False, env=own, cwd=tmp_path)
        assert done.returncode == 0, done.stderr.decode()[-4000:]
        assert len(simulator.jobs) == 1
    seen = json.loads(done.stdout.decode().splitlines()[-1])
    told = "".join(language_model.results.values())
    assert set(seen["tools"]) == set(TOOLS)
    assert "3 to 15" in seen["refusal"] + told
    (film,) = (tmp_path / "videos").glob("*.mp4")
    assert str(film) in seen["answer"] + told
    if journey.reads_resources:
        assert seen["content_sha256"] == hashlib.sha256(film.read_bytes()).hexdigest()
        assert seen["poster_start"] == "ffd8"
    recorder.add(journey.client, f"{programs.package} {programs.version()}", journey.checks)


def _command(journey: Journey, programs: Programs, folder: Path) -> list[str]:
    """Return what runs a script; Node finds packages beside the script alone, so it is copied to them."""
    if programs.kind == "python":
        return [programs.python, str(SCRIPTS / journey.script)]
    for script in SCRIPTS.glob("*.mjs"):
        shutil.copy(script, folder)
    (folder / "node_modules").symlink_to(programs.folder / "node_modules", target_is_directory=True)
    return ["node", str(folder / journey.script)]
