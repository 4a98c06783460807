"""Every part of one service, each built once from the ones above it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from anyio.abc import TaskGroup

from video_mcp.families.prices.user_table import PriceTable
from video_mcp.gateway.cached import Cached
from video_mcp.gateway.network import Network
from video_mcp.gateway.transport import HTTPClients
from video_mcp.jobs.accounts import NO_KEYS, Accounts
from video_mcp.jobs.alarm import Alarm
from video_mcp.jobs.approvals import Approvals
from video_mcp.jobs.body_links import with_fresh_links
from video_mcp.jobs.budget import Caps
from video_mcp.jobs.callbacks import Callbacks
from video_mcp.jobs.changes import Changes
from video_mcp.jobs.deadlines import Deadlines
from video_mcp.jobs.delivery import Delivery
from video_mcp.jobs.effects import Effects
from video_mcp.jobs.file_places import open_file_places
from video_mcp.jobs.files import Files
from video_mcp.jobs.gateway_access import GatewayAccess
from video_mcp.jobs.history import Schedules
from video_mcp.jobs.live_catalog import LiveCatalog
from video_mcp.jobs.lookup import Lookup
from video_mcp.jobs.outbox import Outbox
from video_mcp.jobs.pace import Pace
from video_mcp.jobs.poll_limit import PollLimit
from video_mcp.jobs.poller import Poller, PollerConfig
from video_mcp.jobs.preparations import open_preparation
from video_mcp.jobs.reconcile import Reconciler
from video_mcp.jobs.recorder import Recorder
from video_mcp.jobs.retention import Retention, RetentionLimits
from video_mcp.jobs.sender import Sender
from video_mcp.jobs.service import VideoService
from video_mcp.jobs.steps import Steps
from video_mcp.jobs.store.films import FilmStore
from video_mcp.jobs.store.ledger import Ledger
from video_mcp.jobs.store.tasks import TaskStore
from video_mcp.jobs.store.unsent import UnsentRequests
from video_mcp.jobs.submit import ConfirmPolicy, Submissions
from video_mcp.jobs.wait import Waiting
from video_mcp.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """A running service, and the parts of it that fault tests look into."""

    service: VideoService
    ledger: Ledger
    poller: Poller
    sender: Sender
    changes: Changes
    recorder: Recorder
    clients: HTTPClients
    tasks: TaskGroup


class Composition:
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
        self._gateway = GatewayAccess(settings, effects, clients, network)
        keys = settings.key_table if settings.key_table is not None else NO_KEYS
        self._accounts = Accounts(self._gateway.client, self._gateway.video_downloader(), keys)
        self._changes = Changes(tasks)
        self._films = FilmStore(ledger.database)
        self._places = open_file_places(
            settings,
            effects,
            secret=secret,
            unsent=UnsentRequests(ledger.database),
            reason_to_keep=self._gateway.guard.reason_to_keep,
        )
        self._recorder = Recorder(ledger=ledger, changes=self._changes, telemetry=effects.telemetry, now=effects.now)
        self._schedules = Schedules(ledger=ledger, now=effects.now)
        self._pace = Pace(
            self._schedules, sweep_seconds=self._gateway.profile.sweep_seconds, now=effects.now, jitter=effects.jitter
        )
        self._deadlines = Deadlines(settings.job_deadline_hours * 3600, now=effects.now, monotonic=effects.monotonic)
        self._alarm = Alarm()
        self._delivery = Delivery(
            accounts=self._accounts,
            videos=self._places.videos,
            jitter=effects.jitter,
            sleep=effects.sleep,
        )
        self._reconciler = Reconciler(
            ledger=ledger,
            accounts=None if settings.missing() else self._accounts,
            recorder=self._recorder,
            wake=self._alarm.ring,
            sleep=effects.sleep,
        )
        self._callbacks = Callbacks(
            ledger=ledger,
            wake=self._alarm.ring,
            public_url=settings.public_url,
            secret=secret,
            dialect=settings.dialect,
            now=effects.now,
        )
        self.sender = self._new_sender()
        self._poller = self._new_poller()
        self._live_catalog = LiveCatalog(
            extra_models=settings.extra_models,
            fetch=self._gateway.client.catalog if self._gateway.has_catalog else None,
            kept_in=settings.home / "models.json",
            now=effects.now,
        )
        self._submissions = self._new_submissions()

    def runtime(self) -> Runtime:
        """Return the service with the parts that tests look into."""
        return Runtime(
            service=self._service(),
            ledger=self._ledger,
            poller=self._poller,
            sender=self.sender,
            changes=self._changes,
            recorder=self._recorder,
            clients=self._clients,
            tasks=self._tasks,
        )

    async def start_retention(self) -> None:
        """Apply the limits now, and whenever a video has arrived."""
        retention = Retention(
            ledger=self._ledger,
            videos=self._places.videos,
            films=self._films,
            recorder=self._recorder,
            limits=RetentionLimits(
                keep_days=self._settings.keep_days, max_library_bytes=self._settings.max_library_bytes
            ),
            now=self._effects.now,
        )
        self._changes.listen(retention.job_changed)
        await retention.apply_limits()
        await self._ledger.drop_sent_requests()
        self._tasks.start_soon(retention.run)

    def _service(self) -> VideoService:
        return VideoService(
            lookup=Lookup(
                ledger=self._ledger,
                recorder=self._recorder,
                client=self._gateway.client_if_set,
                poller=self._poller,
                now=self._effects.now,
                new_id=self._effects.new_id,
            ),
            catalog=self._live_catalog,
            preparation=open_preparation(
                self._settings,
                self._effects,
                ledger=self._ledger,
                gateway=self._gateway,
                places=self._places,
                catalog=self._live_catalog,
                prices=self._prices,
            ),
            submissions=self._submissions,
            poller=self._poller,
            reconciler=self._reconciler,
            waiting=Waiting(ledger=self._ledger, recorder=self._recorder, changes=self._changes, now=self._effects.now),
            files=Files(
                videos=self._places.videos,
                films=self._films,
                delivery=self._delivery,
                recorder=self._recorder,
                now=self._effects.now,
            ),
            changes=self._changes,
            callbacks=self._callbacks,
            uploads=self._places.uploads,
            input_links=self._places.input_links,
            secret=self._secret,
            tasks=TaskStore(self._ledger.database),
            usable_models=Cached(self._usable_models, now=self._effects.monotonic).get,
            missing_settings=self._settings.missing(),
        )

    def _new_sender(self) -> Sender:
        return Sender(
            ledger=self._ledger,
            accounts=self._accounts,
            recorder=self._recorder,
            reconciler=self._reconciler,
            pace=self._pace,
            deadlines=self._deadlines,
            alarm=self._alarm,
            telemetry=self._effects.telemetry,
            fresh_links=partial(with_fresh_links, self._places.input_links),
            grace_seconds=self._settings.request_timeout_seconds,
        )

    def _new_outbox(self) -> Outbox:
        return Outbox(
            ledger=self._ledger,
            sender=self.sender,
            pace=self._pace,
            caps=_caps(self._settings),
            owner=self._effects.owner,
            lease_until=self._effects.lease_until,
            deadline_seconds=self._deadlines.seconds,
            now=self._effects.now,
            publish=self._changes.publish,
        )

    def _new_poller(self) -> Poller:
        limit = PollLimit(self._settings.polls_at_once)
        steps = Steps(
            accounts=self._accounts,
            delivery=self._delivery,
            limit=limit,
            pace=self._pace,
            deadlines=self._deadlines,
            telemetry=self._effects.telemetry,
            now=self._effects.now,
            jitter=self._effects.jitter,
        )
        return Poller(
            ledger=self._ledger,
            steps=steps,
            sender=self.sender,
            outbox=self._new_outbox(),
            recorder=self._recorder,
            limit=limit,
            deadlines=self._deadlines,
            alarm=self._alarm,
            owner=self._effects.owner,
            now=self._effects.now,
            jitter=self._effects.jitter,
            config=PollerConfig(
                polls_at_once=self._settings.polls_at_once,
                downloads_at_once=self._settings.downloads_at_once,
                lease_seconds=self._effects.lease_seconds,
            ),
        )

    def _new_submissions(self) -> Submissions:
        return Submissions(
            ledger=self._ledger,
            poller=self._poller,
            sender=self.sender,
            schedules=self._schedules,
            tasks=self._tasks,
            caps=_caps(self._settings),
            confirm=ConfirmPolicy(
                over_usd=self._settings.confirm_over_usd, agent_may_confirm=self._settings.agent_may_confirm
            ),
            approvals=Approvals(self._ledger, now=self._effects.now, publish=self._changes.publish),
            callbacks=self._callbacks,
            accounts=self._accounts,
            input_links=self._places.input_links,
            secret=self._secret,
            telemetry=self._effects.telemetry,
            now=self._effects.now,
            new_id=self._effects.new_id,
        )

    async def _usable_models(self) -> frozenset[str]:
        return frozenset(await self._gateway.client.models())


def _caps(settings: Settings) -> Caps:
    return Caps(
        max_videos_per_day=settings.max_videos_per_day,
        max_seconds_per_day=settings.max_seconds_per_day,
        max_cost_per_video=settings.max_cost_per_video,
        max_cost_per_day=settings.max_cost_per_day,
        max_open_videos=settings.max_open_videos,
        max_cost_per_day_all=settings.max_cost_per_day_all,
    )
