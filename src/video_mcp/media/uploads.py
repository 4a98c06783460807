"""Files that callers of other machines send in advance: kept for a day, each for whoever has sent it."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from anyio import to_thread

from video_mcp.errors import InputRefused, InputTooLarge
from video_mcp.media.sniff import HEAD_BYTES, MEDIA_TYPES, MediaKind, describe, kind_of, media_format
from video_mcp.media.storage.object_storage import StoredObject, owner_folder

UPLOAD_SECONDS = 24 * 3600.0
MOST_BYTES_OF_ONE = 2 * 1024**3
"""How much the uploads of one principal take at most, all together."""
_FOLDER = "uploads"
_ID = re.compile(r"[0-9a-f]{32}")


class UploadPlace(Protocol):
    """Where files lie under keys: a folder of this machine, or the object storage of all replicas."""

    async def put(self, key: str, path: Path, *, media_type: str, file_name: str) -> bool:
        """Store a file under a new key."""
        ...

    async def fetch(self, key: str, target: Path) -> str | None:
        """Write what a key holds to a path; None when it holds nothing."""
        ...

    async def listing(self, prefix: str) -> Sequence[StoredObject]:
        """Return what lies under keys that begin so."""
        ...

    async def remove(self, key: str) -> None:
        """Remove what a key holds, if anything."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that was taken, by its content."""

    id: str
    kind: MediaKind
    media_type: str
    size_bytes: int
    sha256: str
    expires_at: float

    @property
    def uri(self) -> str:
        """The address that stands for the file wherever a medium is taken."""
        return f"upload://{self.id}"


class Uploads:
    """The uploads of all principals; another's is as unknown as one that never was."""

    def __init__(self, place: UploadPlace, *, now: Callable[[], float]) -> None:
        self._place = place
        self._now = now

    async def add(self, principal: str, path: Path) -> Upload:
        """Keep a copy of a file for a day.

        Raises:
            InputRefused: It is no image, video or sound, by its content.
            InputTooLarge: The principal's uploads would take too much together.
            StorageUnavailable: The object storage refuses or cannot be reached.
        """
        upload = await to_thread.run_sync(_measured, path, self._now() + UPLOAD_SECONDS)
        await self._require_room(principal, upload.size_bytes)
        key = _key(principal, upload.id)
        await self._place.put(key, path, media_type=upload.media_type, file_name=upload.id)
        return upload

    async def read(self, principal: str, upload_id: str) -> bytes | None:
        """Return what a principal has uploaded; None when there is no such upload, or no longer.

        Raises:
            StorageUnavailable: The object storage refuses or cannot be reached.
        """
        if not _ID.fullmatch(upload_id):
            return None
        key = _key(principal, upload_id)
        own = await self._place.listing(owner_folder(_FOLDER, principal))
        if not any(found.key == key and not self._is_expired(found) for found in own):
            return None
        with TemporaryDirectory(prefix="video-mcp-upload-") as folder:
            target = Path(folder) / upload_id
            found = await self._place.fetch(key, target)
            return await to_thread.run_sync(target.read_bytes) if found is not None else None

    async def remove_expired(self) -> None:
        """Remove everybody's uploads of more than a day ago.

        Raises:
            StorageUnavailable: The object storage refuses or cannot be reached.
        """
        await remove_written_before(self._place, _FOLDER, self._now() - UPLOAD_SECONDS)

    async def _require_room(self, principal: str, size_bytes: int) -> None:
        own = await self._place.listing(owner_folder(_FOLDER, principal))
        taken_bytes = sum(found.size_bytes for found in own if not self._is_expired(found))
        if taken_bytes + size_bytes > MOST_BYTES_OF_ONE:
            message = f"Your uploads of the last 24 hours take {taken_bytes / 1024**3:.1f} GiB; 2 GiB are kept."
            raise InputTooLarge(message, advice="Use what is uploaded already, or try again tomorrow.")

    def _is_expired(self, found: StoredObject) -> bool:
        return self._now() - found.modified_at > UPLOAD_SECONDS


class FolderPlace:
    """Files in a folder of this machine that its owner alone can read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, key: str, path: Path, *, media_type: str, file_name: str) -> bool:  # noqa: ARG002 - as UploadPlace
        """Store a file under a new key."""
        return await to_thread.run_sync(self._put, key, path)

    async def fetch(self, key: str, target: Path) -> str | None:
        """Write what a key holds to a path; None when it holds nothing."""
        return await to_thread.run_sync(self._fetch, key, target)

    async def listing(self, prefix: str) -> Sequence[StoredObject]:
        """Return what lies under keys that begin so."""
        return await to_thread.run_sync(self._listing, prefix)

    async def remove(self, key: str) -> None:
        """Remove what a key holds, if anything."""
        await to_thread.run_sync(self._remove, key)

    def _put(self, key: str, path: Path) -> bool:
        target = self._folder / key
        if target.exists():
            return False
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        try:
            with (
                path.open("rb") as source,
                os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copy,
            ):
                shutil.copyfileobj(source, copy)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return True

    def _fetch(self, key: str, target: Path) -> str | None:
        try:
            return str(shutil.copyfile(self._folder / key, target))
        except FileNotFoundError:
            return None

    def _listing(self, prefix: str) -> Sequence[StoredObject]:
        start = self._folder / prefix
        paths = [start] if start.is_file() else [path for path in start.rglob("*") if path.is_file()]
        found: list[StoredObject] = []
        for path in paths:
            known = path.stat()
            key = path.relative_to(self._folder).as_posix()
            found.append(StoredObject(key=key, size_bytes=known.st_size, modified_at=known.st_mtime))
        return found

    def _remove(self, key: str) -> None:
        (self._folder / key).unlink(missing_ok=True)


async def remove_written_before(
    place: UploadPlace, folder: str, time: float, *, but_not: Set[str] = frozenset()
) -> None:
    """Remove what lies in a folder since before a Unix time, but for some keys.

    Raises:
        StorageUnavailable: The object storage refuses or cannot be reached.
    """
    for found in await place.listing(folder):
        if found.modified_at < time and found.key not in but_not:
            await place.remove(found.key)


def _key(principal: str, upload_id: str) -> str:
    return f"{owner_folder(_FOLDER, principal)}/{upload_id}"


def _measured(path: Path, expires_at: float) -> Upload:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        name = media_format(head)
        if name is None:
            msg = f"The upload is {describe(head)}, not an image, a video or a sound."
            raise InputRefused(msg)
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        size_bytes = file.tell()
    return Upload(
        id=secrets.token_hex(16),
        kind=kind_of(name),
        media_type=MEDIA_TYPES[name],
        size_bytes=size_bytes,
        sha256=sha256,
        expires_at=expires_at,
    )
