"""The command line as a whole: what it loads, and what a shell completes."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from video_mcp.cli.app import app
from video_mcp.cli.commands.simulate import usage
from video_mcp.cli.options import complete_model


def test_model_ids_complete() -> None:
    assert complete_model("SORA") == ["sora-2", "sora-2-pro"]


def test_a_shell_completes_commands_and_clients_and_models() -> None:
    def completed(*words: str) -> list[str]:
        asked = {"_VIDEO_MCP_COMPLETE": "complete_bash", "COMP_WORDS": " ".join(words)}
        env = {**asked, "COMP_CWORD": str(len(words) - 1)}
        return CliRunner().invoke(app, [], env=env, prog_name="video-mcp").stdout.split()

    assert completed("video-mcp", "st") == ["status"]
    assert completed("video-mcp", "install", "cl") == ["claude-desktop", "claude-code"]
    assert completed("video-mcp", "create", "x", "--model", "sora") == ["sora-2", "sora-2-pro"]


@pytest.mark.parametrize(("platform", "said"), [("win32", '$env:VIDEO_MCP_API_KEY = "k"'), ("linux", "export VIDEO")])
def test_the_simulator_says_how_to_use_it(platform: str, said: str) -> None:
    assert said in usage("http://127.0.0.1:1", "k", platform)


@pytest.mark.parametrize("variable", ["_VIDEO_MCP_COMPLETE", "_VIDEO_MCP_GATEWAY_COMPLETE"])
def test_a_completing_shell_gets_words_and_no_server(variable: str) -> None:
    command = "video-mcp-gateway" if "GATEWAY" in variable else "video-mcp"
    shell = {variable: "complete_bash", "COMP_WORDS": f"{command} mod", "COMP_CWORD": "1"}
    code = f"import sys; sys.argv = [{command!r}]; from video_mcp.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, env=shell, check=True
    )
    assert done.stdout.split() == ["models"]


def test_the_help_says_what_each_command_does_without_being_cut() -> None:
    shown = CliRunner().invoke(app, ["--help"])
    commands = shown.stdout.partition("Commands:")[2]
    assert "create " in commands
    assert "..." not in commands


def test_an_address_behind_http_is_not_taken_for_a_folder() -> None:
    refused = CliRunner().invoke(app, ["serve", "--http", "127.0.0.1:8080"])
    assert refused.exit_code == 2
    assert "--host and --port say where to listen" in refused.stderr
