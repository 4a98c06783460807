"""`POST /uploads`: how a file comes in from a machine whose disk this server does not share."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from video_mcp.errors import InputRefused, InputTooLarge, StorageUnavailable, VideoMCPError
from video_mcp.media.uploads import Upload
from video_mcp.server.callers import PRINCIPAL_KEY
from video_mcp.server.context import ServerContext
from video_mcp.server.http.access import AccessPolicy, Permitted
from video_mcp.server.http.answers import refusal

UPLOADS_PATH = "/uploads"
_CHUNK_BYTES = 256 * 1024
# What a form has beside its file: boundaries and headers.
_FORM_BYTES = 64 * 1024
_UPKEEP_SECONDS = 3600.0

logger = logging.getLogger(__name__)


class _TooLarge(Exception):
    """More was sent than is taken."""


def upload_routes(context: ServerContext, policy: AccessPolicy) -> list[Route]:
    """Return `/uploads`."""
    endpoint = Permitted(UploadEndpoint(context), policy, needs="video:create")
    return [Route(UPLOADS_PATH, endpoint, methods=["POST"])]


class UploadEndpoint:
    """Takes one file, as the body itself or as the first file of a form."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._max_bytes = context.settings.max_upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one file."""
        try:
            answer = await self._taken(Request(scope, receive))
        except ClientDisconnect:
            return
        await answer(scope, receive, send)

    async def _taken(self, request: Request) -> Response:
        try:
            with TemporaryDirectory(prefix="video-mcp-upload-") as folder:
                path = Path(folder) / "upload"
                await self._write(request, path)
                uploads = (await self._context.service()).uploads
                upload = await uploads.add(request.scope[PRINCIPAL_KEY], path)
        except _TooLarge:
            message = f"An upload has at most {self._max_bytes} bytes (VIDEO_MCP_MAX_UPLOAD_BYTES)."
            return refusal(413, "too_large", message)
        except (MultiPartException, HTTPException):
            return refusal(400, "invalid_form", "The form cannot be read; send the file itself as the body.")
        except VideoMCPError as error:
            return _refused(error)
        return JSONResponse(_answer(upload), status_code=201, headers={"Cache-Control": "no-store"})

    async def _write(self, request: Request, path: Path) -> None:
        size_bytes = 0
        async with await anyio.open_file(path, "wb") as file, aclosing(self._chunks(request)) as chunks:
            async for chunk in chunks:
                size_bytes += len(chunk)
                if size_bytes > self._max_bytes:
                    raise _TooLarge
                await file.write(chunk)

    async def _chunks(self, request: Request) -> AsyncGenerator[bytes]:
        length = request.headers.get("content-length", "")
        if length.isascii() and length.isdigit() and int(length) > self._max_bytes + _FORM_BYTES:
            raise _TooLarge
        is_form = request.headers.get("content-type", "").lower().startswith("multipart/form-data")
        async for chunk in self._file_of_form(request) if is_form else request.stream():
            yield chunk

    async def _file_of_form(self, request: Request) -> AsyncIterator[bytes]:
        limited = Request(request.scope, _limited(request.receive, self._max_bytes + _FORM_BYTES))
        async with limited.form(max_files=1, max_fields=8) as form:
            file = next((value for value in form.values() if isinstance(value, UploadFile)), None)
            if file is None:
                raise InputRefused("The form has no file; send the file itself as the body, or in a field of a form.")
            while chunk := await file.read(_CHUNK_BYTES):
                yield chunk


def _limited(receive: Receive, most_bytes: int) -> Receive:
    """Return what receives a body of at most so many bytes."""
    received = 0

    async def limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > most_bytes:
            raise _TooLarge
        return message

    return limited


def _answer(upload: Upload) -> dict[str, object]:
    return {
        "upload": upload.uri,
        "kind": upload.kind,
        "media_type": upload.media_type,
        "bytes": upload.size_bytes,
        "sha256": upload.sha256,
        "expires_at": datetime.fromtimestamp(upload.expires_at, tz=UTC).isoformat(timespec="seconds"),
    }


def _refused(error: VideoMCPError) -> Response:
    message = f"{error.message} {error.advice}" if error.advice else error.message
    match error:
        case InputTooLarge():
            return refusal(413, "too_large", message)
        case InputRefused():
            return refusal(415, "input_refused", message)
        case StorageUnavailable():
            return refusal(503, "storage_unavailable", message)
        case _:
            return refusal(503, "unavailable", "Uploads cannot be taken at the moment; try again later.")


async def remove_expired_inputs(context: ServerContext) -> None:
    """Remove uploads of more than a day ago and inputs whose links have expired, once an hour, until cancelled."""
    while True:
        await anyio.sleep(_UPKEEP_SECONDS)
        try:
            service = await context.service()
            await service.uploads.remove_expired()
            await service.input_links.remove_expired()
        except (VideoMCPError, OSError) as error:
            logger.warning("expired inputs could not be removed (%s); trying again later", type(error).__name__)
