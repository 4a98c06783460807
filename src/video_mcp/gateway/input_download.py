"""Media that a server would not fetch itself: their bytes, through the same guard as a video's."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import anyio
import anyio.to_thread

from video_mcp.gateway.download import Downloader
from video_mcp.gateway.part_file import PartFile


class FetchMedium(Protocol):
    """Bring the bytes behind a web address."""

    async def __call__(self, url: str) -> bytes:
        """Return them.

        Raises:
            GatewayError: They cannot be had, or the address may not be read.
            MediaError: They are more than are read here.
        """
        ...


class InputDownloader:
    """Brings a medium into memory by way of a file that is gone afterwards."""

    def __init__(self, downloader: Downloader, *, make_folder: Callable[[], TemporaryDirectory[str]]) -> None:
        self._downloader = downloader
        self._make_folder = make_folder

    async def __call__(self, url: str) -> bytes:
        """Return the bytes behind a web address."""
        async with AsyncExitStack() as stack:
            folder = await anyio.to_thread.run_sync(self._make_folder)
            stack.push_async_callback(anyio.to_thread.run_sync, folder.cleanup)
            path = Path(folder.name) / "medium.part"
            await self._downloader.fetch(url, PartFile(path))
            return await anyio.Path(path).read_bytes()
