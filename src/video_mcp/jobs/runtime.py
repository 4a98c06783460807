"""Puts the rooms together: settings in, a running VideoService out."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio

from video_mcp import version
from video_mcp.errors import ConfigurationError
from video_mcp.families.catalog import default_catalog
from video_mcp.families.prices.user_table import PriceTable, parse_prices
from video_mcp.gateway.addresses import AddressGuard
from video_mcp.gateway.client import Cached, GatewayClient
from video_mcp.gateway.dialects import addresses_to_fetch, profile_of
from video_mcp.gateway.download import Downloader
from video_mcp.gateway.input_download import InputDownloader
from video_mcp.gateway.transport import HTTPClients, open_clients, open_network
from video_mcp.jobs.budget import Caps
from video_mcp.jobs.changes import Changes
from video_mcp.jobs.delivery import Delivery
from video_mcp.jobs.inputs import MediaResolver, ServerFetches
from video_mcp.jobs.poller import Poller, PollerConfig
from video_mcp.jobs.pricing import Pricing
from video_mcp.jobs.retention import Housekeeping, KeepLimits
from video_mcp.jobs.service import Policy, Rooms, VideoService
from video_mcp.jobs.store.ledger import open_ledger
from video_mcp.jobs.submit import ConfirmPolicy, Submissions
from video_mcp.jobs.wait import Waiting
from video_mcp.media.inputs import MAX_INPUT_BYTES, InputReader
from video_mcp.media.library import Library
from video_mcp.media.sniff import may_be_media
from video_mcp.settings import Settings, network_variables

_NOWHERE = "http://not-set.invalid"


def new_video_id() -> str:
    """Return an id that nobody can guess."""
    return f"video_{secrets.token_hex(10)}"


@asynccontextmanager
async def open_service(settings: Settings) -> AsyncGenerator[VideoService]:
    """Run a service, its poller included, until the context ends.

    Open jobs of earlier sessions go on at once. Ending the context cancels no job: the next process, or this one
    after a restart, goes on with it.
    """
    jitter, now, sleep = secrets.SystemRandom().random, time.time, anyio.sleep
    base_url, paths = settings.base_url or _NOWHERE, profile_of(settings.dialect).paths
    api_key = settings.api_key.get_secret_value() if settings.api_key else ""
    library = Library(settings.output_dir, settings.host_output_dir)
    changes = Changes()
    network = open_network(network_variables())
    prices = await _read_prices(settings.prices)
    async with (
        open_ledger(settings.ledger_url, settings.ledger_path) as ledger,
        open_clients(
            timeout_seconds=settings.request_timeout_seconds, user_agent=f"video-mcp/{version()}", network=network
        ) as clients,
        anyio.create_task_group() as tasks,
    ):
        guard = AddressGuard(base_url, is_proxied=network.is_proxied)
        client = GatewayClient(
            clients,
            base_url=base_url,
            api_key=api_key,
            jitter=jitter,
            sleep=sleep,
            paths=paths,
            reached_at=guard.reached_gateway_at,
        )
        downloader = Downloader(
            clients.files,
            base_url=base_url,
            api_key=api_key,
            max_bytes=settings.max_download_bytes,
            looks_like_video=may_be_media,
            guard=guard,
            paths=paths,
        )
        delivery = Delivery(client=client, downloader=downloader, library=library, jitter=jitter, sleep=sleep)
        poller = Poller(
            ledger=ledger,
            client=client,
            delivery=delivery,
            changes=changes,
            owner=secrets.token_hex(8),
            now=now,
            jitter=jitter,
            config=PollerConfig(deadline_seconds=settings.job_deadline_hours * 3600),
        )
        submissions = Submissions(
            ledger=ledger,
            client=client,
            poller=poller,
            tasks=tasks,
            caps=_caps(settings),
            confirm=ConfirmPolicy(over_usd=settings.confirm_over_usd),
            secret=secrets.token_bytes(32),
            now=now,
            new_id=new_video_id,
        )
        roots = settings.input_dirs or (Path.cwd(), settings.output_dir)
        rooms = Rooms(
            catalog=default_catalog(settings.extra_models),
            ledger=ledger,
            client=client,
            usable_models=Cached(lambda: _usable_models(client), now=now),
            pricing=Pricing(prices, None if settings.missing() else Cached(client.prices, now=now)),
            poller=poller,
            submissions=submissions,
            waiting=Waiting(ledger=ledger, changes=changes, now=now),
            delivery=delivery,
            library=library,
            media=MediaResolver(
                ledger=ledger,
                library=library,
                reader=InputReader(roots),
                validation=settings.validation,
                fetches=_fetches(settings, clients, api_key, guard),
            ),
            changes=changes,
        )
        policy = Policy(validation=settings.validation, dialect=settings.dialect, missing_settings=settings.missing())
        housekeeping = Housekeeping(
            ledger=ledger,
            library=library,
            poller=poller,
            limits=KeepLimits(keep_days=settings.keep_days, max_library_bytes=settings.max_library_bytes),
            now=now,
        )
        changes.listen(housekeeping.job_changed)
        await housekeeping.tidy()
        if not settings.missing():
            tasks.start_soon(poller.run)
        yield VideoService(rooms, policy, now=now, new_id=new_video_id)
        tasks.cancel_scope.cancel()


def _fetches(settings: Settings, clients: HTTPClients, api_key: str, guard: AddressGuard) -> ServerFetches:
    """Return how media are fetched here that the server reads as files only."""
    downloader = Downloader(
        clients.files,
        base_url=settings.base_url or _NOWHERE,
        api_key=api_key,
        max_bytes=MAX_INPUT_BYTES,
        looks_like_video=lambda _head: True,  # what it is, its reader judges
        guard=guard,
    )
    fetch = InputDownloader(downloader, make_folder=lambda: TemporaryDirectory(prefix="video-mcp-input-"))
    return ServerFetches(needed=lambda request: addresses_to_fetch(request, settings.dialect), fetch=fetch)


def _caps(settings: Settings) -> Caps:
    return Caps(
        max_videos_per_day=settings.max_videos_per_day,
        max_seconds_per_day=settings.max_seconds_per_day,
        max_cost_per_video=settings.max_cost_per_video,
        max_cost_per_day=settings.max_cost_per_day,
    )


async def _read_prices(path: Path | None) -> PriceTable:
    if path is None:
        return PriceTable()
    try:
        return parse_prices(await anyio.Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError([f"VIDEO_MCP_PRICES {path} cannot be read"]) from error


async def _usable_models(client: GatewayClient) -> frozenset[str]:
    return frozenset(await client.models())
