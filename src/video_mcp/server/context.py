"""What a call needs: the settings, the catalogue, and the service, opened when it is first needed."""

from __future__ import annotations

import importlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, cast

import anyio
import anyio.to_thread
import mcp_types as types
from anyio.abc import TaskStatus

from video_mcp.errors import ConfigurationError, VideoMCPError
from video_mcp.families.catalog import Catalog, default_catalog
from video_mcp.jobs.store.peek import Contents, peek
from video_mcp.settings import Settings
from video_mcp.types import Principal

if TYPE_CHECKING:
    from video_mcp.jobs.files import LinkTo
    from video_mcp.jobs.job import Job
    from video_mcp.jobs.service import VideoService
    from video_mcp.jobs.telemetry import Telemetry

logger = logging.getLogger(__name__)

_HEAVY = "video_mcp.jobs.runtime"  # SQLAlchemy and its friends: 0.3 s that a client's start need not wait for
# Open jobs of earlier sessions go on without a call; a ledger that could not be opened is tried again by itself.
_REOPEN_AFTER_SECONDS = 30.0
# A command that leaves without waiting leaves its job to a server that runs.
_LOOK_AGAIN_SECONDS = 5.0
_FULL = Contents(has_jobs=True, has_open_jobs=True)

OnChange = Callable[["Job"], Awaitable[None]]


class Follow(Protocol):
    """What runs as long as the service is open, and says when it is ready for calls."""

    async def __call__(self, service: VideoService, /, *, task_status: TaskStatus[None]) -> None:
        """Run until cancelled."""
        ...


ToolResult = types.CallToolResult | types.InputRequiredResult


class _Opening:
    """One attempt to open the service: over when `ended` is set, with a service or with an error."""

    def __init__(self) -> None:
        self.requested = anyio.Event()
        self.ended = anyio.Event()
        self.service: VideoService | None = None
        self.error: Exception | None = None


class ServerContext:
    """The server's state for one process; `telemetry`, where there is one, hears of its work.

    `serves_files` says that the links to its files work: it is one over HTTP.
    """

    def __init__(self, settings: Settings, telemetry: Telemetry | None = None, *, serves_files: bool = False) -> None:
        self.settings = settings
        self._serves_files = serves_files
        self.telemetry = telemetry
        self.catalog: Catalog = default_catalog(settings.extra_models)
        self._opening = _Opening()
        self._has_jobs = True

    @property
    def is_idle(self) -> bool:
        """Whether no call has needed the service so far: there is no video to list."""
        return not self._has_jobs and not self._opening.requested.is_set() and self._opening.error is None

    @property
    def secret(self) -> bytes:
        """What signs an answer that a later call brings back, to whichever process; the open service knows it."""
        if self._opening.service is None:
            raise RuntimeError("the service is not open")
        return self._opening.service.secret

    @property
    def open_service(self) -> VideoService | None:
        """The service if it is open; None where nothing has needed it so far."""
        return self._opening.service

    def wait_seconds(self, given: float | None) -> float:
        """Return how long a call waits: as long as it says, or as the settings do."""
        return self.settings.wait_seconds if given is None else given

    async def service(self) -> VideoService:
        """Return the service, opening it when it is not open; after a failure the next call tries again.

        Raises:
            ConfigurationError: Settings cannot work.
            Exception: What kept it from opening.
        """
        if self.settings.invalid:
            raise ConfigurationError(self.settings.problems())
        opening = self._opening
        opening.requested.set()
        await opening.ended.wait()
        if opening.service is None:
            raise opening.error or RuntimeError("the service is closed")
        return opening.service

    def end_waits(self) -> None:
        """Let every call that waits answer what is known now, and those to come not wait: the process leaves."""
        if self._opening.service is not None:
            self._opening.service.end_waits()

    @property
    def has_live_catalog(self) -> bool:
        """Whether the server in use lists models itself, so that the catalogue changes while this runs."""
        from video_mcp.gateway.dialects import profile_of  # noqa: PLC0415 - most starts never list the models

        return not self.settings.problems() and profile_of(self.settings.dialect).paths.catalog is not None

    async def current_catalog(self) -> Catalog:
        """Return what can be requested of the server in use, with the models that it lists itself."""
        from video_mcp.gateway.dialects import catalog_through  # noqa: PLC0415 - most starts never list the models

        catalog = await (await self.service()).catalog() if self.has_live_catalog else self.catalog
        return catalog_through(catalog, self.settings.dialect)

    async def run(self, on_change: OnChange, follow: Follow) -> None:
        """Open the service whenever it is requested, and keep it open until cancelled."""
        while True:
            await self._opening.requested.wait()
            await self._keep_open(on_change, follow)
            with anyio.move_on_after(_REOPEN_AFTER_SECONDS):
                await self._opening.requested.wait()
            self._opening.requested.set()

    async def resume(self) -> None:
        """Open the service when the ledger has an open job, such as one of an earlier session or of another program.

        Looking takes the standard library alone: most starts find nothing to do and load nothing more.
        """
        while not self._opening.requested.is_set():
            await self.look()
            await anyio.sleep(_LOOK_AGAIN_SECONDS)

    async def look(self) -> None:
        """Look once whether there are jobs, and open the service when there is work."""
        path, settings = self.settings.ledger_path, self.settings
        if settings.invalid:
            self._has_jobs = False
            return
        contents = await anyio.to_thread.run_sync(peek, path) if path is not None else _FULL
        self._has_jobs = contents.has_jobs
        keeps_house = settings.keep_days is not None or settings.max_library_bytes is not None
        if contents.has_open_jobs or (contents.has_jobs and keeps_house):
            self._opening.requested.set()

    async def _keep_open(self, on_change: OnChange, follow: Follow) -> None:
        """Keep the service open until cancelled; return when it cannot be opened or has broken down."""
        opening = self._opening
        try:
            await anyio.to_thread.run_sync(importlib.import_module, _HEAVY)
            from video_mcp.jobs.runtime import Effects, open_service  # noqa: PLC0415 - see _HEAVY

            effects = Effects(serves_files=self._serves_files)
            effects = replace(effects, telemetry=self.telemetry) if self.telemetry is not None else effects
            async with open_service(self.settings, effects) as service, anyio.create_task_group() as tasks:
                service.changes.listen(on_change)
                await tasks.start(follow, service)
                opening.service = service
                opening.ended.set()
        except Exception as error:
            self._opening = _Opening()
            self._opening.error = opening.error = _cause(error)
            if opening.service is not None or not isinstance(opening.error, VideoMCPError):
                logger.exception("the service is not open; the next call opens it again")
            opening.service = None
            opening.ended.set()


class CallerContext(ServerContext):
    """The server's state as one principal sees it."""

    def __init__(self, server: ServerContext, principal: Principal, link_to: LinkTo | None = None) -> None:
        super().__init__(server.settings, server.telemetry)
        self._server = server
        self._principal = principal
        self._link_to = link_to

    @property
    def is_idle(self) -> bool:
        """Whether there is no video of anybody's to list."""
        return self._server.is_idle

    @property
    def secret(self) -> bytes:
        """What signs an answer that a later call brings back."""
        return self._server.secret

    @property
    def open_service(self) -> VideoService | None:
        """The service with this principal's videos alone, if it is open."""
        service = self._server.open_service
        return service.of(self._principal, self._link_to) if service is not None else None

    async def service(self) -> VideoService:
        """Return the service with this principal's videos alone."""
        return (await self._server.service()).of(self._principal, self._link_to)


def _cause(error: Exception) -> Exception:
    """Return the one error inside a task group's, so that callers see what happened and not where."""
    inside = cast("ExceptionGroup[Exception]", error).exceptions if isinstance(error, ExceptionGroup) else ()
    return _cause(inside[0]) if len(inside) == 1 else cast("Exception", error)


async def follow_nothing(_service: VideoService, *, task_status: TaskStatus[None]) -> None:
    """Leave what other processes do to them."""
    task_status.started()
    await anyio.sleep_forever()


@asynccontextmanager
async def open_context(
    settings: Settings,
    on_change: OnChange,
    *,
    follow: Follow = follow_nothing,
    telemetry: Telemetry | None = None,
    serves_files: bool = False,
) -> AsyncGenerator[ServerContext]:
    """Keep a context for the life of the server; `follow` runs whenever the service is open."""
    context = ServerContext(settings, telemetry, serves_files=serves_files)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(context.run, on_change, follow)
        await context.look()
        tasks.start_soon(context.resume)
        yield context
        tasks.cancel_scope.cancel()
