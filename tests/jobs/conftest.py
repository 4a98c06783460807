"""A bench for each test of a room that needs a gateway."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.faults.harness import Bench, a_bench


@pytest.fixture
async def bench(tmp_path: Path, shared_database: str | None) -> AsyncGenerator[Bench]:
    async with a_bench(tmp_path, database_url=shared_database) as started:
        yield started
