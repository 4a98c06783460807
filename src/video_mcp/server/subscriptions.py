"""Who hears of a job's changes: clients of both protocol eras, of the jobs of this process and of others."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import anyio
import mcp_types as types
from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler
from mcp.shared.exceptions import MCPError
from mcp.shared.subscriptions import ResourceUpdated

from video_mcp.server.callers import caller_context, principal_of
from video_mcp.server.context import ServerContext
from video_mcp.types import LOCAL_PRINCIPAL, Principal

if TYPE_CHECKING:
    from anyio.abc import TaskStatus

    from video_mcp.jobs.job import Job
    from video_mcp.jobs.service import VideoService
    from video_mcp.server.resource_events import ResourceEvent, VisibleState

Context = ServerRequestContext[ServerContext]
RequireResource = Callable[[ServerContext, str], Awaitable[None]]

_MOST_WATCHED = 100
_MOST_SEEN = 5_000


class _Streams:
    """The streams of one principal, who is notified of their own videos only."""

    def __init__(self) -> None:
        self.bus = InMemorySubscriptionBus()
        self.listen = ListenHandler(self.bus)
        self.open = 0


class Subscriptions:
    """Subscribers of this process; delivery is best effort and never holds a job up.

    `require_resource` raises for an address that names no resource.
    """

    def __init__(self, require_resource: RequireResource) -> None:
        self._require_resource = require_resource
        self._streams: dict[Principal, _Streams] = {}
        self._subscribed: WeakKeyDictionary[Connection, set[str]] = WeakKeyDictionary()
        self._seen: dict[str, tuple[int, VisibleState]] = {}
        self._listened = anyio.Event()

    async def connected(self, context: Context, _params: types.NotificationParams) -> None:
        """Tell a 2025-era client of changes of the list from now on, as its handshake promised."""
        self._subscribed.setdefault(_connection(context), set())
        self._listened.set()

    async def subscribe(self, context: Context, params: types.SubscribeRequestParams) -> types.EmptyResult:
        """Tell a 2025-era client of changes of one resource from now on.

        Raises:
            MCPError: There is no such resource.
        """
        uri = str(params.uri)
        await self._require_resource(caller_context(context), uri)
        self._subscribed.setdefault(_connection(context), set()).add(uri)
        self._listened.set()
        return types.EmptyResult()

    async def unsubscribe(self, context: Context, params: types.UnsubscribeRequestParams) -> types.EmptyResult:
        """Tell this client no longer; others go on hearing."""
        self._subscribed.get(_connection(context), set()).discard(str(params.uri))
        return types.EmptyResult()

    async def listen(
        self, context: Context, params: types.SubscriptionsListenRequestParams
    ) -> types.SubscriptionsListenResult:
        """Serve a 2026-era client's stream; its acknowledgement promises only what can change."""
        wanted = params.notifications
        uris = [uri for uri in wanted.resource_subscriptions or () if await self._exists(context, str(uri))]
        principal = principal_of(context)
        streams = self._streams.setdefault(principal, _Streams())
        service = caller_context(context).open_service
        if not streams.open and not self._subscribed and service is not None:
            await self._take_for_known(service)
        kept = types.SubscriptionFilter(
            resources_list_changed=wanted.resources_list_changed, resource_subscriptions=uris or None
        )
        self._streams[principal] = streams
        streams.open += 1
        self._listened.set()
        try:
            return await streams.listen(context, params.model_copy(update={"notifications": kept}))
        finally:
            streams.open -= 1
            if not streams.open:
                self._streams.pop(principal, None)

    def close(self) -> None:
        """End every stream of the 2026 era as the protocol wants it, with a result."""
        for streams in tuple(self._streams.values()):
            streams.listen.close()

    async def job_changed(self, job: Job) -> None:
        """Tell every subscriber what a job's change means for them."""
        revision, before = self._seen.get(job.id, (-1, None))
        if job.revision < revision:
            return
        from video_mcp.server.resource_events import resource_events  # noqa: PLC0415 - loads with the first job

        for event in resource_events(job.id, before, self._keep(job)):
            await self._publish(event, job.principal)

    async def follow(self, service: VideoService, *, task_status: TaskStatus[None]) -> None:
        """Hear also of what other processes do, while the service is open and somebody listens.

        What is there when the service opens is no change.
        """
        for principal in self._listeners() or [LOCAL_PRINCIPAL]:
            await self._take_for_known(service.of(principal))
        task_status.started()
        while True:
            while not self._listeners():
                self._listened = anyio.Event()
                await self._listened.wait()
            await service.changes.until_missed()
            for principal in self._listeners():
                for job in await _newest(service.of(principal)):
                    await self.job_changed(job)

    def _listeners(self) -> list[Principal]:
        local = [LOCAL_PRINCIPAL] if self._subscribed else []
        return [*{*self._streams, *local}]

    async def _take_for_known(self, service: VideoService) -> None:
        for job in await _newest(service):
            self._keep(job)

    async def _exists(self, context: Context, uri: str) -> bool:
        try:
            await self._require_resource(caller_context(context), uri)
        except MCPError:
            return False
        return True

    async def _publish(self, event: ResourceEvent, principal: Principal) -> None:
        streams = self._streams.get(principal)
        if streams is not None:
            await streams.bus.publish(event)
        if principal != LOCAL_PRINCIPAL:
            return  # a connection that lasts is the one user's
        for connection, uris in tuple(self._subscribed.items()):
            if not isinstance(event, ResourceUpdated):
                await connection.send_resource_list_changed()
            elif event.uri in uris:
                await connection.send_resource_updated(event.uri)

    def _keep(self, job: Job) -> VisibleState:
        from video_mcp.server.resource_events import visible_state  # noqa: PLC0415 - loads with the first job

        self._seen.pop(job.id, None)
        seen = visible_state(job)
        self._seen[job.id] = job.revision, seen
        if len(self._seen) > _MOST_SEEN:
            del self._seen[next(iter(self._seen))]
        return seen


async def _newest(service: VideoService) -> Sequence[Job]:
    try:
        return await service.list(_MOST_WATCHED)
    except Exception:  # whatever is wrong with the ledger, the next call says it
        return ()


def _connection(context: Context) -> Connection:
    # Every request has a session of its own: only the connection tells one client from another.
    return context.session._connection  # pyright: ignore[reportPrivateUsage] - the SDK shows it nowhere else
