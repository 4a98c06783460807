"""Who hears of a job's changes: listeners of both protocol eras."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import anyio
from mcp.server.session import ServerSession
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ResourceUpdated

from video_mcp.server.results import content_uri

if TYPE_CHECKING:
    from video_mcp.jobs.job import Job


class Subscriptions:
    """Subscribers of this process; delivery is best effort and never holds a job up."""

    def __init__(self) -> None:
        self._bus = InMemorySubscriptionBus()
        self.listen = ListenHandler(self._bus)
        self._sessions: defaultdict[str, set[ServerSession]] = defaultdict(set)

    def subscribe(self, uri: str, session: ServerSession) -> None:
        """Remember a 2025-era session that wants to hear of `uri`."""
        self._sessions[uri].add(session)

    def unsubscribe(self, uri: str) -> None:
        """Forget the 2025-era sessions of `uri`."""
        self._sessions.pop(uri, None)

    async def job_changed(self, job: Job) -> None:
        """Tell every subscriber of a job's resources that it has changed."""
        for uri in (f"video://{job.id}", content_uri(job.id)):
            await self._bus.publish(ResourceUpdated(uri=uri))
            for session in tuple(self._sessions.get(uri, ())):
                await self._tell(session, uri)

    async def _tell(self, session: ServerSession, uri: str) -> None:
        try:
            await session.send_resource_updated(uri)
        except (anyio.ClosedResourceError, anyio.BrokenResourceError):  # the client has left
            self._sessions[uri].discard(session)
