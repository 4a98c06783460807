"""The service behind the server: opened when needed, and again after a failure."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from video_mcp.jobs.job import Job
from video_mcp.server.context import open_context
from video_mcp.settings import Settings

pytestmark = pytest.mark.anyio


async def ignore(_job: Job) -> None:
    """Hear of a job and do nothing."""


async def test_a_service_that_could_not_be_opened_opens_at_the_next_call(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", output_dir=tmp_path / "videos")
    in_the_way = settings.home / "ledger.sqlite3"
    in_the_way.mkdir(parents=True)
    async with open_context(settings, ignore) as context:
        with anyio.fail_after(60):
            for _attempt in range(2):
                with pytest.raises(Exception, match=r"VIDEO_MCP_HOME .* cannot be written"):
                    await context.service()
            in_the_way.rmdir()
            assert await (await context.service()).list(1) == []


async def test_every_caller_that_waits_hears_why_it_could_not_be_opened(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", output_dir=tmp_path / "videos")
    (settings.home / "ledger.sqlite3").mkdir(parents=True)
    failures: list[Exception] = []
    async with open_context(settings, ignore) as context:

        async def call() -> None:
            try:
                await context.service()
            except Exception as error:
                failures.append(error)

        with anyio.fail_after(60):
            async with anyio.create_task_group() as callers:
                for _caller in range(5):
                    callers.start_soon(call)
    assert len(failures) == 5


async def test_a_server_that_nobody_called_opens_no_ledger(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", output_dir=tmp_path / "videos")
    async with open_context(settings, ignore) as context:
        await anyio.wait_all_tasks_blocked()
        assert context.is_idle
    assert not settings.home.exists()
