"""A file as a response: ranges, conditions and HEAD as RFC 9110 has them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import anyio
from anyio import to_thread
from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from video_mcp.server.http.preconditions import outcome_of, satisfiable

# Whoever has the link has the file, so that nothing on the way may keep or index it.
_PRIVATE = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex", "X-Content-Type-Options": "nosniff"}
_ON_304 = ("etag", "last-modified", "cache-control")


class ServedFile(FileResponse):
    """Sends a file that is there.

    `sha256` makes an entity tag that is the same on every replica; `clean_up` runs at the end, however that comes.
    """

    def __init__(
        self,
        path: Path,
        *,
        media_type: str | None = None,
        filename: str | None = None,
        sha256: str | None = None,
        clean_up: Callable[[], None] | None = None,
    ) -> None:
        tag = {"ETag": f'"{sha256}"'} if sha256 is not None else {}
        super().__init__(path, media_type=media_type, filename=filename, headers={**_PRIVATE, **tag})
        self._clean_up = clean_up

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what the request's conditions leave of it."""
        try:
            await self._answer(scope, receive, send)
        finally:
            if self._clean_up is not None:
                with anyio.CancelScope(shield=True):
                    await to_thread.run_sync(self._clean_up)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        known = await to_thread.run_sync(os.stat, self.path)
        self.set_stat_headers(known)
        headers = Headers(scope=scope)
        match outcome_of(headers, etag=self.headers["etag"], modified_at=known.st_mtime):
            case "send":
                await super().__call__(_with_ranges(scope, known.st_size), receive, send)
            case "not_modified":
                kept = {name: self.headers[name] for name in _ON_304}
                await Response(status_code=304, headers=kept)(scope, receive, send)
            case "failed":
                await Response(status_code=412, headers=_PRIVATE)(scope, receive, send)


def _with_ranges(scope: Scope, size_bytes: int) -> Scope:
    """Return a request without ranges that do not count, such as those of a HEAD."""
    raw: list[tuple[bytes, bytes]] = scope["headers"]
    wanted = Headers(raw=raw).get("range") if scope["method"] == "GET" else None
    ranges = satisfiable(wanted, size_bytes) if wanted is not None else None
    others = [(name, value) for name, value in raw if name != b"range"]
    return {**scope, "headers": [*others, (b"range", ranges.encode("ascii"))] if ranges is not None else others}
