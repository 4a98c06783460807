"""Settings and effects in, a running VideoService out. Tests use the same one."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup

from video_mcp.environment import network_variables
from video_mcp.errors import ConfigurationError
from video_mcp.families.prices.user_table import PriceTable, parse_prices
from video_mcp.gateway.network import open_network
from video_mcp.gateway.transport import open_clients
from video_mcp.jobs.accounts import follow_changes
from video_mcp.jobs.composition import Composition, Runtime
from video_mcp.jobs.effects import Effects
from video_mcp.jobs.home import prepare_home
from video_mcp.jobs.remote_changes import RemoteChanges
from video_mcp.jobs.service import VideoService
from video_mcp.jobs.store.clock import DatabaseClock
from video_mcp.jobs.store.ledger import Ledger, open_ledger
from video_mcp.settings import Settings


@asynccontextmanager
async def open_service(settings: Settings, effects: Effects | None = None) -> AsyncGenerator[VideoService]:
    """Run a service, its poller included, until the context ends.

    Open jobs of earlier sessions go on at once. Ending the context cancels no job: the next process, or this one
    after a restart, goes on with it.
    """
    async with open_runtime(settings, effects) as runtime:
        yield runtime.service


@asynccontextmanager
async def open_runtime(
    settings: Settings, effects: Effects | None = None, *, polling: bool = True
) -> AsyncGenerator[Runtime]:
    """Run a service as `open_service` does; without `polling`, open jobs are left to other processes."""
    effects = effects or Effects()
    prices = await _read_prices(settings.prices)
    if settings.ledger_path is not None:
        await anyio.to_thread.run_sync(prepare_home, settings.home)
    network = open_network(network_variables())
    async with (
        open_ledger(settings.ledger_url, settings.ledger_path) as opened,
        open_clients(
            timeout_seconds=settings.request_timeout_seconds, user_agent=effects.user_agent, network=network
        ) as clients,
        anyio.create_task_group() as tasks,
    ):
        ledger = effects.wrap_ledger(opened)
        composition = Composition(
            settings=settings,
            effects=await _with_shared_time(effects, ledger, tasks),
            secret=await ledger.shared.signing_key("confirmations"),
            prices=prices,
            ledger=ledger,
            clients=clients,
            network=network,
            tasks=tasks,
        )
        runtime = composition.runtime()
        tasks.start_soon(RemoteChanges(ledger=ledger, changes=runtime.changes, wake=runtime.poller.wake).run)
        await composition.start_retention()
        if settings.key_table is not None:
            tasks.start_soon(follow_changes, settings.key_table)
        if polling and not settings.missing():
            tasks.start_soon(runtime.poller.run)
        try:
            yield runtime
        finally:
            composition.sender.close()
            tasks.cancel_scope.cancel()


async def _with_shared_time(effects: Effects, ledger: Ledger, tasks: TaskGroup) -> Effects:
    """Return the effects with the time that all replicas of a shared database agree on, unless they bring their own."""
    if ledger.database.is_sqlite or effects.now is not time.time:
        return effects
    clock = DatabaseClock(ledger.database)
    await clock.compare()
    tasks.start_soon(clock.run)
    return replace(effects, now=clock.now)


async def _read_prices(path: Path | None) -> PriceTable:
    if path is None:
        return PriceTable()
    try:
        return parse_prices(await anyio.Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError([f"VIDEO_MCP_PRICES {path} cannot be read"]) from error
