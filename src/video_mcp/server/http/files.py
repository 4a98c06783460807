"""Finished videos on this disk for callers of other machines: signed links that expire, with ranges and HEAD."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from video_mcp.errors import JobNotFound, StorageUnavailable
from video_mcp.jobs.job import Completed, Job
from video_mcp.media.storage.object_storage import DownloadLink
from video_mcp.server.callers import LINKS_KEY
from video_mcp.server.context import ServerContext
from video_mcp.server.http.answers import refusal

_PURPOSE = b"video-mcp file link"
# Whoever has the link has the video, so that nothing on the way may keep or index it.
_PRIVATE = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex", "X-Content-Type-Options": "nosniff"}


def signature_of(secret: bytes, video_id: str, expires_at: int) -> str:
    """Return what only a replica of this server can have made."""
    key = hmac.digest(secret, _PURPOSE, hashlib.sha256)
    return hmac.digest(key, f"{video_id} {expires_at}".encode(), hashlib.sha256).hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLinks:
    """Makes the links of one server, and tells which are its own."""

    context: ServerContext
    seconds: float
    now: Callable[[], float] = time.time

    def link(self, base_url: str, job: Job) -> DownloadLink:
        """Return the link to a finished video."""
        expires_at = int(self.now() + self.seconds)
        name = quote(job.state.file.name.rpartition("/")[2] if isinstance(job.state, Completed) else "video.mp4")
        signature = signature_of(self.context.secret, job.id, expires_at)
        url = f"{base_url}/files/{job.id}/{name}?expires={expires_at}&signature={signature}"
        return DownloadLink(url=url, expires_at=float(expires_at))

    def is_valid(self, video_id: str, expires: str, signature: str) -> bool:
        """Tell whether a link is one of ours and has not expired."""
        if not expires.isascii() or not expires.isdigit() or len(expires) > 12:
            return False
        wanted = signature_of(self.context.secret, video_id, int(expires))
        return hmac.compare_digest(signature.encode(), wanted.encode()) and self.now() < int(expires)


class WithLinks:
    """Gives each request what makes links by the address that it came by."""

    def __init__(self, app: ASGIApp, links: FileLinks, *, public_url: str | None) -> None:
        self._app = app
        self._links = links
        self._public_url = public_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        base_url = self._public_url or f"{scope['scheme']}://{Headers(scope=scope).get('host')}"

        def link_to(job: Job) -> DownloadLink:
            return self._links.link(base_url, job)

        await self._app({**scope, LINKS_KEY: link_to}, receive, send)


def file_routes(context: ServerContext, links: FileLinks) -> list[Route]:
    """Return `/files/...`."""

    async def send_file(request: Request) -> Response:
        video_id, query = request.path_params["video_id"], request.query_params
        service = await context.service()
        if not links.is_valid(video_id, query.get("expires", ""), query.get("signature", "")):
            return refusal(403, "link_expired", "The link has expired or is none of ours; fetch_video gives a new one.")
        try:
            job = await service.get_anyones(video_id)
            stored = await service.on_disk(job)
        except (JobNotFound, StorageUnavailable):
            return _gone()
        if stored is None or not isinstance(job.state, Completed) or not await to_thread.run_sync(stored.path.is_file):
            return _gone()
        return FileResponse(
            stored.path, media_type=job.state.file.media_type, filename=stored.path.name, headers=_PRIVATE
        )

    return [Route("/files/{video_id}/{name}", send_file, methods=["GET", "HEAD"])]


def _gone() -> Response:
    return refusal(404, "gone", "The file is no longer here; fetch_video with its id downloads it again.")
