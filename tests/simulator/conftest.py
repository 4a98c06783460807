from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from .visits import Visit, visiting


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def visit() -> AsyncGenerator[Visit, None]:
    async with visiting() as started:
        yield started
