"""Which models this key may use, as the gateway tells; asked rarely and remembered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import anyio

from video_mcp.errors import GatewayError
from video_mcp.gateway.client import GatewayClient

_KEPT_SECONDS = 600.0
_KEPT_AFTER_FAILURE_SECONDS = 60.0
_PATIENCE_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    ids: frozenset[str] | None
    until: float


class Availability:
    """The gateway's list of models, kept for ten minutes; a gateway that does not say is asked again after one."""

    def __init__(self, client: GatewayClient, *, now: Callable[[], float]) -> None:
        self._client = client
        self._now = now
        self._known = _Known(ids=None, until=0.0)

    async def ids(self) -> frozenset[str] | None:
        """Return the ids that this key may use; None when the gateway does not say."""
        if self._now() < self._known.until:
            return self._known.ids
        ids = await self._ask()
        kept = _KEPT_SECONDS if ids is not None else _KEPT_AFTER_FAILURE_SECONDS
        self._known = _Known(ids=ids, until=self._now() + kept)
        return ids

    async def _ask(self) -> frozenset[str] | None:
        with anyio.move_on_after(_PATIENCE_SECONDS):
            try:
                return frozenset(await self._client.models()) or None
            except GatewayError:
                return None
        return None
