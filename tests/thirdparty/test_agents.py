"""Real agents run their loop offline: installed by our own command, with a language model that follows a script."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import anyio
import pytest

from tests.interaction.conftest import QUICK
from tests.thirdparty import packages
from tests.thirdparty.conftest import Provide
from tests.thirdparty.packages import Programs
from tests.thirdparty.results import Recorder
from tests.thirdparty.scripted_model import DONE, a_scripted_model
from video_mcp.simulator import Simulator, run_simulator

pytestmark = pytest.mark.anyio

AGENT_SECONDS = 1800
WORDS = "Make a video of a paper boat."
CHECKS = ("`install`", "lists the tools", "is refused with the reason", "makes a video", "its model sees the path")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """An agent, how it is started, and what it needs beside the entry that `install` writes."""

    name: str
    client: str
    programs: Programs
    command: tuple[str, ...]
    prepare: Callable[[Path, str], None]
    environment: Callable[[str], dict[str, str]]


def _nothing(home: Path, url: str) -> None:
    """Need nothing more."""


def _no_environment(url: str) -> dict[str, str]:
    """Take the address of the model from the configuration."""
    return {}


def _claude_environment(url: str) -> dict[str, str]:
    quiet = {"DISABLE_AUTOUPDATER": "1", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "MCP_TIMEOUT": "600000"}
    return {**quiet, "ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "x", "MCP_CONNECTION_NONBLOCKING": "0"}


def _codex_model(home: Path, url: str) -> None:
    config = home / ".codex" / "config.toml"
    own = config.read_text(encoding="utf-8").replace("startup_timeout_sec = 30", "startup_timeout_sec = 600")
    provider = f'[model_providers.scripted]\nname = "scripted"\nbase_url = "{url}/v1"\nwire_api = "responses"\n'
    config.write_text(f'model = "scripted"\nmodel_provider = "scripted"\n{own}\n{provider}', encoding="utf-8")


def _gemini_model(home: Path, url: str) -> None:
    path = home / ".gemini" / "settings.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    security = {"auth": {"selectedType": "gemini-api-key"}, "folderTrust": {"enabled": False}}
    path.write_text(json.dumps({**settings, "security": security}), encoding="utf-8")


def _gemini_environment(url: str) -> dict[str, str]:
    return {"GEMINI_API_KEY": "x", "GOOGLE_GEMINI_BASE_URL": url, "GEMINI_CLI_TRUST_WORKSPACE": "true"}


AGENTS = (
    Agent(
        name="claude-code",
        client="Claude Code",
        programs=packages.CLAUDE_CODE,
        command=("claude", "-p", WORDS, "--allowedTools", "mcp__video__create_video"),
        prepare=_nothing,
        environment=_claude_environment,
    ),
    Agent(
        name="codex",
        client="Codex",
        programs=packages.CODEX,
        command=("codex", "exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", WORDS),
        prepare=_codex_model,
        environment=_no_environment,
    ),
    Agent(
        name="gemini",
        client="Gemini CLI",
        programs=packages.GEMINI_CLI,
        command=("gemini", "--yolo", "--model", "gemini-2.5-flash", "--prompt", WORDS),
        prepare=_gemini_model,
        environment=_gemini_environment,
    ),
)


@pytest.mark.parametrize("agent", [pytest.param(agent, id=agent.name) for agent in AGENTS])
async def test_an_agent_makes_a_video_and_its_model_sees_the_file(
    tmp_path: Path, provide_nightly: Provide, node_environment: dict[str, str], recorder: Recorder, agent: Agent
) -> None:
    programs = provide_nightly(agent.programs)
    folder = tmp_path / "project"
    folder.mkdir()
    async with run_simulator(QUICK) as simulator:
        with a_scripted_model() as model:
            env = {**node_environment, "HOME": str(tmp_path), "VIDEO_MCP_API_KEY": simulator.api_key}
            await _install(agent, simulator, env)
            await anyio.to_thread.run_sync(agent.prepare, tmp_path, model.url)
            command = [programs.command(agent.command[0]), *agent.command[1:]]
            own = {**env, **agent.environment(model.url)}
            with anyio.fail_after(AGENT_SECONDS):
                done = await anyio.run_process(command, input=b"", check=False, env=own, cwd=folder)
        said = done.stdout.decode() + done.stderr.decode()[-4000:]
        assert DONE in said, said
        assert len(simulator.jobs) == 1, said
    (film,) = await anyio.to_thread.run_sync(_films, tmp_path)
    assert "3 to 15" in model.results["call_0"]
    assert str(film) in model.results["call_1"]
    recorder.add(agent.client, f"{programs.package} {programs.version()}", CHECKS)


def _films(folder: Path) -> list[Path]:
    return list(folder.rglob("*.mp4"))


async def _install(agent: Agent, simulator: Simulator, env: dict[str, str]) -> None:
    """Let our own command write the agent's configuration, as a user would."""
    gateway = ["--base-url", simulator.base_url, "--api-key", simulator.api_key]
    await anyio.run_process([sys.executable, "-m", "video_mcp", "install", agent.name, *gateway], env=env)
