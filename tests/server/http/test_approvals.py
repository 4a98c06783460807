"""Replicas on one PostgreSQL: what a person approves at any machine that has the database's address is made once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from anyio import to_thread

from tests.cli.shell import Shell
from tests.cli.terminal import typed
from tests.server.http.serving import BOAT, QUICK, a_replica
from tests.server.http.test_principals import ALICE, BOB, a_team

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")]


async def test_a_decision_at_another_machine_counts_on_every_replica(tmp_path: Path, database_url: str) -> None:
    shared = {"database_url": database_url, "storage_url": f"file://{tmp_path / 'bucket'}", "confirm": "always"}
    async with (
        a_team(tmp_path, QUICK, **shared) as site,
        a_replica(site.settings, site.simulator) as other,
        site.connect(token=ALICE) as alice,
        other.connect(token=ALICE) as alice_elsewhere,
        other.connect(token=BOB) as bob,
    ):
        waiting: list[str] = []
        for client in (alice, bob):
            begun = await client.call_tool("create_video", BOAT)
            assert begun.structured_content is not None
            assert (begun.structured_content["status"], begun.structured_content["charged"]) == ("queued", "no")
            waiting.append(begun.structured_content["video_id"])
        variables = {
            "HOME": str(tmp_path / "elsewhere"),
            "VIDEO_MCP_HOME": str(tmp_path / "elsewhere"),
            "VIDEO_MCP_DATABASE_URL": database_url,
        }
        shell = Shell(folder=tmp_path, variables=variables)
        screen = await to_thread.run_sync(lambda: typed(shell, ["approve"], keys=b"y\nn\n"))
        assert screen.code == 0, screen.text
        assert "For token:alice" in screen.text
        made = await alice_elsewhere.call_tool("get_video_status", {"video_id": waiting[0], "wait_seconds": 600})
        assert made.structured_content is not None
        assert made.structured_content["status"] == "completed"
        refused = await bob.call_tool("get_video_status", {"video_id": waiting[1], "wait_seconds": 600})
        assert refused.structured_content is not None
        assert refused.structured_content["error"]["code"] == "declined"
        assert len(site.simulator.jobs) == 1
