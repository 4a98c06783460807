"""What a call needs: the settings, the catalogue, and the service, opened when first needed."""

from __future__ import annotations

import importlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from video_mcp.families.catalog import Catalog, default_catalog
from video_mcp.settings import Settings

if TYPE_CHECKING:
    from video_mcp.jobs.job import Job
    from video_mcp.jobs.service import VideoService

_HEAVY = "video_mcp.jobs.runtime"  # SQLAlchemy and its friends: 0.3 s that a client's start need not wait for


class Edge:
    """The server's state for one process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.catalog: Catalog = default_catalog(settings.extra_models)
        self._wanted = anyio.Event()
        self._ready = anyio.Event()
        self._service: VideoService | None = None
        self._failure: Exception | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nobody has needed the service so far: there is no video to tell of."""
        return not self._wanted.is_set()

    async def service(self) -> VideoService:
        """Return the service, opening it the first time.

        Raises:
            Exception: What kept it from opening, at every call.
        """
        self._wanted.set()
        await self._ready.wait()
        if self._service is None:
            raise self._failure or RuntimeError("the service is closed")
        return self._service

    async def keep(self, on_change: Callable[[Job], Awaitable[None]]) -> None:
        """Open the service once it is wanted, and keep it until cancelled."""
        await self._wanted.wait()
        try:
            await anyio.to_thread.run_sync(importlib.import_module, _HEAVY)
            from video_mcp.jobs.runtime import open_service  # noqa: PLC0415 - see _HEAVY

            async with open_service(self.settings) as service:
                service.changes.listen(on_change)
                self._service = service
                self._ready.set()
                await anyio.sleep_forever()
        except Exception as error:
            if self._service is not None:
                raise
            self._failure = error
            self._ready.set()
        finally:
            self._service = None

    async def resume(self) -> None:
        """Open the service at once when an earlier session left a ledger: its jobs go on."""
        path = self.settings.ledger_path
        if path is None or await anyio.Path(path).exists():
            self._wanted.set()


@asynccontextmanager
async def running_edge(settings: Settings, on_change: Callable[[Job], Awaitable[None]]) -> AsyncGenerator[Edge]:
    """Keep an edge for the life of the server."""
    edge = Edge(settings)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(edge.keep, on_change)
        await edge.resume()
        yield edge
        tasks.cancel_scope.cancel()
