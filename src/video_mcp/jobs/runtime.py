"""The composition root: settings and effects in, a running VideoService out. Tests use the same one."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
from anyio.abc import TaskGroup

from video_mcp import version
from video_mcp.environment import network_variables
from video_mcp.errors import ConfigurationError
from video_mcp.families.prices.user_table import PriceTable, parse_prices
from video_mcp.gateway.addresses import AddressGuard
from video_mcp.gateway.client import Cached, GatewayClient
from video_mcp.gateway.dialects import addresses_to_fetch, profile_of
from video_mcp.gateway.download import Downloader
from video_mcp.gateway.input_download import InputDownloader
from video_mcp.gateway.transport import HTTPClients, Network, open_clients, open_network
from video_mcp.jobs.approvals import Approvals
from video_mcp.jobs.budget import Caps
from video_mcp.jobs.changes import Changes
from video_mcp.jobs.delivery import Delivery
from video_mcp.jobs.files import Files
from video_mcp.jobs.history import Schedules
from video_mcp.jobs.inputs import MediaResolver, ServerFetches
from video_mcp.jobs.live_catalog import LiveCatalog
from video_mcp.jobs.lookup import VIDEO_ID_PREFIX, Lookup
from video_mcp.jobs.poller import Poller, PollerConfig
from video_mcp.jobs.prepare import Preparation
from video_mcp.jobs.pricing import Pricing
from video_mcp.jobs.reconcile import Reconciler
from video_mcp.jobs.recorder import Recorder
from video_mcp.jobs.remote_changes import RemoteChanges
from video_mcp.jobs.retention import Retention, RetentionLimits
from video_mcp.jobs.service import VideoService
from video_mcp.jobs.store.clock import DatabaseClock
from video_mcp.jobs.store.ledger import Ledger, open_ledger
from video_mcp.jobs.submit import ConfirmPolicy, Submissions
from video_mcp.jobs.wait import Waiting
from video_mcp.media.input_folders import input_folders
from video_mcp.media.inputs import MAX_INPUT_BYTES, InputReader
from video_mcp.media.library import Library
from video_mcp.media.sniff import may_be_media
from video_mcp.settings import Settings

_NOWHERE = "http://not-set.invalid"


def new_video_id() -> str:
    """Return an id that nobody can guess."""
    return f"{VIDEO_ID_PREFIX}{secrets.token_hex(10)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What the service takes from the world: time, chance, names, how long it holds a job, and its ledger."""

    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep
    jitter: Callable[[], float] = field(default_factory=lambda: secrets.SystemRandom().random)
    new_id: Callable[[], str] = new_video_id
    owner: str = field(default_factory=lambda: secrets.token_hex(8))
    lease_seconds: float = 15.0
    user_agent: str = field(default_factory=lambda: f"video-mcp/{version()}")
    wrap_ledger: Callable[[Ledger], Ledger] = lambda ledger: ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """A running service, and the parts of it that fault tests look into."""

    service: VideoService
    ledger: Ledger
    poller: Poller
    changes: Changes
    recorder: Recorder
    clients: HTTPClients
    tasks: TaskGroup


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
    network = open_network(network_variables())
    async with (
        open_ledger(settings.ledger_url, settings.ledger_path) as opened,
        open_clients(
            timeout_seconds=settings.request_timeout_seconds, user_agent=effects.user_agent, network=network
        ) as clients,
        anyio.create_task_group() as tasks,
    ):
        ledger = effects.wrap_ledger(opened)
        composition = _Composition(
            settings=settings,
            effects=await _with_shared_time(effects, ledger, tasks),
            secret=await ledger.signing_key("confirmations"),
            prices=prices,
            ledger=ledger,
            clients=clients,
            network=network,
            tasks=tasks,
        )
        runtime = composition.runtime()
        if not ledger.database.is_sqlite:
            tasks.start_soon(RemoteChanges(ledger=ledger, changes=runtime.changes).run)
        await composition.start_retention()
        if polling and not settings.missing():
            tasks.start_soon(runtime.poller.run)
        try:
            yield runtime
        finally:
            composition.submissions.close()
            tasks.cancel_scope.cancel()


async def _with_shared_time(effects: Effects, ledger: Ledger, tasks: TaskGroup) -> Effects:
    """Return the effects with the time that all replicas of a shared database agree on, unless they bring their own."""
    if ledger.database.is_sqlite or effects.now is not time.time:
        return effects
    clock = DatabaseClock(ledger.database)
    await clock.compare()
    tasks.start_soon(clock.run)
    return replace(effects, now=clock.now)


class _Composition:
    """Every part of one service, each built once from the ones above it."""

    def __init__(
        self,
        *,
        settings: Settings,
        effects: Effects,
        secret: bytes,
        prices: PriceTable,
        ledger: Ledger,
        clients: HTTPClients,
        network: Network,
        tasks: TaskGroup,
    ) -> None:
        self._settings = settings
        self._effects = effects
        self._secret = secret
        self._prices = prices
        self._ledger = ledger
        self._clients = clients
        self._tasks = tasks
        self._base_url = settings.base_url or _NOWHERE
        self._profile = profile_of(settings.dialect)
        self._paths = self._profile.paths
        self._api_key = settings.api_key.get_secret_value() if settings.api_key else ""
        self._guard = AddressGuard(self._base_url, is_proxied=network.is_proxied)
        self._changes = Changes(tasks)
        self._library = Library(settings.output_dir, settings.host_output_dir)
        self._recorder = Recorder(ledger=ledger, changes=self._changes, now=effects.now)
        self._schedules = Schedules(ledger=ledger, now=effects.now)
        self._client = self._gateway_client()
        self._delivery = self._new_delivery()
        self._poller = self._new_poller()
        self._live_catalog = LiveCatalog(
            extra_models=settings.extra_models,
            fetch=None if settings.missing() or self._paths.catalog is None else self._client.catalog,
            kept_in=settings.home / "models.json",
            now=effects.now,
        )
        self._reconciler = Reconciler(
            ledger=ledger,
            client=None if settings.missing() else self._client,
            recorder=self._recorder,
            wake=self._poller.wake,
            sleep=effects.sleep,
        )
        self.submissions = self._new_submissions()

    def runtime(self) -> Runtime:
        return Runtime(
            service=self._service(),
            ledger=self._ledger,
            poller=self._poller,
            changes=self._changes,
            recorder=self._recorder,
            clients=self._clients,
            tasks=self._tasks,
        )

    async def start_retention(self) -> None:
        """Apply the limits now, and whenever a video has arrived."""
        retention = Retention(
            ledger=self._ledger,
            library=self._library,
            recorder=self._recorder,
            limits=RetentionLimits(
                keep_days=self._settings.keep_days, max_library_bytes=self._settings.max_library_bytes
            ),
            now=self._effects.now,
        )
        self._changes.listen(retention.job_changed)
        await retention.apply_limits()
        self._tasks.start_soon(retention.run)

    def _service(self) -> VideoService:
        settings, missing = self._settings, self._settings.missing()
        return VideoService(
            lookup=Lookup(
                ledger=self._ledger,
                recorder=self._recorder,
                client=None if missing else self._client,
                poller=self._poller,
                now=self._effects.now,
                new_id=self._effects.new_id,
            ),
            catalog=self._live_catalog.current,
            preparation=self._preparation(),
            submissions=self.submissions,
            poller=self._poller,
            reconciler=self._reconciler,
            waiting=Waiting(ledger=self._ledger, recorder=self._recorder, changes=self._changes, now=self._effects.now),
            files=Files(library=self._library, delivery=self._delivery, recorder=self._recorder),
            changes=self._changes,
            secret=self._secret,
            usable_models=Cached(self._usable_models, now=self._effects.monotonic).get,
            missing_settings=settings.missing(),
        )

    def _gateway_client(self) -> GatewayClient:
        return GatewayClient(
            self._clients,
            base_url=self._base_url,
            api_key=self._api_key,
            jitter=self._effects.jitter,
            sleep=self._effects.sleep,
            paths=self._paths,
            repeats_safely=self._profile.repeats_safely,
            reached_at=self._guard.reached_gateway_at,
        )

    def _new_delivery(self) -> Delivery:
        downloader = Downloader(
            self._clients.files,
            base_url=self._base_url,
            api_key=self._api_key,
            max_bytes=self._settings.max_download_bytes,
            looks_like_video=may_be_media,
            guard=self._guard,
            paths=self._paths,
        )
        return Delivery(
            client=self._client,
            downloader=downloader,
            library=self._library,
            jitter=self._effects.jitter,
            sleep=self._effects.sleep,
        )

    def _new_poller(self) -> Poller:
        return Poller(
            ledger=self._ledger,
            client=self._client,
            delivery=self._delivery,
            recorder=self._recorder,
            schedules=self._schedules,
            owner=self._effects.owner,
            now=self._effects.now,
            monotonic=self._effects.monotonic,
            jitter=self._effects.jitter,
            config=PollerConfig(
                polls_at_once=self._settings.polls_at_once,
                downloads_at_once=self._settings.downloads_at_once,
                deadline_seconds=self._settings.job_deadline_hours * 3600,
                lease_seconds=self._effects.lease_seconds,
                sweep_seconds=profile_of(self._settings.dialect).sweep_seconds,
            ),
        )

    def _preparation(self) -> Preparation:
        settings = self._settings
        folders = input_folders(
            settings.input_dirs, working_folder=Path.cwd(), output_dir=settings.output_dir, home=Path.home()
        ).folders
        gateway_prices = None if settings.missing() else Cached(self._client.prices, now=self._effects.monotonic)
        return Preparation(
            catalog=self._live_catalog.current,
            media=MediaResolver(
                ledger=self._ledger,
                library=self._library,
                reader=InputReader(folders),
                validation=settings.validation,
                fetches=self._fetches(),
                reason_to_keep=self._guard.reason_to_keep,
            ),
            pricing=Pricing(self._prices, gateway_prices),
            validation=settings.validation,
            dialect=settings.dialect,
        )

    def _fetches(self) -> ServerFetches:
        """Return how media are fetched here that the server reads as files only."""
        downloader = Downloader(
            self._clients.files,
            base_url=self._base_url,
            api_key=self._api_key,
            max_bytes=MAX_INPUT_BYTES,
            looks_like_video=lambda _head: True,  # what it is, its reader judges
            guard=self._guard,
        )
        fetch = InputDownloader(downloader, make_folder=lambda: TemporaryDirectory(prefix="video-mcp-input-"))
        dialect = self._settings.dialect
        return ServerFetches(needed=lambda request: addresses_to_fetch(request, dialect), fetch=fetch)

    def _new_submissions(self) -> Submissions:
        return Submissions(
            ledger=self._ledger,
            client=self._client,
            poller=self._poller,
            recorder=self._recorder,
            schedules=self._schedules,
            reconciler=self._reconciler,
            tasks=self._tasks,
            caps=_caps(self._settings),
            confirm=ConfirmPolicy(
                over_usd=self._settings.confirm_over_usd, agent_may_confirm=self._settings.agent_may_confirm
            ),
            approvals=Approvals(self._settings.home / "approvals", now=self._effects.now),
            secret=self._secret,
            grace_seconds=self._settings.request_timeout_seconds,
            now=self._effects.now,
            new_id=self._effects.new_id,
        )

    async def _usable_models(self) -> frozenset[str]:
        return frozenset(await self._client.models())


def _caps(settings: Settings) -> Caps:
    return Caps(
        max_videos_per_day=settings.max_videos_per_day,
        max_seconds_per_day=settings.max_seconds_per_day,
        max_cost_per_video=settings.max_cost_per_video,
        max_cost_per_day=settings.max_cost_per_day,
        max_open_videos=settings.max_open_videos,
    )


async def _read_prices(path: Path | None) -> PriceTable:
    if path is None:
        return PriceTable()
    try:
        return parse_prices(await anyio.Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError([f"VIDEO_MCP_PRICES {path} cannot be read"]) from error
