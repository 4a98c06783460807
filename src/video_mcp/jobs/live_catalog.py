"""The catalogue with the models that the gateway lists: fetched now and then, kept for a start without network."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import cast

import anyio

from video_mcp.families.catalog import Catalog, default_catalog
from video_mcp.families.vendors.listed import specs_of
from video_mcp.gateway.cached import Cached
from video_mcp.types import JsonObject

Entries = tuple[JsonObject, ...]

logger = logging.getLogger(__name__)


class LiveCatalog:
    """What can be requested: the families, the extra ids, and what the gateway lists where it does."""

    def __init__(
        self,
        *,
        extra_models: Sequence[str],
        fetch: Callable[[], Awaitable[Entries]] | None,
        kept_in: Path,
        now: Callable[[], float],
    ) -> None:
        self._extra_models = extra_models
        self._listed = None if fetch is None else Cached(fetch, now=now)
        self._kept_in = anyio.Path(kept_in)
        self._entries: Entries | None = None
        self._catalog = default_catalog(extra_models)

    @property
    def last_known(self) -> Catalog:
        """The catalogue as it was read last."""
        return self._catalog

    async def current(self) -> Catalog:
        """Return the catalogue; the gateway's list is at most ten minutes old, or the last one that was read."""
        if self._listed is None:
            return self._catalog
        fresh = await self._listed.get()
        if fresh is not None and fresh != self._entries:
            await self._keep(fresh)
        entries = fresh or self._entries or await self._kept()
        if entries != self._entries:
            self._entries = entries
            self._catalog = default_catalog(self._extra_models, listed=specs_of(entries))
        return self._catalog

    async def _keep(self, entries: Entries) -> None:
        part = self._kept_in.with_suffix(".part")
        try:
            await self._kept_in.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            await part.touch(mode=0o600)
            await part.write_text(json.dumps(entries), encoding="utf-8")
            await part.replace(self._kept_in)
        except OSError as error:
            logger.warning("the list of models could not be kept for a start without network (%s)", error.strerror)

    async def _kept(self) -> Entries:
        try:
            entries: object = json.loads(await self._kept_in.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return ()
        listed = cast("list[object]", entries) if isinstance(entries, list) else []
        return tuple(cast("JsonObject", entry) for entry in listed if isinstance(entry, dict))
