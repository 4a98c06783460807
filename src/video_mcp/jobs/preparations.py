"""The preparation of requests, as the settings and the gateway in use make it."""

from __future__ import annotations

from pathlib import Path

from video_mcp.families.prices.user_table import PriceTable
from video_mcp.gateway.cached import Cached
from video_mcp.jobs.effects import Effects
from video_mcp.jobs.file_places import FilePlaces
from video_mcp.jobs.gateway_access import GatewayAccess
from video_mcp.jobs.inputs import MediaResolver
from video_mcp.jobs.live_catalog import LiveCatalog
from video_mcp.jobs.own_videos import OwnVideos
from video_mcp.jobs.prepare import Preparation
from video_mcp.jobs.pricing import Pricing
from video_mcp.jobs.store.ledger import Ledger
from video_mcp.media.input_folders import input_folders
from video_mcp.media.inputs import InputReader
from video_mcp.settings import Settings


def open_preparation(
    settings: Settings,
    effects: Effects,
    *,
    ledger: Ledger,
    gateway: GatewayAccess,
    places: FilePlaces,
    catalog: LiveCatalog,
    prices: PriceTable,
) -> Preparation:
    """Return what prepares requests; inputs come from the folders that the settings name."""
    folders = input_folders(
        settings.input_dirs, working_folder=Path.cwd(), output_dir=settings.output_dir, home=Path.home()
    ).folders
    reader = InputReader(folders)
    media = MediaResolver(
        own_videos=OwnVideos(ledger=ledger, videos=places.videos, reader=reader),
        uploads=places.uploads,
        links=places.input_links,
        reader=reader,
        validation=settings.validation,
        fetches=gateway.input_fetches(),
        reason_to_keep=gateway.guard.reason_to_keep,
    )
    client = gateway.client_if_set
    gateway_prices = Cached(client.prices, now=effects.monotonic) if client is not None else None
    return Preparation(
        catalog=catalog.current,
        media=media,
        links=places.input_links,
        pricing=Pricing(prices, gateway_prices),
        validation=settings.validation,
        dialect=settings.dialect,
    )
