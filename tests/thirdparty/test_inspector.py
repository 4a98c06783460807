"""The protocol's Inspector lints the tools strictly, in both eras."""

from __future__ import annotations

import sys
from pathlib import Path

import anyio
import pytest

from tests.interaction.test_stdio import environment
from tests.thirdparty.conftest import Provide
from tests.thirdparty.packages import INSPECTOR

pytestmark = pytest.mark.anyio

LINT_SECONDS = 600


@pytest.mark.parametrize("era", ["legacy", "modern"])
async def test_the_strict_lint_finds_nothing(
    tmp_path: Path, provide: Provide, node_environment: dict[str, str], era: str
) -> None:
    inspector = provide(INSPECTOR).command("mcp-inspector")
    options = ["--protocol-era", era, "--connect-timeout", "300000", "--format", "json", "-q"]
    command = [inspector, "--cli", sys.executable, "-m", "video_mcp", *options, "--method", "tools/list", "--strict"]
    own = {**environment(tmp_path), **node_environment, "MCP_CATALOG_PATH": str(tmp_path / "catalog.json")}
    with anyio.fail_after(LINT_SECONDS):
        done = await anyio.run_process(command, check=False, env=own, cwd=tmp_path)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    assert done.stdout.count(b'"inputSchema"') == 4
    assert b"warning" not in done.stderr.lower()
