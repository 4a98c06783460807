"""The end of a server's life: it takes no more work, and what is under way is answered."""

from __future__ import annotations

from collections.abc import Callable

import anyio
from starlette.types import ASGIApp, Receive, Scope, Send

# A client may want one more thing as soon as it has its answer, on a connection that it keeps.
_QUIET_SECONDS = 1.0


class Drain:
    """Counts the requests under way, and knows whether the server is about to leave."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._begun = 0
        self._under_way = 0
        self._idle = anyio.Event()
        self.is_draining = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        self._begun += 1
        self._under_way += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    async def finish(self, end_waits: Callable[[], None], *, at_most_seconds: float) -> None:
        """Be no longer ready, end the waiting, and return when no more requests come or the time is over."""
        self.is_draining = True
        end_waits()
        with anyio.move_on_after(at_most_seconds):
            begun = -1
            while begun != self._begun:
                begun = self._begun
                await self._answered()
                await anyio.sleep(_QUIET_SECONDS)

    async def _answered(self) -> None:
        while self._under_way:
            self._idle = anyio.Event()
            await self._idle.wait()
