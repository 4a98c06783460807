"""Finished videos on this disk for callers of other machines: signed links that expire, with ranges and HEAD."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from video_mcp.errors import JobNotFound, StorageUnavailable
from video_mcp.jobs.job import Completed, Job
from video_mcp.media.input_links import INPUT, InputLinks, sha256_of, subject_of
from video_mcp.media.link_signature import signature_of, signed_url
from video_mcp.media.storage.object_storage import DownloadLink
from video_mcp.server.callers import LINKS_KEY
from video_mcp.server.context import ServerContext
from video_mcp.server.http.answers import refusal
from video_mcp.server.http.served_file import ServedFile

_FILM = "film"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLinks:
    """Makes the links of one server, and tells which are its own."""

    context: ServerContext
    seconds: float
    now: Callable[[], float] = time.time

    def link(self, base_url: str, job: Job) -> DownloadLink:
        """Return the link to a finished video."""
        name = quote(job.state.file.name.rpartition("/")[2] if isinstance(job.state, Completed) else "video.mp4")
        return self._signed(base_url, job.id, f"{job.id}/{name}")

    def film_link(self, base_url: str, name: str) -> DownloadLink:
        """Return the link to a film of several videos."""
        return self._signed(base_url, _film(name), f"{_FILM}/{quote(name)}")

    def _signed(self, base_url: str, subject: str, path: str) -> DownloadLink:
        expires_at = int(self.now() + self.seconds)
        url = signed_url(base_url, path, secret=self.context.secret, subject=subject, expires_at=expires_at)
        return DownloadLink(url=url, expires_at=float(expires_at))

    def is_valid(self, subject: str, expires: str, signature: str) -> bool:
        """Tell whether a link is one of ours and has not expired."""
        if not expires.isascii() or not expires.isdigit() or len(expires) > 12:
            return False
        wanted = signature_of(self.context.secret, subject, int(expires))
        return hmac.compare_digest(signature.encode(), wanted.encode()) and self.now() < int(expires)


class RequestLinks:
    """The links of one request, by the address that it came by."""

    def __init__(self, links: FileLinks, base_url: str) -> None:
        self._links = links
        self._base_url = base_url

    def __call__(self, job: Job) -> DownloadLink:
        """Return the link to a finished video."""
        return self._links.link(self._base_url, job)

    def film(self, name: str) -> DownloadLink:
        """Return the link to a film of several videos."""
        return self._links.film_link(self._base_url, name)


class WithLinks:
    """Gives each request what makes links by the address that it came by."""

    def __init__(self, app: ASGIApp, links: FileLinks, *, public_url: str | None) -> None:
        self._app = app
        self._links = links
        self._public_url = public_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        base_url = self._public_url or f"{scope['scheme']}://{Headers(scope=scope).get('host')}"

        await self._app({**scope, LINKS_KEY: RequestLinks(self._links, base_url)}, receive, send)


def file_routes(context: ServerContext, links: FileLinks) -> list[Route]:
    """Return `/files/...`."""

    async def send_file(request: Request) -> Response:
        video_id, name, query = request.path_params["video_id"], request.path_params["name"], request.query_params
        service = await context.service()
        special = {_FILM: _film(name), INPUT: subject_of(name)}
        subject = special.get(str(video_id), str(video_id))
        if not links.is_valid(subject, query.get("expires", ""), query.get("signature", "")):
            return refusal(403, "link_expired", "The link has expired or is none of ours; fetch_video gives a new one.")
        if video_id == _FILM:
            return await _film_at(service.files.film_path(name))
        if video_id == INPUT:
            return await _input(service.input_links, name)
        try:
            job = await service.lookup.get_anyones(video_id)
            stored = await service.files.on_disk(job)
        except (JobNotFound, StorageUnavailable):
            return _gone()
        if stored is None or not isinstance(job.state, Completed) or not await to_thread.run_sync(stored.path.is_file):
            return _gone()
        return ServedFile(
            stored.path, media_type=job.state.file.media_type, filename=stored.path.name, sha256=stored.sha256
        )

    return [Route("/files/{video_id}/{name}", send_file, methods=["GET", "HEAD"])]


def _film(name: str) -> str:
    """Return what a film's signature is of: no id of a video has a space."""
    return f"{_FILM} {name}"


async def _film_at(path: Path) -> Response:
    if not await to_thread.run_sync(path.is_file):
        return refusal(404, "gone", "The film is not here; fetch_video with join makes it again.")
    return ServedFile(path, media_type="video/mp4", filename=path.name)


async def _input(links: InputLinks, name: str) -> Response:
    folder = await to_thread.run_sync(lambda: TemporaryDirectory(prefix="video-mcp-input-"))
    path = Path(folder.name) / name
    try:
        is_there = await links.fetch(name, path)
    except StorageUnavailable:
        is_there = False
    if not is_there:
        await to_thread.run_sync(folder.cleanup)
        return _gone()
    return ServedFile(path, sha256=sha256_of(name), clean_up=folder.cleanup)


def _gone() -> Response:
    return refusal(404, "gone", "The file is no longer here; fetch_video with its id downloads it again.")
